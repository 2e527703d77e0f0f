/**
 * A straight line through points, and how sure its slope is.
 *
 * @module
 */

/** Slope and its standard error, units of y a unit of x. */
export interface Slope {
  readonly slope: number;
  readonly error: number;
}

/**
 * Least squares: b = Sxy / Sxx with se(b) = sqrt(RSS / (n − 2) / Sxx) (Draper & Smith, Applied Regression Analysis, §1.4). It takes
 * the residuals to be independent: of a series that wanders, the error is larger.
 *
 * @returns undefined for fewer than three points, or where all x are the same
 */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): Slope | undefined {
  const n = points.length;
  if (n < 3) return undefined;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const sxx = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  if (sxx === 0) return undefined;
  const slope = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / sxx;
  const rss = points.reduce((sum, [x, y]) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  return { slope, error: Math.sqrt(rss / (n - 2) / sxx) };
}
