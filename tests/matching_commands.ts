/**
 * Random commands for the matching engine.
 *
 * @module
 */
import { createRandom } from "makerbook/random.ts";
import type { CancelRestriction } from "testnet/engine/commands.ts";
import type { NewOrder, StpMode } from "testnet/engine/order.ts";

const ONE = 100_000_000n;
const CENT = 1_000_000n;
const LOT = 100_000n;
/** Who commands. */
export const ACCOUNTS = [1, 2, 3, 4];
const MODES: StpMode[] = ["NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT"];

/** One command of one account. */
export type Command =
  | { readonly kind: "place"; readonly order: NewOrder }
  | {
    readonly kind: "cancel";
    readonly id: number;
    readonly restriction?: CancelRestriction;
    /** Also by its client order id, which may be wrong. */
    readonly named?: "right" | "wrong";
  }
  | { readonly kind: "cancelAll" }
  | {
    readonly kind: "replace";
    readonly id: number;
    readonly order: NewOrder;
    readonly restriction?: CancelRestriction;
    readonly mode: "STOP_ON_FAILURE" | "ALLOW_FAILURE";
  }
  | { readonly kind: "amend"; readonly id: number; readonly qty: bigint; readonly name: string }
  | { readonly kind: "deposit"; readonly asset: "BTC" | "USDT"; readonly amount: bigint };

/** Commands that trade, rest, fail and collide often. */
export function createCommands(seed: number) {
  const random = createRandom(seed);
  const chance = (p: number) => random.uniform() < p;
  const pick = <T>(list: readonly T[]): T => list[random.integer(list.length)]!;
  let names = 0;
  const price = (side: string) => {
    if (chance(0.02)) return pick([0n, -ONE, CENT / 2n, 20n * ONE, 70n * ONE, 130n * ONE, 600n * ONE, 1001n * ONE]);
    return 100n * ONE + BigInt(random.integer(41) - (side === "BUY" ? 27 : 13)) * (chance(0.8) ? 25n * CENT : CENT);
  };
  const qty = () => {
    if (chance(0.02)) return pick([0n, -LOT, 1n, LOT, LOT / 2n, 45n * ONE, 101n * ONE, 90n * ONE]);
    return chance(0.7) ? BigInt(1 + random.integer(30)) * ONE / 10n : BigInt(60 + random.integer(3000)) * LOT;
  };
  const order = (): NewOrder => {
    const side = chance(0.5) ? "BUY" : "SELL";
    const stpMode = chance(0.8) ? pick(MODES) : undefined;
    // Few names, so that they are taken now and then.
    const clientOrderId = chance(0.1) ? `n${random.integer(20)}` : `u${names++}`;
    const common = { side, stpMode, clientOrderId } as const;
    if (chance(0.004)) return { ...common, type: "STOP_LOSS" as "MARKET", qty: qty() };
    if (chance(0.004)) {
      return { ...common, stpMode: "TRANSFER" as StpMode, type: "LIMIT_MAKER", price: price(side), qty: qty() };
    }
    if (chance(0.12)) return { ...common, type: "MARKET", qty: qty() };
    if (chance(0.08)) return { ...common, type: "MARKET", quoteOrderQty: BigInt(random.integer(60000)) * CENT };
    if (chance(0.15)) return { ...common, type: "LIMIT_MAKER", price: price(side), qty: qty() };
    const timeInForce = chance(0.75) ? "GTC" : pick(["IOC", "FOK"] as const);
    return { ...common, type: "LIMIT", timeInForce, price: price(side), qty: qty() };
  };
  const restriction = () => chance(0.2) ? pick(["ONLY_NEW", "ONLY_PARTIALLY_FILLED"] as const) : undefined;
  return (resting: readonly number[]): { account: number; ts: number; command: Command } => {
    const account = pick(ACCOUNTS);
    const id = chance(0.9) && resting.length > 0 ? pick(resting) : random.integer(1000);
    const ts = random.integer(20_000_000);
    const command = (): Command => {
      const kind = random.uniform();
      if (kind < 0.66) return { kind: "place", order: order() };
      if (kind < 0.76) {
        return {
          kind: "cancel",
          id,
          restriction: restriction(),
          named: chance(0.2) ? pick(["right", "wrong"]) : undefined,
        };
      }
      if (kind < 0.77) return { kind: "cancelAll" };
      if (kind < 0.87) {
        const mode = pick(["STOP_ON_FAILURE", "ALLOW_FAILURE"] as const);
        return { kind: "replace", id, order: order(), restriction: restriction(), mode };
      }
      if (kind < 0.97) return { kind: "amend", id, qty: qty(), name: `u${names++}` };
      return { kind: "deposit", asset: pick(["BTC", "USDT"]), amount: BigInt(random.integer(100) - 40) * ONE };
    };
    return { account, ts, command: command() };
  };
}
