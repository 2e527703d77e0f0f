/** The known name that takes the fewest edits, where that is a likely slip; undefined otherwise. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const squash = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  const ranked = known.map((other) => ({ other, edits: edits(squash(name), squash(other)) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best && best.edits <= Math.max(1, Math.floor(name.length / 3)) ? best.other : undefined;
}

/** Levenshtein's distance: insertions, deletions and replacements of one letter. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
