/**
 * A recording in the order the exchange sent it, ready to be replayed.
 *
 * Order: by the exchange's event time, then by place in the recording. `bookTicker` carries no time; it gets one from its
 * receive time, moved by the offset of the last message that has both, and never leaves its neighbours in the recording.
 *
 * @module
 */
import { type DepthSnapshot, type DepthUpdate } from "./book.ts";
import { parseUnits } from "./decimal.ts";
import { type MessageKind, microseconds, parseMessage, type StreamMessage, type TradeMessage } from "./message.ts";
import type { TapeSource } from "./source.ts";

/** One message to replay. */
export interface TapeEvent {
  readonly kind: MessageKind;
  /** When the exchange sent it, microseconds UTC. */
  readonly ts: number;
  /** The stream it was recorded from. */
  readonly stream: string;
  /** The payload exactly as recorded. */
  readonly text: string;
  /** The last update id of a diff, the trade id of a trade. */
  readonly id?: number;
  /** Index into `Tape.trades`, for a trade. */
  readonly trade?: number;
}

/** Every trade of the tape in the order of ids. Prices and quantities in units of 1e-8. */
export interface TradeColumns {
  readonly length: number;
  /** The first that is kept. */
  readonly first: number;
  readonly id: Column<number>;
  /** Trade time, microseconds. */
  readonly ts: Column<number>;
  readonly price: Column<bigint>;
  readonly qty: Column<bigint>;
  /** 1 where the buyer was the maker, so that the aggressor sold. */
  readonly buyerMaker: Column<number>;
}

/** Values by index, a typed array among others. */
export interface Column<T> {
  at(i: number): T | undefined;
}

/** A recording of one symbol. */
export interface Tape {
  readonly name: string;
  readonly symbol: string;
  readonly events: readonly TapeEvent[];
  readonly snapshots: readonly DepthSnapshot[];
  readonly trades: TradeColumns;
  /** Time of the first and last event, microseconds. */
  readonly startTs: number;
  readonly endTs: number;
  /** The first moment at which the whole book is known, microseconds. */
  readonly bookTs: number;
  /** True where the recording's diffs come every 100 ms, false for one a second. */
  readonly fastDepth: boolean;
  /** What is wrong with the recording without preventing its use. */
  readonly warnings: readonly string[];
}

interface Draft {
  readonly message: StreamMessage;
  readonly receivedUs: number | undefined;
}

/**
 * Reads a recording.
 *
 * @param source where the messages come from
 * @param symbol which symbol to keep, where the recording has several
 * @throws {Error} in one line, if the recording is empty, truncated or lacks what a replay needs.
 */
export async function loadTape(source: TapeSource, symbol?: string): Promise<Tape> {
  const drafts: Draft[] = [];
  const snapshots: DepthSnapshot[] = [];
  const symbols = new Set<string>();
  for await (const batch of source.messages()) {
    for (const raw of batch) {
      const parsed = parseMessage(raw);
      if (parsed === undefined) continue;
      if ("snapshot" in parsed) snapshots.push(parsed.snapshot);
      else {
        if (parsed.message.symbol !== undefined) symbols.add(parsed.message.symbol);
        drafts.push({
          message: parsed.message,
          receivedUs: raw.receivedNs === undefined ? undefined : raw.receivedNs / 1000,
        });
      }
    }
  }
  if (drafts.length === 0) throw new Error(`${source.name} is empty: it has no market data message`);
  const chosen = chooseSymbol(source.name, symbols, symbol);
  const kept = symbols.size === 1 ? drafts : drafts.filter((draft) => draft.message.symbol === chosen);
  return buildTape(source.name, chosen, kept, snapshots);
}

function chooseSymbol(name: string, symbols: ReadonlySet<string>, wanted: string | undefined): string {
  const list = [...symbols].sort();
  if (wanted !== undefined) {
    if (symbols.has(wanted)) return wanted;
    throw new Error(`${name} has no ${wanted}; it has ${list.join(", ")}`);
  }
  if (list.length === 1) return list[0] as string;
  if (list.length === 0) throw new Error(`${name} names no symbol`);
  throw new Error(`${name} has several symbols (${list.join(", ")}): choose one with --symbol`);
}

function buildTape(name: string, symbol: string, drafts: Draft[], snapshots: DepthSnapshot[]): Tape {
  const times = eventTimes(drafts);
  if (times === undefined) throw new Error(`${name} has no message with an event time`);
  const order = Array.from(drafts.keys()).sort((a, b) => (times[a] as number) - (times[b] as number) || a - b);
  const fastDepth = hasFastDepth(drafts);
  const diffStream = `${symbol.toLowerCase()}@depth${fastDepth ? "@100ms" : ""}`;
  const events: TapeEvent[] = [];
  const trades: TradeMessage[] = [];
  const counts = { repeatedDepth: 0, depthGaps: 0, repeatedTrades: 0 };
  let lastU = 0;
  let bookTs: number | undefined;
  snapshots.sort((a, b) => a.lastUpdateId - b.lastUpdateId);
  for (const index of order) {
    const { kind, stream, text, data } = (drafts[index] as Draft).message;
    const event = { kind, ts: times[index] as number, stream: stream ?? diffStream, text };
    if (kind === "depth") {
      if (event.stream !== diffStream) {
        events.push({ ...event, kind: "other" });
        continue;
      }
      const { U, u } = data as unknown as DepthUpdate;
      if (u <= lastU) {
        counts.repeatedDepth++;
        continue;
      }
      if (lastU > 0 && U > lastU + 1) counts.depthGaps++;
      lastU = u;
      bookTs ??= snapshots.some((s) => U <= s.lastUpdateId + 1 && s.lastUpdateId + 1 <= u) ? event.ts : undefined;
      events.push({ ...event, id: u });
    } else if (kind === "trade") {
      const trade = data as unknown as TradeMessage;
      if (trade.t <= (trades.at(-1)?.t ?? -1)) {
        counts.repeatedTrades++;
        continue;
      }
      events.push({ ...event, id: trade.t, trade: trades.length });
      trades.push({ t: trade.t, p: trade.p, q: trade.q, T: trade.T, m: trade.m });
    } else events.push(event);
  }
  if (snapshots.length === 0) {
    throw new Error(`${name} has no order book snapshot (a line with lastUpdateId, bids and asks)`);
  }
  if (bookTs === undefined) {
    throw new Error(`${name}: no depth message continues the snapshot ${snapshots[0]?.lastUpdateId}`);
  }
  return {
    name,
    symbol,
    events,
    snapshots,
    trades: tradeColumns(trades),
    startTs: (events[0] as TapeEvent).ts,
    endTs: (events.at(-1) as TapeEvent).ts,
    bookTs,
    fastDepth,
    warnings: warn(counts),
  };
}

function warn(counts: { repeatedDepth: number; depthGaps: number; repeatedTrades: number }): string[] {
  const warnings: string[] = [];
  if (counts.depthGaps > 0) warnings.push(`${counts.depthGaps} update-id gaps in the recorded depth messages`);
  if (counts.repeatedDepth > 0) warnings.push(`${counts.repeatedDepth} repeated or disordered depth messages left out`);
  if (counts.repeatedTrades > 0) warnings.push(`${counts.repeatedTrades} repeated or disordered trades left out`);
  return warnings;
}

/** Microseconds for each message, in the order of the recording; undefined if not one message carries a time. */
function eventTimes(drafts: readonly Draft[]): Float64Array | undefined {
  const times = new Float64Array(drafts.length);
  const first = drafts.find((draft) => draft.message.eventTs !== undefined)?.message.eventTs;
  if (first === undefined) return undefined;
  // Upper bound of an untimed message: the next timed one in the recording.
  let next = Infinity;
  for (let i = drafts.length - 1; i >= 0; i--) {
    next = drafts[i]?.message.eventTs ?? next;
    times[i] = next;
  }
  let latest = first;
  let offset: number | undefined;
  for (const [i, { message, receivedUs }] of drafts.entries()) {
    if (message.eventTs !== undefined) {
      if (receivedUs !== undefined) offset = message.eventTs - receivedUs;
      latest = Math.max(latest, message.eventTs);
      continue;
    }
    const guess = offset === undefined || receivedUs === undefined ? latest : Math.floor(receivedUs + offset);
    latest = Math.max(latest, Math.min(guess, times[i] as number));
    times[i] = latest;
  }
  return times;
}

/** Diffs come from `@depth@100ms` or, one a second, from `@depth`; a recording that does not say is judged by spacing. */
function hasFastDepth(drafts: readonly Draft[]): boolean {
  const diffs = drafts.filter((draft) => draft.message.kind === "depth").map((draft) => draft.message);
  if (diffs.some((message) => message.stream?.endsWith("@100ms"))) return true;
  if (diffs.some((message) => message.stream !== undefined)) return false;
  const times = diffs.map((message) => message.eventTs as number);
  const steps = times.slice(1).map((ts, i) => ts - (times[i] as number)).sort((a, b) => a - b);
  return (steps[steps.length >> 1] ?? 0) < 500_000;
}

function tradeColumns(trades: readonly TradeMessage[]): TradeColumns {
  const n = trades.length;
  const columns = {
    length: n,
    first: 0,
    id: new Float64Array(n),
    ts: new Float64Array(n),
    price: new BigInt64Array(n),
    qty: new BigInt64Array(n),
    buyerMaker: new Uint8Array(n),
  };
  for (const [i, trade] of trades.entries()) {
    columns.id[i] = trade.t;
    columns.ts[i] = microseconds(trade.T) ?? 0;
    columns.price[i] = parseUnits(trade.p);
    columns.qty[i] = parseUnits(trade.q);
    columns.buyerMaker[i] = trade.m ? 1 : 0;
  }
  return columns;
}
