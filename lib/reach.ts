/**
 * What went wrong between us and a venue, in one line a person can act on: no stack, no page of HTML.
 *
 * @module
 */
import ccxt, { type Exchange } from "ccxt";
import { withoutSecrets } from "./secrets.ts";

/** Longest message of a venue that is passed on, characters. */
const LONGEST = 300;

/** The venue did not answer: down, blocked, or not where we looked. */
export class UnreachableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "UnreachableError";
  }
}

/**
 * Awaits a call to a venue and says plainly what failed.
 *
 * @throws {UnreachableError} `cannot reach binance at http://127.0.0.1:1: connection refused`
 * @throws {Error} the venue's own answer in one line, for everything else
 */
export async function reach<T>(exchange: Exchange, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw explain(exchange, error);
  }
}

/** The error that `reach()` would throw. */
export function explain(exchange: Exchange, error: unknown): Error {
  if (error instanceof UnreachableError) return error;
  const text = oneLine(error);
  const status = /\b([45]\d\d [A-Z][A-Za-z ]+?)(?= [<{"]|$)/.exec(text);
  if (error instanceof ccxt.NetworkError && status) {
    return new UnreachableError(`${exchange.id} at ${origin(exchange)} answered ${status[1]}`);
  }
  const refused = error instanceof ccxt.DDoSProtection || error instanceof ccxt.OnMaintenance;
  if (error instanceof ccxt.NetworkError && !refused) {
    return new UnreachableError(`cannot reach ${exchange.id} at ${origin(exchange)}: ${cause(exchange, text)}`);
  }
  if (!(error instanceof ccxt.BaseError)) {
    const isClean = error instanceof Error && withoutSecrets(error.message) === error.message;
    return isClean ? error : new Error(text);
  }
  return new Error(text.startsWith(exchange.id) ? text : `${exchange.id}: ${text}`);
}

/** Scheme, host and port of a venue's public REST interface. */
export function origin(exchange: Exchange): string {
  const url = firstUrl((exchange.urls as { api?: unknown }).api, ["public", "rest", "spot"]) ?? "an unknown address";
  const filled = exchange.implodeHostname(url) as string;
  return URL.canParse(filled) ? new URL(filled).origin : filled;
}

/** ccxt keeps addresses as a text or as nested dictionaries, named differently by each venue. */
function firstUrl(urls: unknown, preferred: readonly string[]): string | undefined {
  if (typeof urls === "string") return urls;
  if (typeof urls !== "object" || urls === null) return undefined;
  const entries = Object.entries(urls).filter(([name]) => name !== "ws");
  const rank = ([name]: [string, unknown]) => (preferred.indexOf(name) + preferred.length + 1) % (preferred.length + 1);
  for (const [, inner] of entries.sort((a, b) => rank(a) - rank(b))) {
    const found = firstUrl(inner, preferred);
    if (found !== undefined) return found;
  }
  return undefined;
}

function oneLine(error: unknown): string {
  const whole = error instanceof Error ? error.message : String(error);
  const text = withoutSecrets(whole).replaceAll(/\s+/g, " ").trim();
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** ccxt prefixes the id, the method and the URL: they are said already. */
function cause(exchange: Exchange, text: string): string {
  const prefix = new RegExp(`^${exchange.id} (?:[A-Z]+ \\S+ )?`);
  const rest = text.replace(prefix, "").replace(/^fetch failed:? ?/, "");
  const known = /(connection refused|connection reset|timed? ?out|dns error|no route|unreachable)/i.exec(rest);
  return known ? known[1]!.toLowerCase() : rest || "no answer";
}
