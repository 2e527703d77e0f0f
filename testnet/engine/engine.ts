/**
 * The matching engine of one symbol. Pure and synchronous: commands come with the account, the moment and nothing else; every
 * answer, event and id follows from them.
 *
 * @module
 */
import { type Account, createAccount } from "./account.ts";
import { createArchive } from "./archive.ts";
import { createAveragePrice } from "./average_price.ts";
import { createOrderBook } from "./book.ts";
import type { Cancelled, CancelOptions, Engine, EngineOptions, OrderKey, Placed } from "./commands.ts";
import { standardCommissions } from "./commission.ts";
import { createFilters } from "./filters.ts";
import { bestPrice, planMatch } from "./matching.ts";
import { isOpen, opposite, type Order } from "./order.ts";
import { createPlacement } from "./placement.ts";
import {
  amendIncrease,
  amendNothing,
  amendUnsupported,
  cancelRestricted,
  filterFailure,
  noSuchOrder,
  Rejection,
  rejectReason,
  replaceUnsupported,
  tooManyAmends,
  unknownAmend,
  unknownCancel,
  wrongClientOrderId,
} from "./rejection.ts";
import { createSettlement, type Settlement, type Venue } from "./settlement.ts";

/** An engine with an empty book and no accounts. */
export function createEngine(options: EngineOptions): Engine {
  const { rules, clientOrderId } = options;
  const filters = createFilters(rules.filters);
  const accounts = new Map<number, Account>();
  const average = createAveragePrice(filters.averageMinutes);
  const free = standardCommissions(0n, 0n);
  let tradeId = options.firstTradeId ?? 1;
  let executionId = 0;
  let preventedMatchId = 0;
  const account = (id: number) => {
    const found = accounts.get(id);
    if (found === undefined) throw new RangeError(`account ${id} is not open`);
    return found;
  };
  const venue: Venue = {
    symbol: rules.symbol,
    base: rules.baseAsset,
    quote: rules.quoteAsset,
    book: createOrderBook(),
    archive: createArchive(options.keeps, options.history),
    external: options.external,
    account,
    world: createAccount({ id: 0, commissions: free, unlimited: true }),
    fees: createAccount({ id: 0, commissions: free }),
    nextTradeId: options.nextTradeId ?? (() => tradeId++),
    nextExecutionId: () => ++executionId,
    nextPreventedMatchId: () => preventedMatchId++,
    traded: average.trade,
  };
  const { book, archive } = venue;
  const averagePrice = options.averagePrice ?? average.at;
  const placement = createPlacement({
    venue,
    filters,
    rules,
    averagePrice,
    clientOrderId,
    firstOrderId: options.firstOrderId ?? 1,
    plan: (incoming) => planMatch(incoming, book, (order) => account(order.accountId), options.external),
    bestAgainst: (side) => bestPrice(opposite(side), book, options.external),
  });

  /** @throws {Rejection} `missing` where there is no such order. */
  const find = (accountId: number, key: OrderKey, missing: () => Rejection): Order => {
    const found = key.orderId !== undefined
      ? archive.order(accountId, key.orderId)
      : archive.named(accountId, key.clientOrderId ?? "");
    if (found === undefined) throw missing();
    if (key.clientOrderId !== undefined && found.clientOrderId !== key.clientOrderId) throw wrongClientOrderId();
    return found;
  };
  const findOpen = (accountId: number, key: OrderKey, missing: () => Rejection): Order => {
    const order = find(accountId, key, missing);
    if (!isOpen(order)) throw missing();
    return order;
  };

  const cancelIn = (settlement: Settlement, accountId: number, key: OrderKey, options: CancelOptions): Cancelled => {
    const order = findOpen(accountId, key, unknownCancel);
    const { restriction } = options;
    if (restriction === "ONLY_NEW" && order.status !== "NEW") throw cancelRestricted();
    if (restriction === "ONLY_PARTIALLY_FILLED" && order.status !== "PARTIALLY_FILLED") throw cancelRestricted();
    const id = options.newClientOrderId ?? clientOrderId();
    book.remove(order);
    settlement.end(order, "CANCELED");
    settlement.report("CANCELED", order, { clientOrderId: id, origClientOrderId: order.clientOrderId });
    return { order: { ...order }, clientOrderId: id, events: settlement.events };
  };

  return {
    rules,
    book,
    archive,
    world: venue.world,
    fees: venue.fees,
    account,
    averagePrice,
    open(opened) {
      if (accounts.has(opened.id)) throw new RangeError(`account ${opened.id} is already open`);
      accounts.set(opened.id, opened);
    },
    test: (accountId, order, ts) => placement.check(accountId, order, ts),
    place(accountId, order, ts) {
      placement.check(accountId, order, ts);
      const settlement = createSettlement(venue, ts);
      const placed = placement.place(settlement, accountId, order, ts);
      settlement.finish();
      return placed;
    },
    cancel(accountId, key, ts, options = {}) {
      const settlement = createSettlement(venue, ts);
      const cancelled = cancelIn(settlement, accountId, key, options);
      settlement.finish();
      return cancelled;
    },
    cancelAll(accountId, ts) {
      const open = archive.open(accountId);
      if (open.length === 0) throw unknownCancel();
      // Binance gives all of them the same id.
      const newClientOrderId = clientOrderId();
      return open.map(({ orderId }) => this.cancel(accountId, { orderId }, ts, { newClientOrderId }));
    },
    replace(accountId, { cancel, order, mode }, ts) {
      if (!rules.cancelReplaceAllowed) throw replaceUnsupported();
      placement.check(accountId, order, ts);
      const settlement = createSettlement(venue, ts);
      const cancelled = attempt(() => cancelIn(settlement, accountId, cancel, cancel));
      let placed: Placed | Rejection | undefined;
      if (!(cancelled instanceof Rejection) || mode === "ALLOW_FAILURE") {
        placed = attempt(() => placement.place(settlement, accountId, order, ts));
        if (placed instanceof Rejection && !(cancelled instanceof Rejection)) {
          settlement.report("REJECTED", placement.rejected(accountId, order, ts), {
            rejectReason: rejectReason(placed),
          });
        }
      }
      return { cancelled, placed, events: settlement.finish() };
    },
    amend(accountId, key, newQty, ts, newClientOrderId) {
      if (!rules.amendAllowed) throw amendUnsupported();
      const order = findOpen(accountId, key, unknownAmend);
      const { side, type, price, origQty } = order;
      if (newQty > origQty) throw amendIncrease();
      if (newQty === origQty) throw amendNothing();
      if (order.amendments >= filters.maxAmendments) throw tooManyAmends();
      const average = averagePrice(ts);
      const failure = filters.failure({ side, type, price, qty: newQty, average, openOrders: 0 });
      if (failure !== undefined) throw filterFailure(failure);
      const settlement = createSettlement(venue, ts);
      const origClientOrderId = order.clientOrderId;
      placement.shrink(settlement, order, newQty, ts, newClientOrderId ?? clientOrderId());
      settlement.report("REPLACED", order, { origClientOrderId });
      const amendment = executionId;
      archive.amend(accountId, {
        symbol: rules.symbol,
        orderId: order.orderId,
        executionId: amendment,
        origClientOrderId,
        newClientOrderId: order.clientOrderId,
        origQty,
        newQty: order.origQty,
        time: ts,
      });
      if (order.status === "EXPIRED") settlement.report("EXPIRED", order);
      settlement.finish();
      return { order: { ...order }, origClientOrderId, executionId: amendment, events: settlement.events };
    },
    fill(accountId, orderId, qty, ts, tradeId) {
      const order = findOpen(accountId, { orderId }, noSuchOrder);
      const settlement = createSettlement(venue, ts);
      settlement.fill(order, qty, tradeId);
      return settlement.finish();
    },
    deposit(accountId, asset, amount, ts) {
      account(accountId).credit(asset, amount);
      const balances = [{ asset, ...account(accountId).balance(asset) }];
      return [
        { type: "balance", accountId, ts, asset, delta: amount },
        { type: "position", accountId, ts, balances },
      ];
    },
    order: (accountId, key) => find(accountId, key, noSuchOrder),
  };
}

function attempt<T>(command: () => T): T | Rejection {
  try {
    return command();
  } catch (error) {
    if (error instanceof Rejection) return error;
    throw error;
  }
}
