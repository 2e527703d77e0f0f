/** What a run earned at one latency. */
export interface LatencyPoint {
  /** seconds */
  readonly latency: number;
  /** Before fees, in any unit. */
  readonly gross: number;
  readonly standardError: number;
}

/** Up to which latency a run earns. */
export interface BreakEven {
  /** `never`: not even at the shortest; `always`: still at the longest; `crosses`: up to `latency`. */
  readonly kind: "never" | "always" | "crosses";
  /** First latency at which the line through the points falls to zero, seconds; only where it crosses. */
  readonly latency?: number;
  /** Whether what is earned before and lost behind it is beyond two standard errors at some point. */
  readonly isTold: boolean;
}

/**
 * The break-even latency, on straight lines between the points.
 *
 * @throws {RangeError} without a point
 */
export function breakEvenLatency(points: readonly LatencyPoint[]): BreakEven {
  const sorted = [...points].sort((a, b) => a.latency - b.latency);
  const [first] = sorted;
  if (!first) throw new RangeError("breakEvenLatency: no points");
  const earns = (point: LatencyPoint) => point.gross > 2 * point.standardError;
  const loses = (point: LatencyPoint) => point.gross < -2 * point.standardError;
  if (!(first.gross > 0)) return { kind: "never", isTold: sorted.some(loses) && !sorted.some(earns) };
  const at = sorted.findIndex(({ gross }) => !(gross > 0));
  if (at < 0) return { kind: "always", isTold: sorted.some(earns) };
  const [before, after] = [sorted[at - 1]!, sorted[at]!];
  const share = before.gross / (before.gross - after.gross);
  return {
    kind: "crosses",
    latency: before.latency + share * (after.latency - before.latency),
    isTold: sorted.slice(0, at).some(earns) && sorted.slice(at).some(loses),
  };
}
