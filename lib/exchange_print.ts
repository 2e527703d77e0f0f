/**
 * What printing an exchange shows: who it is and where it speaks to, its credentials masked.
 *
 * ccxt keeps apiKey, secret and password as plain properties and writes signed requests into others: the last line of a cell
 * would put them into the notebook's file.
 *
 * @module
 */
import type { Exchange } from "ccxt";
import { Secret } from "./secrets.ts";

/** Every property of ccxt's that can hold what must not be seen, `requiredCredentials` and what it keeps of signed requests. */
const HIDDEN = [
  ...["apiKey", "secret", "password", "uid", "accountId", "login", "twofa", "privateKey", "walletAddress", "token"],
  ...["last_request_headers", "last_request_body", "last_request_url"],
] as const;
const MASKED = ["apiKey", "secret", "password"] as const;

/**
 * Hides the credentials from every way of printing: listing, spreading, JSON, inspection. ccxt reads and writes them as before.
 *
 * @returns the same exchange
 */
export function hideCredentials<E extends Exchange>(exchange: E, environment: string): E {
  const properties = exchange as unknown as Record<string, unknown>;
  for (const name of HIDDEN) {
    let value = properties[name];
    // Read through a function, because some inspections show properties that are not listed too.
    Object.defineProperty(exchange, name, {
      get: () => value,
      set: (next: unknown) => void (value = next),
      enumerable: false,
      configurable: true,
    });
  }
  const shown = () => ({
    exchange: exchange.id,
    environment,
    hosts: hostsOf(exchange.urls),
    ...Object.fromEntries(
      MASKED.filter((name) => properties[name]).map((name) => [name, new Secret(String(properties[name])).toString()]),
    ),
  });
  const printers = {
    toJSON: shown,
    toString: () => `${exchange.id} (${environment})`,
    [Symbol.for("Deno.customInspect")]: (inspect: typeof Deno.inspect, options: Deno.InspectOptions) =>
      inspect(shown(), options),
    [Symbol.for("nodejs.util.inspect.custom")]: shown,
  };
  for (const name of Reflect.ownKeys(printers)) {
    Object.defineProperty(exchange, name, { value: printers[name as "toJSON"], enumerable: false, configurable: true });
  }
  return exchange;
}

/** Hosts of all addresses, as ccxt nests them. */
function hostsOf(urls: unknown): string[] {
  const hosts = new Set<string>();
  const walk = (value: unknown) => {
    if (typeof value === "string") hosts.add(/^\w+:\/\/([^/?]+)/.exec(value)?.[1] ?? value);
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(walk);
  };
  walk((urls as { api?: unknown } | undefined)?.api);
  return [...hosts];
}
