/**
 * Requests over a stream connection: SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS, SET_PROPERTY, GET_PROPERTY.
 * Shapes and messages as in Binance's "Web Socket Streams", section "Live Subscribing/Unsubscribing to streams".
 *
 * @module
 */
import type { Connection } from "./hub.ts";

/** What a request may do. */
export interface Subscriber {
  /** False if that would be too many streams. */
  subscribe(streams: readonly string[]): boolean;
  unsubscribe(streams: readonly string[]): void;
}

const METHODS = ["SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY"];

/** A request that was refused; thrown and answered within this module. */
class Refusal extends Error {
  constructor(readonly code: number, message: string) {
    super(message);
  }
}

const invalid = (what: string) => new Refusal(2, `Invalid request: ${what}`);

/**
 * The answer to one message of a client, as JSON text.
 *
 * @param text the message; undefined if it was binary
 */
export function answer(text: string | undefined, connection: Connection, subscriber: Subscriber): string {
  let id: string | undefined;
  try {
    const request = parse(text ?? "");
    id = idText(request.id);
    const method = methodOf(request, text ?? "");
    const result = perform(method, request.params ?? [], connection, subscriber);
    return `{"result":${JSON.stringify(result)},"id":${id}}`;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // The documentation shows code and message on their own, the live service has them inside `error`: clients read
    // the one or the other.
    const said = { code: error.code, msg: error.message };
    const body = JSON.stringify({ error: said, ...said }).slice(0, -1);
    return id === undefined ? `${body}}` : `${body},"id":${id}}`;
  }
}

/** An id that is a number is kept as its text: it may have 64 bits. */
class Numeral {
  constructor(readonly text: string) {}
}

function parse(text: string): Record<string, unknown> {
  let request: unknown;
  try {
    request = JSON.parse(
      text,
      (key: string, value: unknown, context?: { source?: string }) =>
        key === "id" && typeof value === "number" ? new Numeral(context?.source ?? String(value)) : value,
    );
  } catch (error) {
    throw new Refusal(3, `Invalid JSON: expected value at ${place(text, error as Error)}`);
  }
  if (typeof request !== "object" || request === null || Array.isArray(request)) {
    throw invalid(`invalid type: ${Array.isArray(request) ? "sequence" : typeof request}, expected struct Request`);
  }
  return request as Record<string, unknown>;
}

/** Where parsing failed. */
function place(text: string, error: Error): string {
  const token = /^Unexpected token '(.)'/.exec(error.message)?.[1];
  const at = /position (\d+)/.exec(error.message)?.[1] ?? (token === undefined ? text.length : text.indexOf(token));
  return position(text, Math.max(1, Math.min(text.length, Number(at) + 1)));
}

/** `line 1 column 7`: the last of the first `end` characters, counted from one. */
function position(text: string, end: number): string {
  const lines = text.slice(0, end).split("\n");
  return `line ${lines.length} column ${Math.max(1, lines.at(-1)?.length ?? 1)}`;
}

/** The JSON text of a request's id: a 64-bit integer, up to 36 letters and digits, or null. */
function idText(id: unknown): string {
  if (id === null) return "null";
  if (id instanceof Numeral && /^-?\d{1,19}$/.test(id.text)) return id.text;
  if (typeof id === "string" && /^[A-Za-z0-9_-]{1,36}$/.test(id)) return JSON.stringify(id);
  throw invalid("request ID must be an unsigned integer");
}

/** The request's method, one of METHODS. */
function methodOf({ method }: Record<string, unknown>, text: string): string {
  if (method === undefined) throw invalid(`missing field \`method\` at ${position(text, text.trimEnd().length)}`);
  if (METHODS.includes(method as string)) return method as string;
  const match = /"method"\s*:\s*("[^"]*"|[^,}\s]*)/.exec(text);
  const end = match === null ? text.length : match.index + match[0].length;
  const variants = METHODS.map((name) => `\`${name}\``).join(", ");
  throw invalid(`unknown variant \`${method}\`, expected one of ${variants} at ${position(text, end)}`);
}

function perform(method: string, list: unknown, connection: Connection, subscriber: Subscriber): unknown {
  if (!Array.isArray(list)) throw invalid("params must be an array");
  switch (method) {
    case "SUBSCRIBE":
      if (!subscriber.subscribe(names(list))) throw invalid("too many subscriptions");
      return null;
    case "UNSUBSCRIBE":
      subscriber.unsubscribe(names(list));
      return null;
    case "LIST_SUBSCRIPTIONS":
      if (list.length > 0) throw invalid("too many parameters");
      return [...connection.streams];
    default:
      return property(method, list, connection);
  }
}

function names(list: readonly unknown[]): string[] {
  if (list.length === 0) throw invalid("empty stream list");
  if (!list.every((name) => typeof name === "string")) throw invalid("stream name must be a string");
  return list as string[];
}

function property(method: string, list: readonly unknown[], connection: Connection): unknown {
  const [name, value] = list;
  const setting = method === "SET_PROPERTY";
  if (typeof name !== "string") throw invalid("property name must be a string");
  if (list.length > (setting ? 2 : 1)) throw invalid("too many parameters");
  if (name !== "combined") throw new Refusal(0, "Unknown property");
  if (!setting) return connection.combined;
  if (typeof value !== "boolean") throw new Refusal(1, "Invalid value type: expected Boolean");
  connection.combined = value;
  return null;
}
