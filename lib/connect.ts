/**
 * Config -> a ccxt exchange, and a market's rules from it. I/O: `loadMarketRules` asks the venue.
 *
 * @module
 */
import ccxt, { type Exchange } from "ccxt";
import { hideCredentials } from "./exchange_print.ts";
import { closest } from "./nearest.ts";
import { reach } from "./reach.ts";
import type { Config } from "./schema.ts";
import type { Market } from "./types.ts";

export type { Exchange };

/** Where a testnet listens: `http://127.0.0.1:8080` and `ws://127.0.0.1:8080`. */
export interface TestnetAddress {
  readonly rest: string;
  readonly ws: string;
}

/** What a connection needs of the configuration. */
export type ConnectConfig = Pick<Config, "exchange"> & Partial<Pick<Config, "secrets" | "testnet">>;

type ExchangeClass = new (options: Record<string, unknown>) => Exchange;

/** Longest wait for one REST answer, and for a socket to open, milliseconds. */
const REST_TIMEOUT = 10_000;
const SOCKET_TIMEOUT = 4_000;

/** Of the testnet's only account, see docs/testnet.md. */
const TESTNET_KEY = { apiKey: "testnet-key", secret: "testnet-secret" };

/** How an exchange states precision: ccxt's own numbers. */
const PrecisionMode = { decimalPlaces: 2, significantDigits: 3, step: 4 } as const;

/**
 * A ccxt exchange for any ccxt id. With `ws` it is the streaming one (`ccxt.pro`), which has every REST call too. Printing it
 * shows its credentials masked.
 *
 * Back-off between socket dials starts at 250 ms and is capped at 2 s (ccxt's own cap is a minute), and Binance's public streams
 * share one socket, so that books and trades arrive in one order.
 *
 * @param options.testnet where the local testnet listens, for `environment: local`; without it, 127.0.0.1 at `testnet.port`
 * @throws {RangeError} for an unknown id, with the nearest known ones
 * @throws {Error} if the exchange has no sandbox, or the testnet's address is missing
 */
export function getExchange(
  config: ConnectConfig,
  options: { ws?: boolean; testnet?: TestnetAddress } = {},
): Exchange {
  const { id, environment } = config.exchange;
  const exchange = construct(config, options.ws ?? false);
  if (environment === "sandbox") useSandbox(exchange);
  if (environment === "local") {
    if (!id.startsWith("binance")) {
      throw new Error(`exchange.environment = local speaks Binance's interface: exchange.id = ${id}, must be binance`);
    }
    const testnet = options.testnet ?? testnetAt(config.testnet?.port);
    if (!testnet) {
      throw new Error(
        "exchange.environment = local needs the testnet's address: start it with `deno task testnet` and set testnet.port",
      );
    }
    useTestnet(exchange, testnet);
  }
  return exchange;
}

function testnetAt(port: number | undefined): TestnetAddress | undefined {
  return port ? { rest: `http://127.0.0.1:${port}`, ws: `ws://127.0.0.1:${port}` } : undefined;
}

/**
 * A market's steps and smallest order, whatever way the exchange states its precision.
 *
 * @throws {RangeError} for a symbol the exchange does not trade, with the closest ones
 * @throws {UnreachableError} if the exchange does not answer
 */
export async function loadMarketRules(exchange: Exchange, symbol: string): Promise<Market> {
  await reach(exchange, () => exchange.loadMarkets());
  assertSymbol(exchange, symbol);
  const market = exchange.market(symbol);
  const precision = market.precision as { price?: number; amount?: number };
  const mode = exchange.precisionMode;
  const step = (name: "price" | "amount", value: number | undefined) => {
    const size = value === undefined ? undefined : mode === PrecisionMode.step ? value : Number(`1e-${value}`);
    if (size !== undefined && size > 0) return size;
    throw new Error(`${exchange.id} does not state the ${name} step of ${symbol}`);
  };
  const limits = market.limits as { amount?: { min?: number }; cost?: { min?: number } };
  return {
    symbol,
    base: market.base,
    quote: market.quote,
    rules: {
      tickSize: mode === PrecisionMode.significantDigits
        ? significantStep(await lastPrice(exchange, symbol), precision.price ?? 5)
        : step("price", precision.price),
      lotSize: step("amount", precision.amount),
      ...(limits.amount?.min ? { minQty: limits.amount.min } : {}),
      ...(limits.cost?.min ? { minNotional: limits.cost.min } : {}),
    },
  };
}

/** @throws {RangeError} for a symbol the exchange does not trade, with the closest ones. Markets must be loaded. */
export function assertSymbol(exchange: Exchange, symbol: string): void {
  const known = Object.keys(exchange.markets ?? {});
  if (known.includes(symbol)) return;
  throw new RangeError(`${exchange.id} has no symbol ${symbol}, the closest are ${closest(symbol, known).join(", ")}`);
}

/** The step at a price where the venue counts significant digits: 5 digits at 61837 are whole units, at 1.5 ten-thousandths. */
export function significantStep(price: number, digits: number): number {
  if (!(price > 0)) throw new RangeError(`price = ${price}, must be > 0`);
  return Number(`1e${Math.floor(Math.log10(price)) - digits + 1}`);
}

async function lastPrice(exchange: Exchange, symbol: string): Promise<number> {
  const { last, close, bid } = await reach(exchange, () => exchange.fetchTicker(symbol));
  const price = last ?? close ?? bid;
  if (price === undefined) {
    throw new Error(`${exchange.id} tells no price of ${symbol}, which its price step depends on`);
  }
  return price;
}

function construct(config: ConnectConfig, ws: boolean): Exchange {
  const { id, symbol } = config.exchange;
  const known = (ws ? Object.keys(ccxt.pro) : ccxt.exchanges).filter((name) => name !== "exchanges");
  if (!known.includes(id)) {
    const where = ws && ccxt.exchanges.includes(id) ? "has no streams in ccxt.pro" : "is unknown to ccxt";
    throw new RangeError(`exchange.id = ${id} ${where}, the nearest names are ${closest(id, known).join(", ")}`);
  }
  const classes = (ws ? ccxt.pro : ccxt) as unknown as Record<string, ExchangeClass>;
  const isLocal = config.exchange.environment === "local";
  const { apiKey, apiSecret, passphrase } = config.secrets ?? {};
  // The testnet has an account of its own, with a key that opens nothing else.
  const ofTestnet = isLocal && apiKey === undefined ? TESTNET_KEY : {};
  const exchange = new classes[id]!({
    enableRateLimit: true,
    timeout: REST_TIMEOUT,
    // A loopback server needs no protection from us: ccxt would space two snapshots by half a second.
    ...(isLocal ? { rateLimit: 1 } : {}),
    newUpdates: true,
    ...ofTestnet,
    ...(apiKey ? { apiKey: apiKey.reveal() } : {}),
    ...(apiSecret ? { secret: apiSecret.reveal() } : {}),
    ...(passphrase ? { password: passphrase.reveal() } : {}),
    options: {
      tradesLimit: 1000,
      ...(id.startsWith("binance") ? binanceOptions(symbol) : {}),
      ws: {
        connectionTimeout: SOCKET_TIMEOUT,
        backoff: { base: 250, factor: 2, max: 2000 },
      },
    },
  });
  return hideCredentials(exchange, config.exchange.environment);
}

function binanceOptions(symbol: string): Record<string, unknown> {
  return {
    // ccxt gives each subscription the next of `streamLimits` sockets: with one, order of arrival is order of sending.
    streamLimits: { spot: 1, margin: 1, future: 1, delivery: 1, option: 1 },
    // Spot has three hosts of markets fewer to ask, and the currencies are a private call a spot testnet does not have.
    ...(symbol.includes(":") ? {} : { fetchMarkets: { types: ["spot"] }, fetchCurrencies: false, fetchMargins: false }),
  };
}

function useSandbox(exchange: Exchange): void {
  const hasNone = () => new Error(`exchange.environment = sandbox: ${exchange.id} has none, use local or production`);
  try {
    exchange.setSandboxMode(true);
  } catch {
    throw hasNone();
  }
  // Where a venue has no sandbox, ccxt may go on without any address and without a word.
  if (Object.keys(exchange.urls.api ?? {}).length === 0) throw hasNone();
}

function useTestnet(exchange: Exchange, testnet: TestnetAddress): void {
  const rest = testnet.rest.replace(/\/+$/, "");
  const ws = testnet.ws.replace(/\/+$/, "");
  const api = (exchange.urls as { api: Record<string, unknown> }).api;
  api.public = `${rest}/api/v3`;
  api.private = `${rest}/api/v3`;
  api.v1 = `${rest}/api/v1`;
  api.ws = { ...(api.ws as object), "spot": `${ws}/ws`, "ws-api": { spot: `${ws}/ws-api/v3` } };
}
