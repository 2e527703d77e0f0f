/**
 * Largest fall of equity from its highest value so far, in the unit of equity; 0 where it never falls.
 *
 * @returns undefined without values
 */
export function maxDrawdown(equity: ArrayLike<number>): number | undefined {
  if (equity.length === 0) return undefined;
  let peak = -Infinity, deepest = 0;
  for (let i = 0; i < equity.length; i++) {
    peak = Math.max(peak, equity[i]!);
    deepest = Math.max(deepest, peak - equity[i]!);
  }
  return deepest;
}
