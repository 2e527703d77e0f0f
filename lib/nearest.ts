/**
 * The known names most like a misspelt one, for error messages. Letters and digits count, case and punctuation do not.
 *
 * @module
 */

/** The known name that takes the fewest edits, where that is a likely slip; undefined otherwise. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = squash(name);
  const ranked = known.map((other) => ({ other, edits: edits(wanted, squash(other)) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best && best.edits <= Math.max(1, Math.floor(name.length / 3)) ? best.other : undefined;
}

/**
 * The first few, however unlike: `closest("BTCUSD", ["BTC/USDT", "ETH/BTC"])` is `["BTC/USDT", …]`. Names that hold `name`, or
 * are held by it, come before those that need edits.
 */
export function closest(name: string, known: readonly string[], count = 3): string[] {
  const wanted = squash(name);
  const score = (other: string) => {
    const text = squash(other);
    const held = wanted !== "" && text !== "" && (text.includes(wanted) || wanted.includes(text));
    return held ? Math.abs(text.length - wanted.length) / 100 : edits(wanted, text);
  };
  return known.map((other) => ({ other, score: score(other) }))
    .sort((a, b) => a.score - b.score || a.other.length - b.other.length)
    .slice(0, count)
    .map(({ other }) => other);
}

const squash = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");

/** Levenshtein's distance: insertions, deletions and replacements of one letter. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
