/**
 * Binance's handlers inside ccxt.pro: each raw message with its update ids, changed levels and trade id.
 *
 * @module
 */
import type { Client } from "./feed_socket.ts";
import type { Heard, LiveBook } from "./feed_tap.ts";

/** Binance's `depthUpdate`, as ccxt parsed it. */
export interface DepthMessage {
  readonly s: string;
  readonly E: number;
  readonly U: number;
  readonly u: number;
  readonly b: readonly (readonly [string, string])[];
  readonly a: readonly (readonly [string, string])[];
}

/** Binance's `trade`, as ccxt parsed it. */
interface TradeMessage {
  readonly e: string;
  readonly E: number;
  readonly s: string;
  readonly t: number;
  readonly p: string;
  readonly q: string;
  readonly T: number;
  readonly m: boolean;
}

/** The handlers that are wrapped. */
export interface BinanceInternals {
  readonly id: string;
  orderbooks: Record<string, LiveBook | undefined>;
  market(symbol: string): { id: string };
  handleOrderBook?: (client: Client, message: DepthMessage) => unknown;
  handleOrderBookMessage?: (client: Client, message: DepthMessage, book: LiveBook) => unknown;
  handleTrade?: (client: Client, message: TradeMessage) => unknown;
  handleSubscriptionStatus?: (client: Client, message: { id?: unknown }) => unknown;
}

/** True for an instance whose handlers are Binance's. */
export function isBinance(exchange: BinanceInternals): boolean {
  return exchange.id.startsWith("binance") && exchange.handleOrderBook !== undefined &&
    exchange.handleOrderBookMessage !== undefined && exchange.handleTrade !== undefined &&
    exchange.handleSubscriptionStatus !== undefined;
}

/** Levels a side after which ccxt's book, which only grows with the market's drift, is cut to its depth. */
const PRUNE_AT = 5000;

/** Whom to tell. */
interface Audience {
  readonly heard: Heard;
  symbols(): string[];
}

/** Wraps the handlers. ccxt looks them up on the instance for each message, so own properties take effect. */
export function tapBinance(exchange: BinanceInternals, audience: Audience): void {
  const { handleOrderBook, handleOrderBookMessage, handleTrade, handleSubscriptionStatus } = exchange;
  const ids = new Map<string, string>();
  const symbolOf = (id: string) => {
    const known = ids.get(id);
    if (known !== undefined) return known;
    const symbol = audience.symbols().find((candidate) => exchange.market(candidate).id === id);
    if (symbol !== undefined) ids.set(id, symbol);
    return symbol;
  };
  exchange.handleOrderBook = (client, message) => {
    const symbol = symbolOf(message.s);
    const listeners = audience.heard(symbol, "book", client);
    const book = symbol === undefined ? undefined : exchange.orderbooks[symbol];
    const nonce = book?.nonce;
    for (const listener of listeners) listener.depthArrived();
    handleOrderBook!.call(exchange, client, message);
    if (nonce === undefined || exchange.orderbooks[symbol!] === book) return;
    const detail = `update ids ${nonce + 1} to ${message.U - 1} are missing`;
    for (const listener of listeners) listener.bookBroken(detail);
  };
  exchange.handleOrderBookMessage = (client, message, book) => {
    const answer = handleOrderBookMessage!.call(exchange, client, message, book);
    if (book.bids.length > PRUNE_AT || book.asks.length > PRUNE_AT) book.limit?.();
    const listeners = audience.heard(book.symbol, "book", client);
    if (listeners.length === 0) return answer;
    const delta = {
      bids: message.b.map(level),
      asks: message.a.map(level),
      firstId: Number(message.U),
      lastId: Number(message.u),
      exchTs: message.E * 1000,
    };
    for (const listener of listeners) listener.bookChanged(book, delta);
    return answer;
  };
  exchange.handleTrade = (client, message) => {
    const answer = handleTrade!.call(exchange, client, message);
    if (message.e !== "trade") return answer;
    const listeners = audience.heard(symbolOf(message.s), "trades", client);
    if (listeners.length === 0) return answer;
    const trade = {
      id: String(message.t),
      // `m`: the buyer was the maker, so the seller was the aggressor.
      side: message.m ? "sell" as const : "buy" as const,
      price: Number(message.p),
      qty: Number(message.q),
      exchTs: message.T * 1000,
      sentTs: message.E * 1000,
    };
    for (const listener of listeners) listener.trade(trade);
    return answer;
  };
  exchange.handleSubscriptionStatus = (client, message) => {
    const answer = handleSubscriptionStatus!.call(exchange, client, message);
    for (const symbol of audience.symbols()) {
      const subscription = client.subscriptions[`trade::${symbol}`];
      if (subscription === undefined || String(subscription.id) !== String(message.id)) continue;
      for (const listener of audience.heard(symbol, "trades", client)) listener.tradesAcknowledged();
    }
    return answer;
  };
}

const level = ([price, qty]: readonly [string, string]): readonly [number, number] => [Number(price), Number(qty)];
