/**
 * Fee tiers by name: what the same trading would have cost elsewhere on the venue's schedule. Pure.
 *
 * @module
 */

import type { Config } from "./schema.ts";

/** Fees as fractions of notional; negative is a rebate. */
export interface FeeTier {
  readonly name: string;
  readonly maker: number;
  readonly taker: number;
  readonly label: string;
}

/** Tiers that are not any venue's but marks on the scale; `configured` is `fees.*`. */
const MARKS: readonly FeeTier[] = [
  { name: "zero", maker: 0, taker: 0, label: "no fees" },
  { name: "rebate", maker: -0.00005, taker: 0.0005, label: "a maker rebate of 0.5 bp" },
];

/** @throws {RangeError} for a name that no tier has */
export function feeTier(name: string, config: Pick<Config, "fees">): FeeTier {
  if (name === "configured") return { name, ...config.fees };
  const found = MARKS.find((tier) => tier.name === name);
  if (found) return found;
  throw new RangeError(`fee tier ${name}: must be one of configured, ${MARKS.map((tier) => tier.name).join(", ")}`);
}
