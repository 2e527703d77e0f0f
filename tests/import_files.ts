/** Makes files of every source from a tape that is known, for the importers' tests. */

import { Buffer } from "node:buffer";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { createBook } from "makerbook/book.ts";
import { BUY, CLEAR, createTape, LAST, LEVEL, SELL, type Tape, TRADE } from "makerbook/tape.ts";
import { createGrid } from "makerbook/ticks.ts";

export const INFO = { symbol: "BTC/USDT", base: "BTC", quote: "USDT", tickSize: 0.01, lotSize: 0.001, source: "made" };

const START = Date.UTC(2024, 2, 1) * 1000;

/** One message of a made market. */
export type Made =
  | { type: "trade"; side: number; ticks: number; lots: number; step: number }
  | {
    type: "book";
    snapshot: boolean;
    levels: { side: number; ticks: number; lots: number }[];
    step: number;
  };

const ticks = fc.integer({ min: 1, max: 9_999_999 });
const lots = fc.integer({ min: 1, max: 99_999 });
const side = fc.constantFrom(BUY, SELL);
const step = fc.integer({ min: 1, max: 400_000 });

const aTrade: fc.Arbitrary<Made> = fc.record({ type: fc.constant("trade" as const), side, ticks, lots, step });

const aBook: fc.Arbitrary<Made> = fc.record({
  type: fc.constant("book" as const),
  snapshot: fc.constant(false),
  levels: fc.array(fc.record({ side, ticks, lots: fc.integer({ min: 0, max: 99_999 }) }), {
    minLength: 1,
    maxLength: 6,
  }),
  step,
});

/** Markets that begin with a snapshot; its steps and lots are needed by at least one number, so that they can be told from it. */
export const markets: fc.Arbitrary<Made[]> = fc.array(fc.oneof(aTrade, aBook, aBook), { maxLength: 60 }).map((made) => [
  {
    type: "book",
    snapshot: true,
    levels: [{ side: BUY, ticks: 100_001, lots: 1 }, { side: SELL, ticks: 100_003, lots: 7 }],
    step: 1,
  },
  ...made,
]);

/** Trades alone, one of them with an odd tick and lot. */
export const tradeRuns: fc.Arbitrary<Made[]> = fc.array(aTrade, { maxLength: 60 }).map((made) => [
  { type: "trade", side: BUY, ticks: 100_001, lots: 1, step: 1 },
  ...made,
]);

/** The tape that a market is. Times differ between messages, in steps of `unit` microseconds. */
export function tapeOf(market: readonly Made[], unit = 1, latency = true): Tape {
  const tape = createTape(INFO);
  let ts = START;
  for (const message of market) {
    ts += Math.ceil(message.step / unit) * unit;
    // Always as late, so that the order of both clocks is one.
    const local = latency ? ts + 1_000 : ts;
    if (message.type === "trade") tape.row(TRADE, message.side, LAST, ts, local, message.ticks, message.lots / 1000);
    else {
      if (message.snapshot) tape.row(CLEAR, 0, 0, ts, local, 0, 0);
      const { levels } = message;
      for (const [i, level] of levels.entries()) {
        tape.row(LEVEL, level.side, i === levels.length - 1 ? LAST : 0, ts, local, level.ticks, level.lots / 1000);
      }
    }
  }
  return tape.build();
}

const grid = createGrid(INFO.tickSize);
const price = (tape: Tape, i: number) => grid.decimal(tape.priceTicks[i]!).toFixed(8);
const qty = (tape: Tape, i: number) => tape.qty[i]!.toFixed(8);

/** Rows of a kind, as lines. */
function lines(tape: Tape, kinds: readonly number[], line: (i: number, n: number) => string): string {
  const out: string[] = [];
  for (let i = 0; i < tape.length; i++) if (kinds.includes(tape.kind[i]!)) out.push(line(i, out.length));
  return out.map((text) => text + "\n").join("");
}

/** Spot `trades` as Binance archives them. */
export function binanceTrades(
  tape: Tape,
  options: { header?: boolean; millis?: boolean; firstId?: number } = {},
): string {
  const { header = false, millis = false, firstId = 7 } = options;
  const time = (i: number) => millis ? tape.exchTs[i]! / 1000 : tape.exchTs[i]!;
  const quote = (i: number) => (grid.decimal(tape.priceTicks[i]!) * tape.qty[i]!).toFixed(8);
  const maker = (i: number) => tape.side[i] === SELL;
  return header
    ? "id,price,qty,quote_qty,time,is_buyer_maker\n" +
      lines(tape, [TRADE], (i, n) =>
        `${firstId + n},${price(tape, i)},${qty(tape, i)},${quote(i)},${time(i)},${maker(i)}`)
    : lines(tape, [TRADE], (i, n) => {
      const flag = maker(i) ? "True" : "False";
      return `${firstId + n},${price(tape, i)},${qty(tape, i)},${quote(i)},${time(i)},${flag},True`;
    });
}

/** `aggTrades` as Binance archives them. */
export function binanceAggTrades(tape: Tape, header: boolean): string {
  const head = header ? "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n" : "";
  return head + lines(tape, [TRADE], (i, n) => {
    const row = `${n},${price(tape, i)},${qty(tape, i)},${2 * n},${2 * n + 1},${tape.exchTs[i]! / 1000}`;
    return `${row},${tape.side[i] === SELL ? "true" : "false"}${header ? "" : ",true"}`;
  });
}

/** Tardis `trades`. */
export function tardisTrades(tape: Tape, symbol = "BTCUSDT"): string {
  return "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n" + lines(tape, [TRADE], (i, n) => {
    const taker = tape.side[i] === BUY ? "buy" : "sell";
    return `binance,${symbol},${tape.exchTs[i]},${tape.localTs[i]},${n + 1},${taker},${Number(price(tape, i))},${
      tape.qty[i]
    }`;
  });
}

/** Tardis `incremental_book_L2`. */
export function tardisBook(tape: Tape, symbol = "BTCUSDT"): string {
  let snapshot = false;
  let out = "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount\n";
  for (let i = 0; i < tape.length; i++) {
    if (tape.kind[i] === CLEAR) snapshot = true;
    if (tape.kind[i] !== LEVEL) continue;
    const taker = tape.side[i] === BUY ? "bid" : "ask";
    const amount = tape.qty[i];
    out += `binance,${symbol},${tape.exchTs[i]},${tape.localTs[i]},${snapshot},${taker},${
      Number(price(tape, i))
    },${amount}\n`;
    if ((tape.flags[i]! & LAST) !== 0) snapshot = false;
  }
  return out;
}

/** The book of a tape after each message, at most `depth` levels a side, best first. */
export function pictures(
  tape: Tape,
  depth: number,
): { ts: number; bids: [number, number][]; asks: [number, number][] }[] {
  const book = createBook();
  const out: { ts: number; bids: [number, number][]; asks: [number, number][] }[] = [];
  for (let i = 0; i < tape.length; i++) {
    if (tape.kind[i] === CLEAR) book.clear();
    else if (tape.kind[i] === LEVEL) book.set(tape.side[i]!, tape.priceTicks[i]!, tape.qty[i]!);
    if (tape.kind[i] === TRADE || (tape.flags[i]! & LAST) === 0) continue;
    const side = (side: number) =>
      book.top(side, depth).map((
        [ticks, qty],
      ): [number, number] => [Number((ticks * tape.tickSize).toPrecision(12)), qty]);
    out.push({ ts: tape.localTs[i]!, bids: side(BUY), asks: side(SELL) });
  }
  return out;
}

/** Binance's `bookTicker` of a tape's book. */
export function binanceTicker(tape: Tape): string {
  const best = ([level]: [number, number][]) => level ? `${level[0]},${level[1]}` : "0,0";
  return "update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time\n" +
    pictures(tape, 1).map(({ ts, bids, asks }, i) => `${i + 5},${best(bids)},${best(asks)},${ts},${ts}\n`).join("");
}

/** Tardis `book_snapshot_5` of a tape's book. */
export function tardisSnapshots(tape: Tape): string {
  const depth = 5;
  const head = Array.from(
    { length: depth },
    (_, i) => `asks[${i}].price,asks[${i}].amount,bids[${i}].price,bids[${i}].amount`,
  );
  const cell = (level?: [number, number]) => level ? level.join() : ",";
  return `exchange,symbol,timestamp,local_timestamp,${head}\n` +
    pictures(tape, depth).map(({ ts, bids, asks }) => {
      const levels = head.map((_, i) => `${cell(asks[i])},${cell(bids[i])}`);
      return `binance,BTCUSDT,${ts},${ts},${levels}\n`;
    }).join("");
}

/** Raw WebSocket lines, spot, with a snapshot where the tape has CLEAR. */
export function rawLines(market: readonly Made[], tape: Tape): string {
  const out: string[] = [];
  let row = 0;
  let id = 100;
  let trade = 5;
  for (const message of market) {
    if (message.type === "book" && message.snapshot) row++;
    const [exch, local] = [tape.exchTs[row]! / 1000, `${tape.localTs[row]}000`];
    if (message.type === "trade") {
      const data = {
        e: "trade",
        E: exch,
        s: "BTCUSDT",
        t: trade++,
        p: price(tape, row),
        q: qty(tape, row),
        T: exch,
        m: message.side === SELL,
      };
      out.push(`${local} ${JSON.stringify({ stream: "btcusdt@trade", data })}`);
      row++;
      continue;
    }
    const levels = (side: number) => {
      const found: [string, string][] = [];
      for (const [i, level] of message.levels.entries()) {
        if (level.side === side) found.push([price(tape, row + i), qty(tape, row + i)]);
      }
      return found;
    };
    if (message.snapshot) {
      out.push(`${local} ${JSON.stringify({ lastUpdateId: id, bids: levels(BUY), asks: levels(SELL) })}`);
      const data = { e: "depthUpdate", E: exch, s: "BTCUSDT", U: id, u: id + 1, b: [], a: [] };
      out.push(`${local} ${JSON.stringify({ stream: "btcusdt@depth@100ms", data })}`);
    } else {
      const data = { e: "depthUpdate", E: exch, s: "BTCUSDT", U: id + 1, u: id + 3, b: levels(BUY), a: levels(SELL) };
      out.push(`${local} ${JSON.stringify({ stream: "btcusdt@depth@100ms", data })}`);
      id += 2;
    }
    id++;
    row += message.levels.length;
  }
  return out.map((line) => line + "\n").join("");
}

/** A zip with one deflated member, as Binance's archive has them. */
export function zipOf(name: string, text: string | Uint8Array): Uint8Array {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const packed = deflateRawSync(bytes);
  const names = Buffer.from(name);
  const fixed = (directory: boolean) => {
    const head = Buffer.alloc(directory ? 46 : 30);
    head.writeUInt32LE(directory ? 0x02014b50 : 0x04034b50, 0);
    const at = directory ? 6 : 4;
    head.writeUInt16LE(20, at);
    head.writeUInt16LE(8, at + 4);
    head.writeUInt32LE(crc32(bytes), at + 10);
    head.writeUInt32LE(packed.length, at + 14);
    head.writeUInt32LE(bytes.length, at + 18);
    head.writeUInt16LE(names.length, at + 22);
    return head;
  };
  const body = Buffer.concat([fixed(false), names, packed]);
  const directory = Buffer.concat([fixed(true), names]);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(body.length, 16);
  return new Uint8Array(Buffer.concat([body, directory, end]));
}

export const gzip = (text: string | Uint8Array): Uint8Array => new Uint8Array(gzipSync(text));

/** Columns of a tape as plain lists, to compare. */
export function rowsOf(tape: Tape, kinds?: readonly number[]) {
  const rows: number[][] = [];
  for (let i = 0; i < tape.length; i++) {
    if (kinds && !kinds.includes(tape.kind[i]!)) continue;
    rows.push([
      tape.kind[i]!,
      tape.side[i]!,
      tape.flags[i]!,
      tape.exchTs[i]!,
      tape.localTs[i]!,
      tape.priceTicks[i]!,
      tape.qty[i]!,
    ]);
  }
  return rows;
}
