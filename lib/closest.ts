/**
 * The known names most like a misspelt one, for error messages.
 *
 * @module
 */

/**
 * Names ranked by edit distance to `name`, letters and digits only: `closest("BTCUSD", ["BTC/USDT", "ETH/BTC"])` is
 * `["BTC/USDT", …]`. Names that hold `name`, or are held by it, come first.
 */
export function closest(name: string, known: readonly string[], count = 3): string[] {
  const wanted = squash(name);
  const score = (other: string) => {
    const text = squash(other);
    const held = wanted !== "" && text !== "" && (text.includes(wanted) || wanted.includes(text));
    return held ? Math.abs(text.length - wanted.length) / 100 : distance(wanted, text);
  };
  return known.map((other) => ({ other, score: score(other) }))
    .sort((a, b) => a.score - b.score || a.other.length - b.other.length)
    .slice(0, count)
    .map(({ other }) => other);
}

const squash = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");

/** Levenshtein's distance: insertions, deletions and replacements of one letter. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
