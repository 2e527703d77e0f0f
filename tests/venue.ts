/**
 * A testnet, a ccxt.pro exchange connected to it, and the switches of both: what the tests of ingestion share.
 *
 * @module
 */
import { marketClock } from "../lib/clock.ts";
import { type Exchange, getExchange } from "../lib/connect.ts";
import { type Feed, type FeedOptions, openFeed } from "../lib/feed.ts";
import { validate } from "../lib/schema.ts";
import type { MarketEvent } from "../lib/types.ts";
import { startTestnet, type Testnet, type TestnetOptions } from "../testnet/server.ts";

export const SYMBOL = "BTC/USDT";
export const TAPE = "data/sample/binance_spot_btcusdt_20240808";

/** The configuration with all keys at their defaults: the local testnet. */
export const config = validate({});

/** What the testnet says of itself. */
export interface Status {
  readonly marketTs: number;
  readonly ended: boolean;
  readonly sent: Readonly<Record<string, number>>;
}

/** A running testnet and what a test does with it. */
export interface Venue {
  readonly net: Testnet;
  /** A new ccxt.pro instance connected to it. */
  connect(): Exchange;
  clock(change: { held?: boolean; speed?: number }): Promise<void>;
  fault(spec: Record<string, unknown>): Promise<void>;
  status(): Promise<Status>;
  close(): Promise<void>;
}

export async function startVenue(options: Partial<TestnetOptions> = {}): Promise<Venue> {
  const net = await startTestnet({ tape: TAPE, speed: 40, start: 48, hold: true, ...options });
  const exchanges: Exchange[] = [];
  const post = async (what: string, body: Record<string, unknown>) => {
    const answer = await fetch(`${net.control}/${what}`, { method: "POST", body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${what} ${JSON.stringify(body)}: ${text}`);
  };
  return {
    net,
    connect() {
      const exchange = getExchange(config, { ws: true, testnet: net });
      exchanges.push(exchange);
      return exchange;
    },
    clock: (change) => post("clock", change),
    fault: (spec) => post("fault", spec),
    status: async () => await (await fetch(`${net.control}/status`)).json(),
    async close() {
      for (const exchange of exchanges) await exchange.close();
      await net.close();
    },
  };
}

/** Opens a feed with the testnet's time, and releases the market once it is ready. */
export async function openReleased(venue: Venue, exchange: Exchange, options: FeedOptions = {}): Promise<Feed> {
  const clock = await marketClock(exchange, config);
  const feed = openFeed(exchange, SYMBOL, { clock, ...options });
  await feed.ready;
  await venue.clock({ held: false });
  await clock.sync();
  return feed;
}

/** All events until the tape has ended and everything that was sent has arrived. */
export async function collectAll(venue: Venue, feed: Feed): Promise<MarketEvent[]> {
  const events: MarketEvent[] = [];
  const done = collect(feed, events);
  for (;;) {
    const { ended, sent } = await venue.status();
    const { messages } = feed.health();
    const isThere = messages.book + messages.trades >= (sent[DEPTH] ?? 0) + (sent[TRADES] ?? 0);
    if (ended && isThere) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await feed.close();
  await done;
  return events;
}

export const DEPTH = "btcusdt@depth@100ms";
export const TRADES = "btcusdt@trade";

async function collect(feed: Feed, into: MarketEvent[]): Promise<void> {
  for await (const event of feed) into.push(event);
}
