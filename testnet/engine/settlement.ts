/**
 * One command's effects: balances moved, orders changed, and what everybody is told of it.
 *
 * @module
 */
import type { Account } from "./account.ts";
import type { Archive } from "./archive.ts";
import type { OrderBook } from "./book.ts";
import { commissionOf } from "./commission.ts";
import type { EngineEvent, ExecutionReport, ExecutionType, PublicTrade } from "./events.ts";
import type { ExternalBook, Step } from "./matching.ts";
import { multiply, type Units } from "./money.ts";
import { available, opposite, type Order, type OwnTrade, type PreventedMatch, reserve, type Side } from "./order.ts";

/** What settling needs to know and to change. */
export interface Venue {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly book: OrderBook;
  readonly archive: Archive;
  readonly external?: ExternalBook;
  account(id: number): Account;
  /** The other side of a trade with a recorded market. */
  readonly world: Account;
  /** Takes the commissions. */
  readonly fees: Account;
  nextTradeId(): number;
  nextExecutionId(): number;
  nextPreventedMatchId(): number;
  /** Told of each trade, for the average price. */
  traded(ts: number, price: Units, qty: Units): void;
}

/** The effects of one command at one moment. */
export interface Settlement {
  /** Everything that happened, in order. Ends with the positions once `finish` was called. */
  readonly events: EngineEvent[];
  /** The taker's own trades and prevented matches. */
  readonly trades: OwnTrade[];
  readonly prevented: PreventedMatch[];
  /** Locks what an order with that much left needs; what it held beyond that is free again. */
  hold(order: Order, amount: Units): void;
  /** @param openEnded the taker is not done when its quantity is: it was to use up an amount of quote */
  step(taker: Order, step: Step, openEnded: boolean): void;
  /** A resting order trades with a recorded market. */
  fill(maker: Order, qty: Units, tradeId?: number): void;
  /** An order ends: nothing of it is locked any more. */
  end(order: Order, status: Order["status"]): void;
  report(execution: ExecutionType, order: Order, details?: Partial<ExecutionReport>): void;
  /** Adds the positions that may have changed. */
  finish(): EngineEvent[];
}

/** Nothing has happened yet. */
export function createSettlement(venue: Venue, ts: number): Settlement {
  const { base, quote, book, archive } = venue;
  const events: EngineEvent[] = [];
  const trades: OwnTrade[] = [];
  const prevented: PreventedMatch[] = [];
  const touched = new Map<number, Set<string>>();
  const touch = (accountId: number, asset: string) => {
    const assets = touched.get(accountId) ?? new Set();
    touched.set(accountId, assets.add(asset));
  };

  const hold = (order: Order, amount: Units) => {
    const account = venue.account(order.accountId);
    const asset = order.side === "BUY" ? quote : base;
    if (amount > order.locked) account.lock(asset, amount - order.locked);
    else account.release(asset, order.locked - amount);
    order.locked = amount;
    touch(order.accountId, asset);
  };

  const report: Settlement["report"] = (execution, order, details) => {
    events.push({
      type: "execution",
      accountId: order.accountId,
      executionId: venue.nextExecutionId(),
      execution,
      order: { ...order },
      ts,
      clientOrderId: order.clientOrderId,
      origClientOrderId: "",
      rejectReason: "NONE",
      ...details,
    });
  };

  const end = (order: Order, status: Order["status"]) => {
    hold(order, 0n);
    order.status = status;
    order.updateTime = ts;
    archive.close(order);
  };

  /** What one side of a trade pays and receives. */
  const settle = (
    order: Order,
    { price, qty, tradeId, isMaker, openEnded = false }: {
      price: Units;
      qty: Units;
      tradeId: number;
      isMaker: boolean;
      openEnded?: boolean;
    },
  ): OwnTrade => {
    const account = venue.account(order.accountId);
    const quoteQty = multiply(price, qty);
    const isBuyer = order.side === "BUY";
    const [gives, gets] = isBuyer ? [quote, base] : [base, quote];
    const paid = isBuyer ? quoteQty : qty;
    account.spend(gives, paid);
    order.locked -= paid;
    account.credit(gets, isBuyer ? qty : quoteQty);
    const side = { side: order.side, maker: isMaker, price, qty, quoteQty, base, quote };
    const discount = account.commissions.discount?.asset;
    const { asset, amount } = commissionOf(
      side,
      account.commissions,
      discount === undefined ? 0n : account.balance(discount).free,
    );
    account.credit(asset, -amount);
    venue.fees.credit(asset, amount);
    for (const changed of [base, quote, asset]) touch(order.accountId, changed);
    order.executedQty += qty;
    order.executedQuote += quoteQty;
    order.updateTime = ts;
    order.status = "PARTIALLY_FILLED";
    if (available(order) === 0n && !openEnded) end(order, "FILLED");
    // A MARKET order holds what its plan costs, a limit order what its limit would.
    else if (order.type !== "MARKET") hold(order, reserve(order.side, order.price, available(order)));
    const { symbol, orderId, accountId } = order;
    const own = {
      symbol,
      tradeId,
      orderId,
      accountId,
      price,
      qty,
      quoteQty,
      commission: amount,
      commissionAsset: asset,
    };
    const trade = { ...own, time: ts, isBuyer, isMaker };
    archive.trade(trade);
    return trade;
  };

  /** A resting order has traded: it stands in the book with less, or no longer. */
  const rest = (maker: Order, qty: Units) => {
    book.reduce(maker, qty);
    if (available(maker) === 0n) book.remove(maker);
  };

  const announce = (taker: Side, price: Units, qty: Units, tradeId: number) => {
    venue.traded(ts, price, qty);
    const isBuyerMaker = taker === "SELL";
    events.push({ type: "trade", symbol: venue.symbol, tradeId, price, qty, ts, isBuyerMaker } satisfies PublicTrade);
  };

  /** The recorded market's side of a trade: it gives what the order gets, whatever it has. */
  const settleWorld = (order: Order, price: Units, qty: Units) => {
    const sign = order.side === "BUY" ? 1n : -1n;
    venue.world.credit(base, -sign * qty);
    venue.world.credit(quote, sign * multiply(price, qty));
  };

  const prevent = (taker: Order, step: Extract<Step, { kind: "prevent" }>) => {
    const { maker, price, mode, qty, left } = step;
    const both = mode === "EXPIRE_BOTH";
    const decrement = mode === "DECREMENT";
    const fromTaker = mode === "EXPIRE_TAKER" || both ? left : decrement ? qty : undefined;
    const fromMaker = mode === "EXPIRE_MAKER" || both ? available(maker) : decrement ? qty : undefined;
    const match: PreventedMatch = {
      symbol: venue.symbol,
      preventedMatchId: venue.nextPreventedMatchId(),
      takerOrderId: taker.orderId,
      makerOrderId: maker.orderId,
      tradeGroupId: venue.account(taker.accountId).tradeGroupId,
      stpMode: mode,
      price,
      takerPreventedQty: fromTaker,
      makerPreventedQty: fromMaker,
      time: ts,
    };
    prevented.push(match);
    archive.prevent(match, [taker.accountId, maker.accountId]);
    const expire = (order: Order, lastQty: Units, counter: Order) => {
      order.preventedQty += lastQty;
      order.preventedMatchId = match.preventedMatchId;
      order.updateTime = ts;
      const gone = available(order) === 0n;
      if (order === maker) rest(maker, lastQty);
      if (gone) end(order, "EXPIRED_IN_MATCH");
      else if (order.type !== "MARKET") hold(order, reserve(order.side, order.price, available(order)));
      const details = { match, lastQty, matchQty: qty, counterOrderId: counter.orderId };
      report("TRADE_PREVENTION", order, { prevented: details });
    };
    if (fromTaker !== undefined) expire(taker, fromTaker, maker);
    if (fromMaker !== undefined) expire(maker, fromMaker, taker);
  };

  return {
    events,
    trades,
    prevented,
    hold,
    report,
    end,
    step(taker, step, openEnded) {
      if (step.kind === "prevent") return prevent(taker, step);
      const { price, qty } = step;
      const tradeId = venue.nextTradeId();
      announce(taker.side, price, qty, tradeId);
      const own = settle(taker, { price, qty, tradeId, isMaker: false, openEnded });
      trades.push(own);
      report("TRADE", taker, { trade: own });
      if (step.kind === "take") {
        settleWorld(taker, price, qty);
        venue.external?.take(opposite(taker.side), price, qty);
        return;
      }
      const { maker } = step;
      const theirs = settle(maker, { price, qty, tradeId, isMaker: true });
      rest(maker, qty);
      report("TRADE", maker, { trade: theirs });
    },
    fill(maker, qty, tradeId) {
      const id = tradeId ?? venue.nextTradeId();
      // A recorded trade has been announced by the recording.
      if (tradeId === undefined) announce(opposite(maker.side), maker.price, qty, id);
      const own = settle(maker, { price: maker.price, qty, tradeId: id, isMaker: true });
      settleWorld(maker, maker.price, qty);
      rest(maker, qty);
      report("TRADE", maker, { trade: own });
    },
    finish() {
      for (const [accountId, assets] of touched) {
        const account = venue.account(accountId);
        const balances = [...assets].map((asset) => ({ asset, ...account.balance(asset) }));
        events.push({ type: "position", accountId, ts, balances });
      }
      return events;
    },
  };
}
