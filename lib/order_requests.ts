/**
 * Requests about orders through ccxt, and what came of each. I/O. None of them throws: whatever goes wrong is an answer.
 *
 * @module
 */
import type { Exchange, Order as CcxtOrder, Trade as CcxtTrade } from "ccxt";
import { type Failure, failureOf, isFailure } from "./order_answers.ts";
import type { OrderReport } from "./order_state.ts";
import type { OwnTrade } from "./own_trades.ts";
import { steadyNow } from "./steady_clock.ts";
import { BUY } from "./tape.ts";
import { createGrid } from "./ticks.ts";
import type { Market } from "./types.ts";
import { createVenueLimits, intervalOf, type VenueLimits } from "./venue_limits.ts";

/** An order as the venue shows it. */
export interface VenueOrder extends OrderReport {
  readonly orderId: string;
  readonly clientId: string | undefined;
  readonly side: "buy" | "sell";
  readonly priceTicks: number;
  readonly lots: number;
  /** When it reached the book, the exchange's clock, microseconds. */
  readonly createdTs?: number;
}

/** What came of a request about one order. */
export type Answer = { readonly kind: "report"; readonly order: VenueOrder } | Failure;

/** A wish to trade: post-only at a price, or at any price (`priceTicks` undefined). */
export interface NewOrder {
  readonly clientId: string;
  readonly side: number;
  readonly priceTicks: number | undefined;
  readonly lots: number;
  /** The venue's clock, milliseconds: the date of the request. */
  readonly sentMs: number;
}

/** How an order is named: by our id, or by the venue's. */
export type OrderName = { readonly clientId: string } | { readonly orderId: string };

/** Balances in all, free and locked, by currency. */
export type Balances = Readonly<Record<string, number>>;

/** The requests. Every one, and each page of trades, ends within the answer timeout; what comes later goes to `onLate`. */
export interface OrderRequests {
  place(order: NewOrder): Promise<Answer>;
  /** @param sentMs date of the request, where it is not the moment of sending: the venue's clock, milliseconds */
  cancel(name: OrderName, sentMs?: number): Promise<Answer>;
  /** Makes an order so large in all, without losing its place; undefined where the venue has no such request. */
  readonly reduce: ((name: { readonly clientId: string }, lots: number) => Promise<Answer>) | undefined;
  query(name: OrderName): Promise<Answer>;
  openOrders(): Promise<readonly VenueOrder[] | Failure>;
  /**
   * Own trades after the given one, all of them (and maybe some before it); the latest where none is given. Where ids have no order, those
   * since `sinceMs`, Unix time.
   */
  tradesAfter(cursor: string | undefined, sinceMs: number): Promise<readonly OwnTrade[] | Failure>;
  balances(): Promise<Balances | Failure>;
  /** The last price of a symbol, for valuing fees; undefined where the venue has none. */
  price(symbol: string): Promise<number | undefined>;
  /** An order of the stream, as the venue shows it. */
  read(order: CcxtOrder): VenueOrder;
  /** Asks how many orders the venue allows, where it counts them in its answers. Without an answer, its refusals have to say. */
  knowLimits(): Promise<void>;
  readonly limits: VenueLimits;
  /** Wall milliseconds after which an answer takes longer than answers of late have taken. */
  readonly patienceMs: number;
  /** Milliseconds after its date from which a request is void. */
  readonly windowMs: number;
}

/** What they need. */
export interface OrderRequestsOptions {
  readonly exchange: Exchange;
  readonly market: Market;
  /** Market seconds a wall second. */
  readonly speed: number;
  /** Wall milliseconds after which no answer is an answer. */
  readonly answerTimeoutMs: number;
  /** Wall milliseconds for which a request is good. */
  readonly recvWindowMs: number;
  /** Measures the venue's clock again: a request was dated wrongly. */
  readonly syncClock: () => Promise<void>;
  /** As many orders as the venue allows have been placed. */
  readonly onSpent: (reason: string) => void;
  /** The answer to a placing that had been given up. */
  readonly onLate: (clientId: string, answer: Answer) => void;
}

const PAGE = 1000;
/** Answers take a few times their average at most; it forgets after some ten of them. Never less than the least, wall milliseconds. */
const PATIENCE = 4;
const WEIGHT = 0.1;
const LEAST_MS = 40;
const FIRST_MS = 100;

/** Venues of Binance's family take a date, a window and amendments. */
const isBinance = (exchange: Exchange) => exchange.id.startsWith("binance");

export function createOrderRequests(options: OrderRequestsOptions): OrderRequests {
  const { exchange, market, speed, answerTimeoutMs, recvWindowMs, syncClock, onLate, onSpent } = options;
  const { symbol, rules } = market;
  const tickGrid = createGrid(rules.tickSize);
  const lotGrid = createGrid(rules.lotSize);
  const limits = createVenueLimits(speed);
  const dated = isBinance(exchange);
  if (dated) exchange.options.recvWindow = recvWindowMs;

  let averageMs = FIRST_MS;

  const failed = (error: unknown): Failure => {
    const failure = failureOf(error);
    limits.note(failure, exchange.last_response_headers as Record<string, string> | undefined, steadyNow());
    return failure;
  };

  /** The call, or silence once the time is over. */
  function inTime<T>(call: () => Promise<T>, late?: (answer: T | Failure) => void): Promise<T | Failure> {
    return new Promise((resolve) => {
      let isOver = false;
      const sentMs = performance.now();
      const timer = setTimeout(() => {
        isOver = true;
        resolve({ kind: "silence", reason: `no answer within ${answerTimeoutMs} ms (orders.answer_timeout)` });
      }, answerTimeoutMs);
      const settle = (answer: T | Failure) => {
        clearTimeout(timer);
        if (isOver) late?.(answer);
        else resolve(answer);
      };
      const answered = (answer: T) => {
        averageMs += WEIGHT * (performance.now() - sentMs - averageMs);
        settle(answer);
      };
      call().then(answered, (error) => settle(failed(error)));
    });
  }

  /** As {@linkcode inTime}; once more where the request was dated wrongly. Not for placing: by then the price may be another. */
  async function dateAgain<T extends object>(call: () => Promise<T>, late?: (answer: T | Failure) => void) {
    const answer = await inTime(call, late);
    if (!isFailure(answer) || answer.kind !== "clock") return answer;
    await syncClock().catch(() => {});
    return await inTime(call, late);
  }

  /** Read with each answer to a placing; another request's headers count as much, if they have a count at all. */
  const counted = () => {
    const used = limits.count(exchange.last_response_headers as Record<string, string> | undefined, steadyNow());
    if (used !== undefined) onSpent(`${used.limit} orders in ${used.intervalMs / 1000} s, as many as the venue allows`);
  };

  const orderOf = (order: CcxtOrder, clientId?: string): Answer => ({
    kind: "report",
    order: venueOrder(order, clientId),
  });

  function venueOrder(order: CcxtOrder, clientId = order.clientOrderId as string | undefined): VenueOrder {
    const executed = lotGrid.round(order.filled ?? 0);
    return {
      orderId: String(order.id),
      clientId,
      side: order.side === "sell" ? "sell" : "buy",
      priceTicks: tickGrid.round(order.price ?? 0),
      lots: lotGrid.round(order.amount ?? 0),
      executedLots: executed,
      status: STATUS[order.status as string] ?? "open",
      ...(order.timestamp === undefined ? {} : { createdTs: order.timestamp * 1000 }),
    };
  }

  const nameOf = (name: OrderName): [string | undefined, Record<string, string>] =>
    "orderId" in name ? [name.orderId, {}] : [undefined, { clientOrderId: name.clientId }];
  const clientOf = (name: OrderName) => "clientId" in name ? name.clientId : undefined;

  return {
    place({ clientId, side, priceTicks, lots, sentMs }) {
      const params = {
        ...(priceTicks === undefined ? {} : { postOnly: true }),
        ...(dated
          ? { newClientOrderId: clientId, timestamp: dateOf(sentMs), recvWindow: recvWindowMs }
          : { clientOrderId: clientId }),
      };
      const price = priceTicks === undefined ? undefined : tickGrid.decimal(priceTicks);
      const type = price === undefined ? "market" : "limit";
      return inTime<Answer>(
        async () =>
          orderOf(
            await exchange.createOrder(symbol, type, sideName(side), lotGrid.decimal(lots), price, params),
            clientId,
          ),
        (answer) => onLate(clientId, answer),
      ).then((answer) => {
        // Without an answer they are of one before, and of an interval that may be over.
        if (answer.kind !== "silence") counted();
        if (answer.kind === "clock") void syncClock().catch(() => {});
        return answer;
      });
    },
    cancel(name, sentMs) {
      const [id, params] = nameOf(name);
      const all = dated && sentMs !== undefined ? { ...params, timestamp: dateOf(sentMs) } : params;
      return dateAgain<Answer>(
        async () => orderOf(await exchange.cancelOrder(id as string, symbol, all) as CcxtOrder, clientOf(name)),
      );
    },
    reduce: !dated ? undefined : ({ clientId }, lots) =>
      dateAgain<Answer>(async () => {
        const newQty = exchange.amountToPrecision(symbol, lotGrid.decimal(lots));
        const request = { symbol: exchange.market(symbol).id, origClientOrderId: clientId, newClientOrderId: clientId };
        const answer = await exchange.request("order/amend/keepPriority", "private", "PUT", { ...request, newQty });
        return orderOf(exchange.parseOrder(amended(answer), exchange.market(symbol)), clientId);
      }),
    query(name) {
      const [id, params] = nameOf(name);
      return dateAgain<Answer>(async () => {
        const order = await exchange.fetchOrder(id as string, symbol, params);
        // Asked by the venue's id, the order tells whose it is.
        return orderOf(order, clientOf(name) ?? order.clientOrderId);
      });
    },
    openOrders: () =>
      dateAgain(async () => (await exchange.fetchOpenOrders(symbol)).map((order) => venueOrder(order as CcxtOrder))),
    async tradesAfter(cursor, sinceMs) {
      const fetch = (...args: Parameters<Exchange["fetchMyTrades"]>) =>
        dateAgain(async () => (await exchange.fetchMyTrades(...args)).map(ownTrade));
      if (!dated) return await fetch(symbol, sinceMs, PAGE);
      if (cursor === undefined) return await fetch(symbol, undefined, 1);
      const all: OwnTrade[] = [];
      for (let from = BigInt(cursor) + 1n;;) {
        const page = await fetch(symbol, undefined, PAGE, { fromId: String(from) });
        if (isFailure(page)) return page;
        all.push(...page);
        if (page.length < PAGE) return all;
        from = BigInt(all.at(-1)!.id) + 1n;
      }
    },
    balances: () =>
      dateAgain(async () => {
        const { total } = await exchange.fetchBalance();
        return total as unknown as Balances;
      }),
    async knowLimits() {
      if (!dated) return;
      const answer = await inTime(() => exchange.request("rateLimit/order", "private", "GET", {}));
      if (isFailure(answer) || !Array.isArray(answer)) return;
      limits.know(answer.map(({ interval, intervalNum, limit }) => ({
        intervalMs: intervalOf(intervalNum, interval),
        limit,
      })));
    },
    async price(name) {
      if (exchange.markets?.[name] === undefined) return undefined;
      const answer = await inTime(() => exchange.fetchTicker(name));
      return isFailure(answer) ? undefined : answer.last ?? answer.close ?? undefined;
    },
    read: (order) => venueOrder(order),
    limits,
    get patienceMs() {
      return Math.min(Math.max(LEAST_MS, PATIENCE * averageMs), answerTimeoutMs);
    },
    windowMs: dated ? recvWindowMs * speed : Math.max(recvWindowMs, UNDATED_MS),
  };
}

/** Where a request carries no date, it is given this long to arrive, milliseconds. */
export const UNDATED_MS = 10_000;

/** Milliseconds, or microseconds where there is a fraction: venues of Binance's family take either. */
const dateOf = (ms: number) => Number.isInteger(ms) ? ms : Math.round(ms * 1000);

const STATUS: Readonly<Record<string, VenueOrder["status"]>> = {
  open: "open",
  canceling: "open",
  closed: "filled",
  canceled: "cancelled",
  expired: "cancelled",
  rejected: "rejected",
};

export const sideName = (side: number): "buy" | "sell" => side === BUY ? "buy" : "sell";

/** The order inside an amendment's answer, in the words of every other answer. */
function amended(answer: unknown): Record<string, unknown> {
  const { amendedOrder } = answer as { amendedOrder: Record<string, unknown> };
  return { ...amendedOrder, origQty: amendedOrder.qty, cummulativeQuoteQty: amendedOrder.cumulativeQuoteQty };
}

/** A trade of ccxt, from the stream or from asking. */
export function ownTrade(trade: CcxtTrade): OwnTrade {
  const fee = trade.fee ?? (trade as unknown as { fees?: { cost?: number; currency?: string }[] }).fees?.[0];
  const info = trade.info as Record<string, unknown> | undefined;
  // Binance's events carry the order's own id in `C` where another request ended it, else in `c`.
  const clientId = [info?.C, info?.c, info?.clientOrderId].find((id) => typeof id === "string" && id !== "");
  return {
    id: String(trade.id),
    orderId: String(trade.order),
    clientId: clientId as string | undefined,
    side: trade.side === "sell" ? "sell" : "buy",
    price: trade.price ?? 0,
    qty: trade.amount ?? 0,
    liquidity: trade.takerOrMaker === "taker" ? "taker" : "maker",
    fee: fee?.cost ?? 0,
    feeCurrency: fee?.currency,
    exchTs: (trade.timestamp ?? 0) * 1000,
  };
}
