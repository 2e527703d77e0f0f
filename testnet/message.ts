/**
 * One recorded message, understood: which stream it belongs to, when the exchange sent it, and its untouched text.
 *
 * @module
 */
import type { DepthSnapshot, DepthUpdate } from "./book.ts";
import type { RawMessage } from "./source.ts";

/** What a message is. `other` is replayed on the stream it was recorded from and nowhere else. */
export type MessageKind = "depth" | "trade" | "bookTicker" | "aggTrade" | "other";

/** A trade event as recorded. */
export interface TradeMessage {
  readonly t: number;
  readonly p: string;
  readonly q: string;
  readonly T: number;
  readonly m: boolean;
}

/** A message of a stream. */
export interface StreamMessage {
  readonly kind: MessageKind;
  readonly symbol: string | undefined;
  /** Name of the stream it was recorded from; undefined where the recording does not say and the event is a diff. */
  readonly stream: string | undefined;
  /** The payload's text, exactly as recorded. */
  readonly text: string;
  /** The exchange's event time, microseconds; undefined where the message carries none. */
  readonly eventTs: number | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a line of a recording holds. */
export type Parsed = { readonly snapshot: DepthSnapshot } | { readonly message: StreamMessage } | undefined;

/**
 * Understands one line.
 *
 * @returns undefined for what is no market data, such as the reply to a subscription.
 * @throws {Error} if the text is not JSON.
 */
export function parseMessage(raw: RawMessage): Parsed {
  let object: Record<string, unknown>;
  try {
    object = JSON.parse(raw.json);
  } catch {
    throw new Error(`${raw.place} is not complete JSON: ${raw.json.slice(0, 60)}`);
  }
  if (typeof object !== "object" || object === null) return undefined;
  if (typeof object.stream === "string" && typeof object.data === "object" && object.data !== null) {
    const data = object.data as Record<string, unknown>;
    return { message: streamMessage(data, payloadText(raw.json, object), object.stream) };
  }
  if (isSnapshot(object)) return { snapshot: object };
  const kind = kindOf(object, undefined);
  if (kind === "other") return undefined;
  const symbol = String(object.s).toLowerCase();
  return { message: streamMessage(object, raw.json, kind === "depth" ? undefined : `${symbol}@${kind}`) };
}

/** The update ids and levels of a depth message. */
export function depthOf(text: string): DepthUpdate {
  return JSON.parse(text);
}

function streamMessage(data: Record<string, unknown>, text: string, stream: string | undefined): StreamMessage {
  const kind = kindOf(data, stream);
  const symbol = typeof data.s === "string" ? data.s : stream?.split("@")[0]?.toUpperCase();
  // Once a second is what a name without a pace means.
  const named = stream?.replace(/(@depth\d*)@1000ms$/, "$1");
  return { kind, symbol, stream: named, text, eventTs: microseconds(data.E ?? data.T), data };
}

function kindOf(data: Record<string, unknown>, stream: string | undefined): MessageKind {
  switch (data.e) {
    case "depthUpdate":
      return "depth";
    case "trade":
    case "aggTrade":
    case "bookTicker":
      return data.e;
    case undefined:
      return data.u !== undefined && data.b !== undefined && data.B !== undefined &&
          (stream === undefined || stream.endsWith("@bookTicker"))
        ? "bookTicker"
        : "other";
    default:
      return "other";
  }
}

function isSnapshot(object: Record<string, unknown>): object is Record<string, unknown> & DepthSnapshot {
  return typeof object.lastUpdateId === "number" && Array.isArray(object.bids) && Array.isArray(object.asks);
}

/** The text after `"data":` where that is the wrapper's last member, so that not a byte of the payload changes. */
function payloadText(json: string, wrapper: Record<string, unknown>): string {
  const keys = Object.keys(wrapper);
  if (keys.length === 2 && keys[0] === "stream") {
    const start = json.indexOf(":", json.indexOf('"data"')) + 1;
    return json.slice(start, json.lastIndexOf("}")).trim();
  }
  return JSON.stringify(wrapper.data);
}

/** Binance prints milliseconds, or microseconds where a client asked for them. */
export function microseconds(time: unknown): number | undefined {
  if (typeof time !== "number" || !(time > 0)) return undefined;
  return time >= 1e14 ? Math.floor(time) : Math.floor(time) * 1000;
}
