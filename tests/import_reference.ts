/**
 * The importers once more, as plainly as can be: split, `Number`, sort. What a damaged file must give is what these give, or an error.
 * They know the formats alone, not a line of the importers.
 */

const [LEVEL, TRADE, CLEAR, GAP] = [0, 1, 2, 3];

/** Kind, side, last of its message, exchange's time, ours, price, quantity. */
export type PlainRow = [
  kind: number,
  side: number,
  last: number,
  exchTs: number,
  localTs: number,
  price: number,
  qty: number,
];

class Refused extends Error {}

function demand(condition: boolean, why: string): asserts condition {
  if (!condition) throw new Refused(why);
}

/** Rows, or undefined where the files must be refused. */
export function plainly(read: () => PlainRow[]): PlainRow[] | undefined {
  try {
    const rows = read();
    return rows.length === 0 ? undefined : rows;
  } catch (error) {
    if (error instanceof Refused || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function decimal(text: string | undefined): number {
  demand(text !== undefined && /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(text), "decimal");
  const value = Number(text);
  demand(Number.isFinite(value), "finite");
  return value;
}

function whole(text: string | undefined): number {
  demand(text !== undefined && /^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text)), "whole");
  return Number(text);
}

function flag(text: string | undefined): boolean {
  demand(/^(true|false)$/i.test(text ?? ""), "flag");
  return text!.toLowerCase() === "true";
}

function century(us: number): number {
  demand(us >= 1e15 && us < 4_102_444_800e6, "time");
  return us;
}

const micros = (time: number) => century(time >= 1e14 ? Math.floor(time) : time * 1000);

function table(bytes: Uint8Array): string[][] {
  const text = decode(bytes);
  demand(text.endsWith("\n"), "cut");
  return text.slice(0, -1).split("\n").map((line) => line.replace(/\r$/, "")).filter((line) => line !== "")
    .map((line) => line.split(","));
}

/** Merges messages by our time, then the exchange's, then stream. */
function merge(...streams: PlainRow[][]): PlainRow[] {
  const rows: PlainRow[] = [];
  const left = streams.map((stream) => [...stream]);
  while (left.some((stream) => stream.length > 0)) {
    const heads = left.map((stream, i) => ({ i, row: stream[0] })).filter(({ row }) => row !== undefined);
    heads.sort((a, b) => a.row![4] - b.row![4] || a.row![3] - b.row![3] || a.i - b.i);
    const from = left[heads[0]!.i]!;
    do rows.push(from.shift()!); while (rows.at(-1)![2] === 0 && from.length > 0);
  }
  return rows;
}

/** Tardis files in the order of their names. */
export function plainTardis(files: readonly Uint8Array[], symbol: string): PlainRow[] {
  const head = "exchange,symbol,timestamp,local_timestamp";
  const trades: PlainRow[] = [];
  const book: PlainRow[] = [];
  const ids = new Set<string>();
  let venue: string | undefined;
  let lastTrade = 0;
  let lastBook = 0;
  for (const file of files) {
    const [header, ...rows] = table(file);
    const isTrades = header?.join() === `${head},id,side,price,amount`;
    demand(isTrades || header?.join() === `${head},is_snapshot,side,price,amount`, "header");
    let known = false;
    let before = false;
    let messageTs = 0;
    for (const row of rows) {
      demand(row.length === 8, "columns");
      venue ??= `${row[0]},${row[1]}`;
      demand(/^[a-z0-9-]+$/.test(row[0]!) && `${row[0]},${row[1]}` === venue, "venue");
      const [exch, local] = [century(whole(row[2])), century(whole(row[3]))];
      if (isTrades) {
        demand(local >= lastTrade, "order");
        lastTrade = local;
        const [price, qty] = [decimal(row[6]), decimal(row[7])];
        demand(price > 0 && qty >= 0, "numbers");
        if (qty === 0 || row[5] === "unknown") continue;
        demand(row[5] === "buy" || row[5] === "sell", "side");
        const id = /^\d{1,15}$/.test(row[4]!) ? String(Number(row[4])) : row[4]!;
        if (id !== "" && ids.has(id)) continue;
        ids.add(id);
        trades.push([TRADE, row[5] === "buy" ? 1 : -1, 1, exch, local, price, qty]);
        continue;
      }
      demand(local >= lastBook, "order");
      lastBook = local;
      const snapshot = flag(row[4]);
      demand(row[5] === "bid" || row[5] === "ask", "side");
      const [price, qty] = [decimal(row[6]), decimal(row[7])];
      demand(price > 0 && qty >= 0, "numbers");
      if (!known && !snapshot) continue;
      const begins = snapshot && (!before || local > messageTs + 1e6);
      if (book.length > 0 && (begins || local !== messageTs)) book.at(-1)![2] = 1;
      if (begins) book.push([CLEAR, 0, 0, exch, local, 0, 0]);
      book.push([LEVEL, row[5] === "bid" ? 1 : -1, 0, exch, local, price, qty]);
      [known, before, messageTs] = [true, snapshot, local];
    }
    if (book.length > 0) book.at(-1)![2] = 1;
  }
  demand(venue !== undefined && venue.split(",")[1]!.toUpperCase().replace(/[^A-Z0-9]/g, "") === symbol, "symbol");
  return merge(trades, book);
}

/** Places of columns by name, or as they usually are where there is no header. */
function places(
  rows: string[][],
  names: readonly string[],
  aliases: Record<string, string>,
  widths: readonly number[],
) {
  const width = rows[0]?.length ?? 0;
  if (rows.length === 0 || /^[-\d]/.test(rows[0]![0]!)) {
    demand(widths.includes(width), "columns");
    return { at: names.map((_, i) => i), width };
  }
  const found = rows.shift()!.map((name) => name.toLowerCase().replace(/[^a-z0-9]/g, ""));
  const at = names.map((name) => found.findIndex((other) => other === name || aliases[other] === name));
  demand(!at.includes(-1), "header");
  return { at, width };
}

interface Numbered {
  readonly id: number;
  readonly ts: number;
  readonly values: readonly number[];
}

/** Rows by their ids, each once, their times never back. */
function numbered(rows: readonly Numbered[]): { ts: number; values: readonly number[] }[] {
  const out: { ts: number; values: readonly number[] }[] = [];
  const sorted = rows.toSorted((a, b) => a.id - b.id);
  for (const [i, { id, ts, values }] of sorted.entries()) {
    const before = sorted[i - 1];
    if (before?.id === id) {
      demand(before.values.join() === values.join(), "twice");
      continue;
    }
    const last = out.at(-1)?.ts ?? 0;
    demand(last - ts <= 1e6, "back");
    out.push({ ts: Math.max(last, ts), values });
  }
  return out;
}

const TRADE_NAMES = ["id", "price", "qty", "quoteqty", "time", "isbuyermaker"];
const TRADE_ALIASES = {
  tradeid: "id",
  quantity: "qty",
  quotequantity: "quoteqty",
  timestamp: "time",
  transacttime: "time",
};
const AGG_NAMES = ["aggtradeid", "price", "quantity", "firsttradeid", "lasttradeid", "transacttime", "isbuyermaker"];
const AGG_ALIASES = { id: "aggtradeid", qty: "quantity", time: "transacttime", timestamp: "transacttime" };

/** One file of Binance's archived trades or aggTrades. */
export function plainBinanceTrades(file: Uint8Array, aggregated = false): PlainRow[] {
  const rows = table(file);
  const { at, width } = aggregated
    ? places(rows, AGG_NAMES, AGG_ALIASES, [7, 8])
    : places(rows, TRADE_NAMES, TRADE_ALIASES, [6, 7]);
  const trades: Numbered[] = [];
  for (const row of rows) {
    demand(row.length === width, "columns");
    const field = (i: number) => row[at[i]!];
    const [id, price, qty] = [whole(field(0)), decimal(field(1)), decimal(field(2))];
    if (aggregated) demand(whole(field(3)) <= whole(field(4)), "ids");
    else {
      const quote = decimal(field(3));
      demand(Math.abs(quote - price * qty) <= 0.01 + 1e-4 * Math.abs(quote), "quote");
    }
    const ts = micros(whole(field(aggregated ? 5 : 4)));
    const maker = flag(field(aggregated ? 6 : 5));
    demand(price > 0 && qty >= 0, "numbers");
    if (qty > 0) trades.push({ id, ts, values: [maker ? -1 : 1, price, qty] });
  }
  return numbered(trades).map(({ ts, values: [side, price, qty] }) => [TRADE, side!, 1, ts, ts, price!, qty!]);
}

/** The best levels of a moment, best first. */
export interface Picture {
  readonly ts: number;
  readonly bids: readonly (readonly [price: number, qty: number])[];
  readonly asks: readonly (readonly [price: number, qty: number])[];
}

const TICKER_NAMES = ["updateid", "bestbidprice", "bestbidqty", "bestaskprice", "bestaskqty", "transactiontime"];

/** Pictures, or undefined where the file must be refused. */
export function plainPictures(file: Uint8Array, format: "bookTicker" | "book_snapshot"): Picture[] | undefined {
  try {
    const pictures = format === "bookTicker" ? tickerPictures(file) : snapshotPictures(file);
    return pictures.length === 0 ? undefined : pictures;
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}

function tickerPictures(file: Uint8Array): Picture[] {
  const rows = table(file);
  const { at, width } = places(rows, TICKER_NAMES, {}, [7]);
  const quotes = rows.map((row): Numbered => {
    demand(row.length === width, "columns");
    const values = [1, 2, 3, 4].map((i) => decimal(row[at[i]!]));
    demand(values.every((value) => value >= 0), "negative");
    return { id: whole(row[at[0]!]), ts: micros(whole(row[at[5]!])), values };
  });
  const side = (price: number, qty: number) => price > 0 && qty > 0 ? [[price, qty] as const] : [];
  return numbered(quotes).map(({ ts, values: [bid, bidQty, ask, askQty] }) => ({
    ts,
    bids: side(bid!, bidQty!),
    asks: side(ask!, askQty!),
  }));
}

function snapshotPictures(file: Uint8Array): Picture[] {
  const [header = [], ...rows] = table(file);
  const names = ["exchange", "symbol", "timestamp", "local_timestamp"];
  demand(header.join().startsWith(names.join()) && header.includes("asks[0].price"), "header");
  const columns = (side: string) => {
    const found: [number, number][] = [];
    for (let i = 0;; i++) {
      const pair = [header.indexOf(`${side}[${i}].price`), header.indexOf(`${side}[${i}].amount`)] as [number, number];
      if (pair.includes(-1)) return found;
      found.push(pair);
    }
  };
  const at = { bids: columns("bids"), asks: columns("asks") };
  let last = 0;
  return rows.map((row) => {
    demand(row.length === header.length, "columns");
    demand(`${row[0]},${row[1]}` === `${rows[0]![0]},${rows[0]![1]}` && /^[a-z0-9-]+$/.test(row[0]!), "venue");
    demand(row[1]!.toUpperCase().replace(/[^A-Z0-9]/g, "") === "BTCUSDT", "symbol");
    century(whole(row[2]));
    const ts = century(whole(row[3]));
    demand(ts >= last, "order");
    last = ts;
    const levels = (places: readonly [number, number][], sign: number) => {
      const found = places.filter(([p, q]) => row[p] !== "" || row[q] !== "")
        .map(([p, q]) => [decimal(row[p]), decimal(row[q])] as const);
      demand(found.every(([price, qty]) => price > 0 && qty >= 0), "numbers");
      const kept = found.filter(([, qty]) => qty > 0);
      demand(kept.every(([price], i) => i === 0 || (kept[i - 1]![0] - price) * sign > 0), "best first");
      return kept;
    };
    return { ts, bids: levels(at.bids, 1), asks: levels(at.asks, -1) };
  });
}

interface PlainMessage {
  // deno-lint-ignore no-explicit-any
  data: any;
  event: number;
  received: number | undefined;
}

/** A raw recording. */
export function plainRaw(file: Uint8Array, symbol: string): PlainRow[] {
  // deno-lint-ignore no-explicit-any
  const snapshots: any[] = [];
  const messages: PlainMessage[] = [];
  let stream: string | undefined;
  const number = (value: unknown) => {
    demand(typeof value === "number" && Number.isSafeInteger(value) && value >= 0, "id");
    return value;
  };
  const price = (text: unknown, zero: boolean) => {
    demand(typeof text === "string" && /^\d+(\.\d*)?$/.test(text), "decimal");
    demand(zero ? Number(text) >= 0 : Number(text) > 0, "positive");
    return Number(text);
  };
  const levels = (list: unknown) => {
    demand(Array.isArray(list), "list");
    return list.map((level) => {
      demand(Array.isArray(level) && level.length >= 2, "level");
      return [price(level[0], false), price(level[1], true)] as const;
    });
  };
  for (const line of decode(file).split("\n")) {
    if (line.trim() === "") continue;
    const [, stamp, json = ""] = /^(?:(\d{9,19})\s+)?(.*)$/s.exec(line.trim())!;
    const object = JSON.parse(json);
    if (typeof object !== "object" || object === null) continue;
    const wrapped = typeof object.data === "object" && object.data !== null;
    const data = wrapped ? object.data : object;
    if (!wrapped && Array.isArray(data.bids) && Array.isArray(data.asks)) {
      snapshots.push({ id: number(data.lastUpdateId), bids: levels(data.bids), asks: levels(data.asks) });
      continue;
    }
    if (data.e !== "depthUpdate" && data.e !== "trade") continue;
    if (String(data.s) !== symbol) continue;
    demand(typeof data.E === "number", "time");
    const event = micros(data.E);
    const received = stamp === undefined
      ? undefined
      : century(stamp.length >= 19 ? Number(stamp.slice(0, -3)) : micros(Number(stamp)));
    if (data.e === "trade") {
      if (data.X !== undefined && data.X !== "MARKET") continue;
      demand(typeof data.m === "boolean", "flag");
      number(data.t);
      price(data.p, false);
      price(data.q, true);
    } else {
      const name = wrapped && typeof object.stream === "string" ? object.stream : "depth";
      stream ??= name;
      demand(name === stream, "streams");
      demand(number(data.U) <= number(data.u), "ids");
      if (data.pu !== undefined) number(data.pu);
      data.bids = levels(data.b);
      data.asks = levels(data.a);
    }
    messages.push({ data, event, received });
  }
  demand(messages.length > 0, "nothing");
  const shift = Math.max(0, ...messages.map(({ event, received }) => received === undefined ? 0 : event - received));
  const sorted = messages.map((message, i) => ({ ...message, i })).sort((a, b) => a.event - b.event || a.i - b.i);
  const hasDepth = sorted.some(({ data }) => data.e === "depthUpdate");
  demand(!hasDepth || snapshots.length > 0, "snapshot");
  const rows: PlainRow[] = [];
  const seen = new Set<number>();
  let local = 0;
  let last: number | undefined;
  let newest = -1;
  let known = false;
  // deno-lint-ignore no-explicit-any
  const message = (book: any, event: number, begins: boolean) => {
    const from = rows.length;
    if (begins) rows.push([CLEAR, 0, 0, event, local, 0, 0]);
    for (const [p, q] of book.bids) rows.push([LEVEL, 1, 0, event, local, p, q]);
    for (const [p, q] of book.asks) rows.push([LEVEL, -1, 0, event, local, p, q]);
    if (rows.length === from) rows.push([LEVEL, 0, 0, event, local, 0, 0]);
    rows.at(-1)![2] = 1;
  };
  for (const { data, event, received } of sorted) {
    local = Math.max(local, received === undefined ? event : received + shift);
    if (data.e === "trade") {
      if (!seen.has(data.t) && Number(data.q) > 0) {
        rows.push([TRADE, data.m ? -1 : 1, 1, event, local, Number(data.p), Number(data.q)]);
      }
      seen.add(data.t);
      continue;
    }
    const { U, u, pu } = data;
    if (u <= newest) continue;
    newest = u;
    if (last === undefined || (pu === undefined ? U > last + 1 : pu !== last)) {
      if (last !== undefined) rows.push([GAP, 0, 1, event, local, 0, 0]);
      last = undefined;
      const fits = (id: number) => pu === undefined ? U <= id + 1 && id + 1 <= u : U <= id && id <= u;
      const snapshot = snapshots.find(({ id }) => fits(id));
      if (!snapshot) continue;
      known = true;
      message(snapshot, event, true);
    }
    last = u;
    message(data, event, false);
  }
  demand(!hasDepth || known, "never known");
  return rows;
}

/** hftbacktest's rows, 64 bytes each. */
export function plainEvents(rows: Uint8Array): PlainRow[] {
  const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
  const out: PlainRow[] = [];
  const book = [new Map<number, number>(), new Map<number, number>()] as const;
  let at: [exch: number, local: number] = [0, 0];
  let clearing = false;
  let begun = false;
  let last = 0;
  const end = () => {
    if (clearing) {
      out.push([CLEAR, 0, 0, ...at, 0, 0]);
      for (const [p, q] of [...book[0]].sort((a, b) => b[0] - a[0])) out.push([LEVEL, 1, 0, ...at, p, q]);
      for (const [p, q] of [...book[1]].sort((a, b) => a[0] - b[0])) out.push([LEVEL, -1, 0, ...at, p, q]);
      begun = true;
    }
    clearing = false;
    if (out.length > 0) out.at(-1)![2] = 1;
  };
  for (let i = 0; i < rows.length; i += 64) {
    const ev = view.getBigUint64(i, true);
    demand(ev < 1n << 32n, "flags");
    if ((ev & 1n << 30n) === 0n) continue;
    const kind = Number(ev & 0xffn);
    demand(kind < 10 || kind > 13, "orders");
    if (kind < 1 || kind > 4) continue;
    const time = (o: number) =>
      century(Number((view.getBigInt64(i + o, true) - mod(view.getBigInt64(i + o, true))) / 1000n));
    const [exch, local] = [time(8), time(16)];
    demand(local >= last, "order");
    last = local;
    const [px, qty] = [view.getFloat64(i + 24, true), view.getFloat64(i + 32, true)];
    const [buy, sell] = [(ev & 1n << 29n) !== 0n, (ev & 1n << 28n) !== 0n];
    demand(!(buy && sell), "sides");
    const side = buy ? 1 : sell ? -1 : 0;
    const together = at[0] === exch && at[1] === local;
    if (kind === 3) {
      if (!together || !clearing) end();
      at = [exch, local];
      clearing = true;
      for (const [s, levels] of [[1, book[0]], [-1, book[1]]] as const) {
        for (const p of levels.keys()) {
          const all = side === 0 || !(px > 0 && px < Infinity);
          if ((side === 0 || side === s) && (all || (p - px) * s >= -1e-9)) levels.delete(p);
        }
      }
      continue;
    }
    demand(px > 0 && px < Infinity && qty >= 0 && qty < Infinity, "numbers");
    if (kind === 2) {
      end();
      at = [0, 0];
      if (qty > 0 && side !== 0) out.push([TRADE, side, 1, exch, local, px, qty]);
      continue;
    }
    demand(side !== 0, "side");
    if (!together || (clearing && kind === 1)) end();
    at = [exch, local];
    const levels = side === 1 ? book[0] : book[1];
    if (qty > 0) levels.set(px, qty);
    else levels.delete(px);
    if (clearing) continue;
    if (!begun) out.push([CLEAR, 0, 0, exch, local, 0, 0]);
    begun = true;
    out.push([LEVEL, side, 0, exch, local, px, qty]);
  }
  end();
  return out;
}

const mod = (ns: bigint) => ((ns % 1000n) + 1000n) % 1000n;
