/**
 * A signing client of the testnet, and ccxt pointed at it, for tests.
 *
 * @module
 */
import { createHmac } from "node:crypto";
import ccxt from "ccxt";
import { startTestnet, type Testnet, type TestnetOptions } from "testnet/server.ts";
import { DEFAULT_KEY } from "testnet/private/keys.ts";
import { TAPE } from "./testnet_client.ts";

/** An answer: status, body and headers. */
export interface Answer {
  readonly status: number;
  // deno-lint-ignore no-explicit-any
  readonly body: any;
  readonly headers: Headers;
}

export const hmac = (text: string, secret: string = DEFAULT_KEY.secret) =>
  createHmac("sha256", secret).update(text).digest("hex");

/** Sends signed requests as one account. */
export function createClient(testnet: Testnet, key: { apiKey: string; secret: string } = DEFAULT_KEY) {
  const send = async (method: string, path: string, query: string, body?: string, headers = {}): Promise<Answer> => {
    const response = await fetch(`${testnet.rest}/api/v3/${path}${query === "" ? "" : `?${query}`}`, {
      method,
      body,
      headers: { "X-MBX-APIKEY": key.apiKey, ...headers },
    });
    return { status: response.status, body: await response.json(), headers: response.headers };
  };
  return {
    send,
    /** Parameters in the query, signed. */
    signed(method: string, path: string, params: Record<string, string | number> = {}): Promise<Answer> {
      const named = { ...params, timestamp: params.timestamp ?? Date.now() };
      const query = new URLSearchParams(Object.entries(named).map(([k, v]) => [k, String(v)])).toString();
      return send(method, path, `${query}&signature=${hmac(query, key.secret)}`);
    },
    /** `POST order` of BTCUSDT. */
    order(params: Record<string, string | number>): Promise<Answer> {
      return this.signed("POST", "order", { symbol: "BTCUSDT", ...params });
    },
  };
}

/** Starts a testnet on the default tape, 200 seconds in, standing still unless told otherwise, and ends it afterwards. */
export async function withTestnet(
  options: Partial<TestnetOptions>,
  use: (testnet: Testnet, client: ReturnType<typeof createClient>) => Promise<void>,
): Promise<void> {
  const testnet = await startTestnet({ tape: TAPE, start: 200, hold: true, ...options });
  try {
    await use(testnet, createClient(testnet));
  } finally {
    await testnet.close();
  }
}

/** ccxt as it is, with its addresses, its key and what it loads at first changed. */
// deno-lint-ignore no-explicit-any
export function createCcxt({ rest, ws }: Testnet, options: Record<string, unknown> = {}): any {
  // deno-lint-ignore no-explicit-any
  const exchange = new (ccxt as any).pro.binance({
    ...DEFAULT_KEY,
    options: { fetchMarkets: { types: ["spot"] }, fetchCurrencies: false, fetchMargins: false, ...options },
    newUpdates: true,
  });
  exchange.urls.api.public = exchange.urls.api.private = `${rest}/api/v3`;
  exchange.urls.api.v1 = `${rest}/api/v1`;
  exchange.urls.api.ws.spot = `${ws}/ws`;
  exchange.urls.api.ws["ws-api"].spot = `${ws}/ws-api/v3`;
  return exchange;
}
