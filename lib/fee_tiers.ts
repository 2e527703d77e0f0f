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

/** Binance's spot schedule of 2025, basis points: maker and taker of VIP 0 to 9, without the discount for paying in BNB. */
const BINANCE_SPOT: readonly (readonly [maker: number, taker: number])[] = [
  ...[[10, 10], [9, 10], [8, 10], [4.2, 6], [4.2, 5.4]] as const,
  ...[[3.6, 4.8], [3, 4.2], [2.4, 3.6], [1.8, 3], [1.2, 2.4]] as const,
];

const TIERS: readonly FeeTier[] = [
  ...MARKS,
  ...BINANCE_SPOT.map(([maker, taker], vip) => ({
    name: `binance_vip${vip}`,
    maker: maker / 1e4,
    taker: taker / 1e4,
    label: `Binance spot, VIP ${vip}`,
  })),
  // The program's announcement of 2022-02-14: rebates of up to 0.01 % for the largest makers.
  { name: "binance_maker", maker: -0.0001, taker: 0.00024, label: "Binance spot liquidity providers, highest rebate" },
];

/** Names of all tiers. */
export const TIER_NAMES: readonly string[] = ["configured", ...TIERS.map(({ name }) => name)];

/** @throws {RangeError} for a name that no tier has */
export function feeTier(name: string, config: Pick<Config, "fees">): FeeTier {
  if (name === "configured") return { name, ...config.fees };
  const found = TIERS.find((tier) => tier.name === name);
  if (found) return found;
  throw new RangeError(`fee tier ${name}: must be one of ${TIER_NAMES.join(", ")}`);
}
