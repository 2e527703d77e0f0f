/**
 * Messages of a raw recording, understood: numbers instead of texts, in columns where there are many.
 *
 * @module
 */

import { DataError } from "../data_error.ts";
import type { ImportFacts } from "./facts.ts";
import type { InputFile } from "./files.ts";
import { isOf } from "./market.ts";
import { micros, plausible } from "./time.ts";

interface Common {
  /** The exchange's event time, microseconds. */
  readonly eventTs: number;
  /** When it was received, microseconds; undefined where it was not recorded. */
  readonly receivedTs: number | undefined;
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
}

interface Levels {
  readonly bidPrices: Float64Array;
  readonly bidQtys: Float64Array;
  readonly askPrices: Float64Array;
  readonly askQtys: Float64Array;
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
}

/** A diff of the book. `previousId` is there for futures alone. */
export interface DepthMessage extends Common, Levels {
  readonly kind: "depth";
  readonly firstId: number;
  readonly finalId: number;
  readonly previousId: number | undefined;
}

/** One print. */
export interface TradeMessage extends Common {
  readonly kind: "trade";
  readonly id: number;
  readonly price: number;
  readonly qty: number;
  readonly buyerMaker: boolean;
}

/** The whole book, as REST gives it. */
export interface SnapshotMessage extends Levels {
  readonly lastId: number;
}

/** What a tape is made of. */
export type RawMessage = DepthMessage | TradeMessage;

/** Longest line: a snapshot of 5,000 levels a side has 400 kB. */
const MAX_LINE = 1 << 24;

type Json = Record<string, unknown>;

/**
 * Reads depth diffs, trades and snapshots of one symbol; other messages are passed over.
 *
 * @throws {DataError} one line with file, line and what is wrong there
 */
export async function readMessages(
  place: string,
  files: readonly InputFile[],
  symbol: string | undefined,
  facts: ImportFacts,
): Promise<{ messages: RawMessage[]; snapshots: SnapshotMessage[]; venue: string | undefined }> {
  const messages: RawMessage[] = [];
  const snapshots: SnapshotMessage[] = [];
  const [base = "", quote = ""] = symbol?.split("/") ?? [];
  const wanted = symbol?.replace(/[^A-Za-z0-9]/g, "").toUpperCase();
  let venue: string | undefined;
  // Diffs come as @depth@100ms and, one a second, as @depth; recorded together they would be applied twice.
  let depthStream: string | undefined;

  function take(text: string, at: string) {
    const [, received, json = ""] = /^(?:(\d{9,19})\s+)?(.*)$/s.exec(text.trim()) ?? [];
    let object: Json;
    try {
      object = JSON.parse(json);
    } catch {
      throw new DataError(`${at}: is not complete JSON: ${JSON.stringify(json.slice(0, 60))}`);
    }
    if (typeof object !== "object" || object === null) return;
    const wrapped = typeof object.data === "object" && object.data !== null;
    const data = wrapped ? object.data as Json : object;
    const read = createFields(data, at);
    if (!wrapped && Array.isArray(data.bids) && Array.isArray(data.asks)) {
      snapshots.push({ lastId: read.id("lastUpdateId"), ...read.levels("bids", "asks") });
      return;
    }
    if (data.e !== "depthUpdate" && data.e !== "trade") return;
    const of = String(data.s);
    if (wanted !== undefined && of !== wanted) {
      // The future of a market, where the market itself is not there.
      if (venue === wanted || !isOf(of, base, quote)) return;
    } else if (wanted !== undefined && venue !== of) {
      messages.length = 0;
      venue = depthStream = undefined;
    }
    if (!/^[A-Z0-9_]+$/.test(of)) throw new DataError(`${at}: s = ${JSON.stringify(data.s)}, is no symbol`);
    if (venue !== undefined && venue !== of) {
      throw new DataError(`${at}: is of ${of}, the messages before it of ${venue}: choose one with symbol`);
    }
    venue = of;
    const eventTs = read.time("E");
    const receivedTs = received === undefined ? undefined : receivedMicros(received, at);
    const common = { eventTs, receivedTs };
    if (data.e === "trade") {
      // Futures mark what is no trade of the market: X is MARKET, INSURANCE_FUND, ADL or NA.
      if (data.X !== undefined && data.X !== "MARKET") return;
      if (typeof data.m !== "boolean") {
        throw new DataError(`${at}: m = ${JSON.stringify(data.m)}, must be true or false`);
      }
      const { value: price, decimals: priceDecimals } = read.decimal("p", data.p, false);
      const { value: qty, decimals: qtyDecimals } = read.decimal("q", data.q, true);
      messages.push({
        kind: "trade",
        ...common,
        id: read.id("t"),
        price,
        qty,
        buyerMaker: data.m,
        priceDecimals,
        qtyDecimals,
      });
      return;
    }
    const stream = wrapped && typeof object.stream === "string" ? object.stream : "depth";
    depthStream ??= stream;
    if (stream !== depthStream) {
      throw new DataError(
        `${at}: diffs of ${stream}, the ones before it of ${depthStream}: a recording has one of them`,
      );
    }
    const [firstId, finalId] = [read.id("U"), read.id("u")];
    if (firstId > finalId) throw new DataError(`${at}: U = ${firstId}, is behind u = ${finalId}`);
    const previousId = data.pu === undefined ? undefined : read.id("pu");
    messages.push({ kind: "depth", ...common, firstId, finalId, previousId, ...read.levels("b", "a") });
  }

  for (const file of files) {
    facts.files.push(file.path);
    for await (const [text, line] of linesOf(file)) {
      facts.read++;
      take(text, `${file.path} line ${line}`);
    }
  }
  if (messages.length === 0) {
    throw new DataError(`${place}: has no depth or trade message${wanted === undefined ? "" : ` of ${wanted}`}`);
  }
  return { messages, snapshots, venue };
}

async function* linesOf(file: InputFile): AsyncGenerator<[text: string, line: number]> {
  const decoder = new TextDecoder();
  let rest = "";
  let line = 0;
  for await (const chunk of file.chunks()) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop()!;
    if (rest.length > MAX_LINE) {
      throw new DataError(`${file.path} line ${line + 1}: is longer than ${MAX_LINE} characters`);
    }
    for (const text of lines) {
      line++;
      if (text.trim() !== "") yield [text, line];
    }
  }
  // Complete JSON cannot have been cut, so that the last line needs no line break.
  if (rest.trim() !== "") yield [rest, line + 1];
}

function receivedMicros(text: string, at: string): number {
  // Nanoseconds in the samples shipped; microseconds, milliseconds or seconds elsewhere. Digits that a double cannot hold are below 1 us.
  const us = text.length >= 19 ? Number(text.slice(0, -3)) : micros(Number(text));
  return (us === undefined ? undefined : plausible(us)) ??
    (() => {
      throw new DataError(`${at}: receive time ${text} is no time of this century`);
    })();
}

const PLAIN = /^\d+(?:\.(\d*?)0*)?$/;

/** Checked access to the fields of a message. */
function createFields(data: Json, at: string) {
  const fail = (name: string, value: unknown, must: string): never => {
    throw new DataError(`${at}: ${name} = ${JSON.stringify(value)?.slice(0, 60)}, must be ${must}`);
  };
  function decimal(name: string, text: unknown, mayBeZero: boolean): { value: number; decimals: number } {
    const match = typeof text === "string" ? PLAIN.exec(text) : null;
    if (!match) return fail(name, text, "a decimal number in quotes");
    const value = Number(text);
    if (!(mayBeZero ? value >= 0 : value > 0) || value === Infinity) return fail(name, text, "a positive number");
    return { value, decimals: match[1]?.length ?? 0 };
  }
  return {
    decimal,
    id(name: string): number {
      const value = data[name];
      return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
        ? value
        : fail(name, value, "a whole number");
    },
    time(name: string): number {
      const value = data[name];
      return (typeof value === "number" ? micros(value) : undefined) ?? fail(name, value, "a time of this century");
    },
    levels(bids: string, asks: string): Levels {
      let priceDecimals = 0;
      let qtyDecimals = 0;
      const side = (name: string) => {
        const list = data[name];
        if (!Array.isArray(list)) return fail(name, list, "a list of levels");
        const prices = new Float64Array(list.length);
        const qtys = new Float64Array(list.length);
        for (let i = 0; i < list.length; i++) {
          const level: unknown = list[i];
          if (!Array.isArray(level) || level.length < 2) return fail(name, level, "[price, quantity]");
          const price = decimal(`${name}[${i}] price`, level[0], false);
          const qty = decimal(`${name}[${i}] quantity`, level[1], true);
          prices[i] = price.value;
          qtys[i] = qty.value;
          priceDecimals = Math.max(priceDecimals, price.decimals);
          qtyDecimals = Math.max(qtyDecimals, qty.decimals);
        }
        return [prices, qtys] as const;
      };
      const [bidPrices, bidQtys] = side(bids);
      const [askPrices, askQtys] = side(asks);
      return { bidPrices, bidQtys, askPrices, askQtys, priceDecimals, qtyDecimals };
    },
  };
}
