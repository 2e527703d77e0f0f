/**
 * What is published on which stream as the replay goes on. Recorded messages leave as they are, on the stream they were
 * recorded from; the other streams are made from the market when somebody listens.
 *
 * @module
 */
import type { DepthUpdate, LevelText } from "./book.ts";
import { aggregateRow } from "./endpoints/trades.ts";
import type { Outgoing } from "./faults.ts";
import type { Hub } from "./hub.ts";
import { klineStream, klineUpdates } from "./kline_stream.ts";
import type { Market } from "./market.ts";
import type { Listener } from "./replay.ts";
import type { TapeEvent } from "./tape.ts";
import { tickerPayload } from "./ticker_stream.ts";

/** Publishes a market, and counts. */
export interface Publisher extends Listener {
  /** Sends a payload to the sockets; the last step after all faults. Returns whether anybody got it. */
  deliver(message: Outgoing): boolean;
  /** Payloads by kind that the tape issued while at least one client listened. */
  readonly issued: ReadonlyMap<string, number>;
  /** Payloads by kind that reached at least one client's socket. */
  readonly served: ReadonlyMap<string, number>;
  /**
   * Of those of kind `depth` or `trade`, how many there were up to the update or trade id: what a client that stopped there saw.
   *
   * @throws {RangeError} for an id more than 100000 payloads ago
   */
  servedUpTo(kind: "depth" | "trade", id: number): number;
}

const toMs = (ts: number) => Math.floor(ts / 1000);
/** Ids of each kind that are kept at least. */
const REMEMBERED = 100_000;

/**
 * @param send takes each payload that somebody listens to, on its way through the faults to `deliver`
 */
export function createPublisher(market: Market, hub: Hub, send: (message: Outgoing) => void): Publisher {
  const { tape } = market;
  const symbol = tape.symbol;
  const prefix = symbol.toLowerCase();
  const names = {
    fast: `${prefix}@depth@100ms`,
    slow: `${prefix}@depth`,
    aggregate: `${prefix}@aggTrade`,
  };
  const partial = [5, 10, 20].map((levels) => ({ levels, name: `${prefix}@depth${levels}` }));
  // Once a second, which a client may also say: `@depth@1000ms`.
  const paced = new Map([names.slow, ...partial.map(({ name }) => name)].map((name) => [name, `${name}@1000ms`]));
  const issued = new Map<string, number>();
  const served = new Map<string, number>();
  const ids: Record<string, number[]> = { depth: [], trade: [] };
  const forgotten: Record<string, { count: number; largest: number }> = {
    depth: { count: 0, largest: 0 },
    trade: { count: 0, largest: 0 },
  };
  const note = (kind: string, id: number) => {
    const known = ids[kind];
    const gone = forgotten[kind];
    if (known === undefined || gone === undefined) return;
    if (known.push(id) <= 2 * REMEMBERED) return;
    for (const old of known.splice(0, REMEMBERED)) gone.largest = Math.max(gone.largest, old);
    gone.count += REMEMBERED;
  };
  const recorded = new Set(tape.events.map((event) => event.stream));
  let second: DepthUpdate[] = [];
  let aggregates: number | undefined;

  const publish = (stream: string, text: string | (() => string), id?: number) => {
    const other = paced.get(stream);
    if (other !== undefined) publish(other, text, id);
    if (!hub.has(stream)) return;
    const kind = kindOf(stream, tape.fastDepth);
    issued.set(kind, (issued.get(kind) ?? 0) + 1);
    send({ stream, kind, text: typeof text === "string" ? text : text(), id });
  };
  const publishTop = (speed: string) => {
    for (const { levels, name } of partial) {
      if (!recorded.has(name + speed)) publish(name + speed, () => JSON.stringify(market.book.top(levels)));
    }
  };
  const publishDepth = (event: TapeEvent, update: DepthUpdate) => {
    publish(names.fast, event.text, event.id);
    publishTop("@100ms");
    if (tape.fastDepth) second.push(update);
    else {
      publish(names.slow, event.text, event.id);
      publishTop("");
    }
  };

  return {
    event(event, update) {
      if (update !== undefined) return publishDepth(event, update);
      publish(event.stream, event.text, event.id);
      // What was complete before the first event is the past.
      const lastTrade = market.aggregates.last.at(market.aggregateCount - 1);
      const completed = event.trade !== undefined && event.trade === lastTrade ? 1 : 0;
      let next = aggregates ?? market.aggregateCount - completed;
      for (; next < market.aggregateCount; next++) {
        if (recorded.has(names.aggregate)) continue;
        const row = aggregateRow(market, next, toMs);
        publish(names.aggregate, () => JSON.stringify({ e: "aggTrade", E: toMs(event.ts), s: symbol, ...row }));
      }
      aggregates = next;
    },
    beat(ts) {
      market.bars.settle(ts);
      if (tape.fastDepth && second.length > 0) {
        const updates = second;
        second = [];
        if (!recorded.has(names.slow)) publish(names.slow, () => JSON.stringify(merge(symbol, toMs(ts), updates)));
        publishTop("");
      }
      for (const stream of [...hub.streams]) {
        if (recorded.has(stream)) continue;
        const ticker = tickerPayload(stream, market, ts);
        if (ticker !== undefined) publish(stream, ticker);
        const interval = klineStream(stream, prefix);
        if (interval !== undefined) {
          for (const text of klineUpdates(market, interval, ts)) publish(stream, text);
        }
      }
    },
    deliver({ stream, kind, text, id }) {
      if (hub.send(stream, text) === 0) return false;
      served.set(kind, (served.get(kind) ?? 0) + 1);
      if (id !== undefined) note(kind, id);
      return true;
    },
    issued,
    served,
    servedUpTo(kind, id) {
      const { count, largest } = forgotten[kind]!;
      if (id < largest) {
        throw new RangeError(`served: ${kind} = ${id}, must be at least ${largest}: what was before is forgotten`);
      }
      return ids[kind]!.reduce((sum, sent) => sent <= id ? sum + 1 : sum, count);
    },
  };
}

/** `btcusdt@depth@100ms` is of kind `depth`; so is `btcusdt@depth`, where that is what was recorded. */
function kindOf(stream: string, fastDepth: boolean): string {
  const [symbol = "", kind = "", ...rest] = stream.split("@");
  if (symbol.startsWith("!")) return stream;
  if (kind === "depth") return fastDepth && rest[0] !== "100ms" ? "depth@1000ms" : "depth";
  return [kind, ...rest].join("@");
}

/** One update that does what several did, each level with its last quantity. */
function merge(symbol: string, E: number, updates: readonly DepthUpdate[]) {
  const side = (pick: (update: DepthUpdate) => readonly LevelText[]) => [
    ...new Map(updates.flatMap((update) => pick(update).map((level) => [level[0], level] as const))).values(),
  ];
  const { U } = updates[0] as DepthUpdate;
  const { u } = updates.at(-1) as DepthUpdate;
  return { e: "depthUpdate", E, s: symbol, U, u, b: side((update) => update.b), a: side((update) => update.a) };
}
