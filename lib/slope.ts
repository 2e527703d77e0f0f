import { neweyWestError } from "./newey_west.ts";

/** One observation. */
export interface Observation {
  /** microseconds */
  readonly ts: number;
  readonly x: number;
  readonly y: number;
}

/** A line through observations, y = intercept + slope·x, and how sure its slope is. */
export interface Slope {
  readonly count: number;
  /** Blocks of time with an observation. */
  readonly blocks: number;
  readonly intercept: number;
  readonly slope: number;
  /** Clustered: blocks of time are independent, what lies within one is not. */
  readonly standardError: number;
  /** Heteroskedasticity and autocorrelation consistent: Newey and West over quarters of a block, eight of them back. */
  readonly hacError: number;
  /** slope/standardError */
  readonly t: number;
  /** Of x and y, and its error: those of the slope in units of their deviations. */
  readonly correlation: number;
  readonly correlationError: number;
  readonly rSquared: number;
  readonly deviationX: number;
  readonly deviationY: number;
}

interface Options {
  /** Length of a block, microseconds: a few times as long as observations overlap. */
  readonly blockUs: number;
}

/**
 * Least squares of y on x with errors for observations that overlap in time.
 *
 * @param observations ordered by time
 * @returns undefined for fewer than ten blocks, or where x or y never varies
 * @throws {RangeError} for a block that is not positive
 */
export function slopeOf(observations: readonly Observation[], { blockUs }: Options): Slope | undefined {
  const columns = columnsOf(observations, blockUs);
  const line = fit(columns);
  if (line === undefined) return undefined;
  const { blocks, intercept, slope, varX, varY, standardError } = line;
  const count = observations.length;
  // Quarters without an observation count: time passes in them too.
  const quarter = (o: Observation) => Math.floor(4 * o.ts / blockUs);
  const first = quarter(observations[0]!);
  const quarters = new Float64Array(quarter(observations[count - 1]!) - first + 1);
  for (const o of observations) {
    quarters[quarter(o) - first]! += (o.x - line.meanX) * (o.y - intercept - slope * o.x);
  }
  const perDeviation = Math.sqrt(varX / varY);
  return {
    count,
    blocks,
    intercept,
    slope,
    standardError,
    hacError: neweyWestError(quarters, 8)! * quarters.length / count / varX,
    t: tOf(line),
    correlation: slope * perDeviation,
    correlationError: standardError * perDeviation,
    rSquared: slope * slope * varX / varY,
    deviationX: Math.sqrt(varX),
    deviationY: Math.sqrt(varY),
  };
}

/**
 * t of the slope for pairs that do not belong together: x moved on by a random part of the sample, and around its end. Both keep their
 * own dependence in time; what links them is gone.
 *
 * @param options.draws rotations, each by at least a tenth of the sample
 * @param options.uniform random numbers in [0, 1)
 * @returns as many values, or none where there is no slope
 */
export function rotatedTs(
  observations: readonly Observation[],
  options: Options & { readonly draws: number; readonly uniform: () => number },
): number[] {
  const { blockUs, draws, uniform } = options;
  const columns = columnsOf(observations, blockUs);
  const n = observations.length;
  const twice = new Float64Array(2 * n);
  twice.set(columns.x);
  twice.set(columns.x, n);
  const ts: number[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const by = Math.floor(n * (0.1 + 0.8 * uniform()));
    const line = fit({ ...columns, x: twice.subarray(by, by + n) });
    if (line) ts.push(tOf(line));
  }
  return ts;
}

interface Columns {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly block: Float64Array;
}

function columnsOf(observations: readonly Observation[], blockUs: number): Columns {
  if (!(blockUs > 0)) throw new RangeError(`slopeOf: blockUs = ${blockUs}, must be > 0`);
  return {
    x: Float64Array.from(observations, (o) => o.x),
    y: Float64Array.from(observations, (o) => o.y),
    block: Float64Array.from(observations, (o) => Math.floor(o.ts / blockUs)),
  };
}

function fit({ x, y, block }: Columns) {
  const n = x.length;
  let sumX = 0, sumY = 0, blocks = 0;
  for (let i = 0; i < n; i++) {
    sumX += x[i]!;
    sumY += y[i]!;
    if (i === 0 || block[i] !== block[i - 1]) blocks++;
  }
  const meanX = sumX / n, meanY = sumY / n;
  let varX = 0, varY = 0, covariance = 0;
  for (let i = 0; i < n; i++) {
    const dx = x[i]! - meanX, dy = y[i]! - meanY;
    varX += dx * dx / n;
    varY += dy * dy / n;
    covariance += dx * dy / n;
  }
  if (blocks < 10 || !(varX > 1e-12 * (varX + meanX * meanX)) || !(varY > 0)) return undefined;
  const slope = covariance / varX;
  let square = 0, total = 0;
  for (let i = 0; i < n; i++) {
    if (i > 0 && block[i] !== block[i - 1]) {
      square += total * total;
      total = 0;
    }
    total += (x[i]! - meanX) * (y[i]! - meanY - slope * (x[i]! - meanX));
  }
  square += total * total;
  const standardError = Math.sqrt(square * blocks / (blocks - 1)) / n / varX;
  return { blocks, meanX, meanY, varX, varY, slope, intercept: meanY - slope * meanX, standardError };
}

function tOf({ slope, standardError }: { readonly slope: number; readonly standardError: number }): number {
  return standardError > 0 ? slope / standardError : slope === 0 ? 0 : Math.sign(slope) * Infinity;
}
