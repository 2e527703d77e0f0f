/**
 * Configuration -> live orders, or none on paper. I/O.
 *
 * @module
 */
import type { MarketClock } from "./clock.ts";
import { type Exchange, getExchange, type TestnetAddress } from "./connect.ts";
import { join } from "node:path";
import { openMemory } from "./live_memory.ts";
import { openOrders } from "./orders.ts";
import { type GuardedOrders, guardOrders } from "./orders_guard.ts";
import { type Config, locate } from "./settings.ts";
import type { Market } from "./types.ts";

/** What a session already has. */
export interface LiveOptions {
  readonly market: Market;
  readonly clock: Pick<MarketClock, "now" | "speed">;
  readonly testnet?: TestnetAddress;
  /** As ccxt knows them, so that they are not asked for again. */
  readonly markets?: Exchange["markets"];
  /** Takes a line of what was found on the account. */
  readonly say?: (line: string) => void;
}

/**
 * The live orders of a configuration, on a connection of their own and with a guard beside them; undefined for `mode: paper`.
 *
 * @throws {Error} as `openOrders()` and `guardOrders()`
 */
export async function openLive(config: Config, options: LiveOptions): Promise<GuardedOrders | undefined> {
  if (config.mode !== "live") return undefined;
  const { market, clock, testnet, markets, say } = options;
  const exchange = getExchange(config, { ws: true, testnet });
  if (markets) exchange.setMarkets(markets);
  const memory = openMemory(locate(config, config.paths.data), config.exchange);
  const orders = await openOrders(exchange, { symbol: market.symbol, config, market, clock, memory, say });
  return await guardOrders(orders, {
    exchange,
    config,
    testnet,
    log: join(memory.folder, `${orders.prefix}guard.log`),
  });
}
