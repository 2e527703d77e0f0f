/**
 * Conditional value at risk: the mean of the worst (1 − alpha) of the losses. Where that is not a whole number of
 * them, the next one counts with the missing fraction, so that the figure is continuous in alpha. N(0,1) at 95 %:
 * 2.062713.
 *
 * @param losses positive is bad
 * @param alpha e.g. 0.95; 0 gives the mean of all
 * @returns undefined without losses
 * @throws {RangeError} for alpha outside [0, 1) or a loss that is not finite
 */
export function cvar(losses: readonly number[], alpha: number): number | undefined {
  return weightedCvar(losses, losses.map(() => 1), alpha);
}

/** As {@link cvar}, where each loss was in force for a time (or has another weight >= 0). */
export function weightedCvar(losses: readonly number[], weights: readonly number[], alpha: number): number | undefined {
  if (!(alpha >= 0 && alpha < 1)) throw new RangeError(`cvar: alpha = ${alpha}, must be >= 0 and < 1`);
  losses.forEach((loss, i) => {
    if (!Number.isFinite(loss)) throw new RangeError(`cvar: losses[${i}] = ${loss}, must be finite`);
  });
  const total = weights.reduce((sum, w) => sum + w, 0);
  if (!(total > 0)) return undefined;
  const tail = total * (1 - alpha);
  const worstFirst = losses.map((_, i) => i).sort((a, b) => losses[b]! - losses[a]!);
  let left = tail, sum = 0;
  for (const i of worstFirst) {
    const weight = Math.min(weights[i]!, left);
    sum += weight * losses[i]!;
    left -= weight;
    if (left <= 0) break;
  }
  return sum / tail;
}
