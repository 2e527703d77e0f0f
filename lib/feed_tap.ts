/**
 * Listens inside a ccxt.pro instance: every message that ccxt's handlers saw, not only what its `watch…` promises show.
 *
 * `watchOrderBook` resolves with the latest book and `watchTrades` withholds the last prints of a burst, so a recorder cannot live
 * on them. Two places see everything on every venue: the book's `reset`, which is the snapshot, and `client.resolve`, which the
 * handlers call after each message. On Binance the handlers themselves (`feed_tap_binance.ts`) also give changes and update ids.
 *
 * @module
 */
import ccxt, { type Exchange } from "ccxt";
import { type Client, retire, type SocketOwner, watchSockets } from "./feed_socket.ts";
import { type BinanceInternals, isBinance, tapBinance } from "./feed_tap_binance.ts";
import { type CachedTrade, createResults } from "./feed_tap_results.ts";
import type { Side } from "./types.ts";

/** ccxt's own book, changed in place: copy at once. */
export interface LiveBook {
  readonly bids: ArrayLike<readonly number[]>;
  readonly asks: ArrayLike<readonly number[]>;
  /** The venue's last update id. */
  readonly nonce?: number;
  /** Milliseconds UTC. */
  readonly timestamp?: number;
  readonly symbol?: string;
  /** Messages held back until the snapshot is there. */
  readonly cache?: readonly unknown[];
  /** Cuts both sides to the depth it was made for. */
  limit?(): unknown;
}

/** What one message did, where the venue's client shows it. Time in microseconds UTC. */
export interface Delta {
  readonly bids: readonly (readonly [number, number])[];
  readonly asks: readonly (readonly [number, number])[];
  readonly firstId: number;
  readonly lastId: number;
  readonly exchTs: number;
}

/** A print as it arrived. Time in microseconds UTC. */
export interface RawTrade {
  readonly id: string;
  readonly side: Side;
  readonly price: number;
  readonly qty: number;
  readonly exchTs: number;
  /** When the venue told of it, where it says so: nobody can have known before. */
  readonly sentTs?: number;
}

/** One who listens to one symbol. */
export interface TapListener {
  readonly symbol: string;
  readonly streams: readonly ("book" | "trades")[];
  /** A message about the book arrived. */
  depthArrived(): void;
  /** The book is a fresh snapshot. */
  bookReset(book: LiveBook): void;
  /** One message was applied to the book. */
  bookChanged(book: LiveBook, delta?: Delta): void;
  /** ccxt found that a message is missing and threw its book away. */
  bookBroken(detail: string): void;
  trade(trade: RawTrade): void;
  /** The trade stream's subscription was acknowledged. */
  tradesAcknowledged(): void;
  /** The socket that carried this symbol is gone. */
  socketLost(detail: string): void;
}

/** All listeners of one exchange instance. */
export interface Tap {
  /** True where messages show changes, update ids and consecutive trade ids: Binance and its relatives. */
  readonly isNumbered: boolean;
  add(listener: TapListener): void;
  remove(listener: TapListener): void;
  /** True while somebody else listens on a socket that carries this symbol. */
  isShared(listener: TapListener): boolean;
  /**
   * Forgets what ccxt knows of a symbol, so that watching again subscribes again on the same socket and gives a fresh snapshot.
   * False where only a new socket will do.
   */
  forget(symbol: string, what: { book: boolean; trades: boolean }): boolean;
  /**
   * Closes the sockets that carry a listener's streams, before it returns; the next subscription dials at once. Whoever shares
   * them learns it from `socketLost`. Resolves once the peers have closed too.
   */
  hangUp(listener: TapListener, detail: string): Promise<void>;
  /** True where a socket that carried a listener's streams is closed, failed or forgotten, whether or not anybody was told. */
  isCut(listener: TapListener): boolean;
  /** Messages that ccxt holds back until the snapshot is there. */
  buffered(symbol: string): number;
}

/** What is used of a ccxt.pro exchange beyond its public types. */
export interface Internals extends SocketOwner, BinanceInternals {
  readonly id: string;
  orderbooks: Record<string, LiveBook | undefined>;
  trades: Record<string, CachedTrade[] | undefined>;
  market(symbol: string): { id: string };
}

/** Who listens to a stream of a symbol; the client is noted as carrying it. */
export type Heard = (symbol: string | undefined, stream: "book" | "trades", client: Client) => TapListener[];

const taps = new WeakMap<Exchange, Tap>();

/** The tap of an instance: one, however many listen. */
export function tapInto(exchange: Exchange): Tap {
  const known = taps.get(exchange);
  if (known) return known;
  const made = createTap(exchange as unknown as Internals);
  taps.set(exchange, made);
  return made;
}

function createTap(exchange: Internals): Tap {
  const listeners = new Map<TapListener, Set<Client>>();
  const urls = new WeakMap<TapListener, Set<string>>();
  const isNumbered = isBinance(exchange);
  /** Who wants a stream of a symbol; the client is from now on known to carry it. */
  const heard: Heard = (symbol, stream, client) => {
    const found = [];
    for (const [listener, clients] of listeners) {
      if (listener.symbol !== symbol || !listener.streams.includes(stream)) continue;
      clients.add(client);
      urls.get(listener)?.add(client.url);
      found.push(listener);
    }
    return found;
  };
  const results = createResults(exchange, heard);
  watchSockets(exchange, {
    resolved: (client, result) =>
      isNumbered ? void results.recognise(client, result) : results.resolved(client, result),
    rejected(client, error, hash) {
      for (const [listener, clients] of listeners) {
        if (!hash?.includes(listener.symbol)) continue;
        // Nobody awaits: kept, the error would greet the next subscription.
        delete client.rejections[hash];
        // Binance's handler tells which ids are missing.
        if (!isNumbered && clients.has(client) && error instanceof ccxt.ChecksumError) {
          listener.bookBroken(error.message);
        }
      }
    },
    lost(client, detail) {
      // A socket that died before its first print was not heard yet, but subscribed.
      for (const [listener, clients] of listeners) {
        if (clients.delete(client) || carries(client, listener)) listener.socketLost(detail);
      }
      // An error and then the close are one loss.
      client.subscriptions = {};
    },
  });
  const resets = (book: LiveBook) => {
    results.reset(book);
    for (const listener of listeners.keys()) {
      if (listener.symbol === book.symbol && listener.streams.includes("book")) listener.bookReset(book);
    }
  };
  watchResets(exchange, resets);
  if (isNumbered) tapBinance(exchange, { heard, symbols: () => [...listeners.keys()].map(({ symbol }) => symbol) });
  const carries = (client: Client, { symbol, streams }: TapListener) => {
    const hashes = streams.map((stream) => `${stream === "book" ? "orderbook" : "trade"}::${symbol}`);
    const isMine = (hash: string) => isNumbered ? hashes.includes(hash) : hash.includes(symbol);
    return Object.keys(client.subscriptions).some(isMine);
  };
  const subscribed = (listener: TapListener) =>
    Object.values(exchange.clients ?? {}).filter((client) => carries(client, listener));
  return {
    isNumbered,
    add(listener) {
      listeners.set(listener, new Set());
      urls.set(listener, new Set());
    },
    remove: (listener) => void listeners.delete(listener),
    isShared: (listener) => {
      const mine = listeners.get(listener) ?? new Set();
      return [...listeners].some(([other, clients]) => other !== listener && !mine.isDisjointFrom(clients));
    },
    forget(symbol, { book, trades }) {
      if (!isNumbered) return false;
      if (book) delete exchange.orderbooks[symbol];
      for (const client of Object.values(exchange.clients ?? {})) {
        for (const hash of [...(book ? [`orderbook::${symbol}`] : []), ...(trades ? [`trade::${symbol}`] : [])]) {
          delete client.subscriptions[hash];
          delete client.rejections[hash];
        }
      }
      return true;
    },
    async hangUp(listener, detail) {
      if (listener.streams.includes("book")) delete exchange.orderbooks[listener.symbol];
      const clients = new Set([...subscribed(listener), ...listeners.get(listener) ?? []]);
      const closing = [...clients].map((client) => retire(exchange, client, detail));
      for (const url of urls.get(listener) ?? []) delete exchange.options.ws?.backoffState?.[url];
      for (const [other, its] of listeners) {
        for (const client of clients) if (its.delete(client) && other !== listener) other.socketLost(detail);
      }
      await Promise.all(closing);
    },
    isCut: (listener) =>
      [...listeners.get(listener) ?? []].some((client) =>
        client.error !== undefined || exchange.clients?.[client.url] !== client ||
        (client.connection?.readyState ?? WebSocket.OPEN) > WebSocket.OPEN
      ),
    buffered(symbol) {
      const book = exchange.orderbooks[symbol];
      return book !== undefined && book.nonce === undefined ? book.cache?.length ?? 0 : 0;
    },
  };
}

type Factory = "orderBook" | "countedOrderBook" | "indexedOrderBook";
type Resettable = LiveBook & { reset(snapshot?: unknown): unknown };

/** ccxt builds every book with one of three factories and puts every snapshot in with `reset`. */
function watchResets(exchange: Internals, report: (book: LiveBook) => void): void {
  for (const name of ["orderBook", "countedOrderBook", "indexedOrderBook"] satisfies Factory[]) {
    const factories = exchange as unknown as Record<Factory, (...args: unknown[]) => Resettable>;
    const make = factories[name];
    factories[name] = (...args) => {
      const book = make.apply(exchange, args);
      const reset = book.reset;
      // Not enumerable: ccxt copies books by their properties.
      Object.defineProperty(book, "reset", {
        value(snapshot?: unknown) {
          const answer = reset.call(book, snapshot);
          report(book);
          return answer;
        },
      });
      return book;
    };
  }
}
