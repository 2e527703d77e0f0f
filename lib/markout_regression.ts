import { slopeOf } from "./slope.ts";

/** A markout as {@link createMarkouts} delivers it. */
export interface Markout {
  /** Time of the trade, microseconds. */
  readonly ts: number;
  /** quote per base */
  readonly adverseSelection: number;
  readonly tau: number;
}

/** What a sample of markouts says about k and about tau. Errors count blocks of time, not trades. */
export interface MarkoutRegression {
  readonly count: number;
  /** Blocks of time that the errors are computed from. */
  readonly blocks: number;
  /** Mean adverse selection and its error, quote per base: is flow informed at all? */
  readonly mean: number;
  readonly meanError: number;
  /** Through the origin, AS = k·tau: the model's k and its error, quote per base. */
  readonly k: number;
  readonly kError: number;
  /**
   * With a constant, AS = a + b·tau: the slope and its error. Only b tells whether *more* tau means *more* adverse
   * selection.
   */
  readonly slope: number;
  readonly slopeError: number;
  /** slope/slopeError */
  readonly t: number;
  /** Share of the variance of AS that tau explains, 0..1. */
  readonly rSquared: number;
  /** t >= 2 */
  readonly predicts: boolean;
  /** The same in a sentence. */
  readonly verdict: string;
}

/**
 * Regression of markouts on tau, by least squares. Markouts of trades within one horizon share the same move of the
 * mid, so that a plain standard error would be far too small: the errors are clustered in blocks of four horizons of
 * market time.
 *
 * @param markouts ordered by time
 * @returns undefined for fewer than ten blocks, or where tau or the markouts never vary
 * @throws {RangeError} for a horizon that is not positive
 */
export function regressMarkouts(
  markouts: readonly Markout[],
  { horizonUs }: { readonly horizonUs: number },
): MarkoutRegression | undefined {
  if (!(horizonUs > 0)) throw new RangeError(`regressMarkouts: horizonUs = ${horizonUs}, must be > 0`);
  const blockUs = 4 * horizonUs;
  const line = slopeOf(markouts.map(({ ts, tau, adverseSelection }) => ({ ts, x: tau, y: adverseSelection })), {
    blockUs,
  });
  if (line === undefined) return undefined;
  const { count, blocks, slope, standardError: slopeError, t, rSquared } = line;
  const average = (value: (m: Markout) => number) => markouts.reduce((sum, m) => sum + value(m), 0) / count;
  const mean = average((m) => m.adverseSelection);
  const tauTau = average((m) => m.tau ** 2);
  const k = average((m) => m.adverseSelection * m.tau) / tauTau;
  /** Error of the mean of a score whose expectation is zero, blocks being independent. */
  const error = (score: (m: Markout) => number) => {
    const sums = new Map<number, number>();
    for (const m of markouts) {
      const block = Math.floor(m.ts / blockUs);
      sums.set(block, (sums.get(block) ?? 0) + score(m));
    }
    let square = 0;
    for (const sum of sums.values()) square += sum * sum;
    return Math.sqrt(square * blocks / (blocks - 1)) / count;
  };
  const meanError = error((m) => m.adverseSelection - mean);
  const kError = error((m) => m.tau * (m.adverseSelection - k * m.tau)) / tauTau;
  const predicts = t >= 2;
  const found = predicts
    ? "more tau meant more adverse selection"
    : t <= -2
    ? "more tau meant less adverse selection: k·tau is the wrong way round here"
    : "tau predicted nothing: k·tau is a constant half-spread in disguise here";
  const verdict = `${found} (slope t = ${t.toFixed(1)}, R² = ${(100 * rSquared).toFixed(2)} %, ${blocks} blocks)`;
  return { count, blocks, mean, meanError, k, kError, slope, slopeError, t, rSquared, predicts, verdict };
}
