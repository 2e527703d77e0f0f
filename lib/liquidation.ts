/**
 * Taking a live position to zero at any price, as far as the venue's smallest order allows. I/O.
 *
 * @module
 */
import type { LiveBroker } from "./live_broker.ts";
import type { LivePosition } from "./live_position.ts";
import type { OrderRequests } from "./order_requests.ts";
import { refusal } from "./quotes.ts";
import { BUY, SELL } from "./tape.ts";
import { createGrid } from "./ticks.ts";
import type { Market } from "./types.ts";

/** What flattening did. Base. */
export interface FlattenResult {
  readonly before: number;
  readonly after: number;
  /** Why something is left. */
  readonly left: string | undefined;
}

/** What it works with. */
export interface LiquidationOptions {
  readonly market: Market;
  readonly broker: Pick<LiveBroker, "pollTrades" | "settled" | "take">;
  readonly position: Pick<LivePosition, "lots" | "qty">;
  readonly price: OrderRequests["price"];
  /** Market time, microseconds. */
  readonly now: () => number;
  /** Takes what a person should know. */
  readonly report: (reason: string) => void;
}

/** Orders at any price before it gives up. */
const TAKES = 5;

/** Nothing else may trade meanwhile: quotes are to be gone. */
export async function liquidate(options: LiquidationOptions): Promise<FlattenResult> {
  const { market, broker, position, now, report } = options;
  const lotGrid = createGrid(market.rules.lotSize);
  await broker.pollTrades();
  const before = position.qty;
  let left: string | undefined;
  for (let tries = 0; position.lots !== 0; tries++) {
    const { lots } = position;
    const size = Math.abs(lots);
    const price = await options.price(market.symbol);
    left = price === undefined ? undefined : refusal(price, lotGrid.decimal(size), market.rules);
    if (left === undefined && tries === TAKES) left = "the venue did not fill it";
    if (left !== undefined) break;
    report(`flatten: ${lots > 0 ? "sells" : "buys"} ${lotGrid.decimal(size)} ${market.base} at any price`);
    await broker.settled(broker.take(lots > 0 ? SELL : BUY, size, now(), 0));
  }
  return { before, after: position.qty, left };
}
