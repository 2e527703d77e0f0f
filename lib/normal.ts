import { probit } from "simple-statistics";

// simple-statistics has a table (four digits) for the distribution function; a probabilistic Sharpe needs more.

/** Density of the standard normal distribution. */
export function normalPdf(z: number): number {
  return Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * P(Z <= z) of a standard normal variable, to about 1e-15; the tails keep their relative precision.
 * Marsaglia's series (2004) in the middle, the continued fraction of Mills' ratio (Laplace) outside.
 */
export function normalCdf(z: number): number {
  if (z > 0) return 1 - normalCdf(-z);
  if (z < -38.6) return 0;
  if (z < -4) {
    let ratio = -z;
    for (let i = 60; i >= 1; i--) ratio = -z + i / ratio;
    return normalPdf(z) / ratio;
  }
  let term = z, sum = z;
  for (let i = 3; Math.abs(term) > 1e-17 * Math.abs(sum); i += 2) sum += term *= z * z / i;
  return 0.5 + sum * normalPdf(z);
}

/**
 * The z with P(Z <= z) = p: the library's approximation, refined by Halley steps to about 1e-14.
 *
 * @throws {RangeError} for p outside (0, 1)
 */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`normalQuantile: p = ${p}, must be > 0 and < 1`);
  if (p > 0.5) return -normalQuantile(1 - p);
  let z = probit(p);
  for (let step = 0; step < 4; step++) {
    const u = (normalCdf(z) - p) / normalPdf(z);
    z -= u / (1 + z * u / 2);
  }
  return z;
}
