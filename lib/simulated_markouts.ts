import type { Observation } from "./slope.ts";
import { createRandom } from "./random.ts";

/** Markouts whose dependence on tau is known. */
export interface SimulatedMarkouts {
  /** Trades, one a second. */
  readonly count: number;
  /** Seconds that markouts look ahead: neighbours share most of their noise. */
  readonly horizonSeconds: number;
  /** Seconds in which tau forgets all but 1/e: as slow as a toxicity averaged over many buckets. */
  readonly memorySeconds: number;
  /** Adverse selection expected per unit of tau. */
  readonly slope: number;
  readonly seed: number;
}

/** Observations y = slope·x + noise of deviation 1, both as dependent in time as markouts and tau are. */
export function simulateMarkouts(options: SimulatedMarkouts): Observation[] {
  const { count, horizonSeconds, memorySeconds, slope, seed } = options;
  const random = createRandom(seed);
  const moves = Float64Array.from({ length: count + horizonSeconds }, () => random.normal());
  const kept = Math.exp(-1 / memorySeconds);
  const fresh = Math.sqrt(1 - kept * kept);
  let state = random.normal();
  let move = 0;
  for (let i = 0; i < horizonSeconds; i++) move += moves[i]!;
  return Array.from({ length: count }, (_, i) => {
    const x = 0.5 + 0.1 * state;
    const y = slope * x + move / Math.sqrt(horizonSeconds);
    state = kept * state + fresh * random.normal();
    move += moves[i + horizonSeconds]! - moves[i]!;
    return { ts: i * 1e6, x, y };
  });
}
