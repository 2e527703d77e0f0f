/**
 * A recorded market as the other side of clients' orders. A taker takes what the recorded book shows. A resting order stands
 * behind the recorded quantity at its price, by a queue model of `lib/fills.ts`, and is filled by the recorded trades exactly
 * as the simulated broker of `lib/paper.ts` is, so that both have the same fills. The recording itself does not react.
 *
 * @module
 */
import { createQueue, type FillModel, type Queue } from "makerbook/fills.ts";
import { createGrid } from "makerbook/ticks.ts";
import type { DepthUpdate } from "../book.ts";
import type { BookLevel } from "../engine/book.ts";
import type { Engine } from "../engine/commands.ts";
import type { EngineEvent } from "../engine/events.ts";
import type { ExternalBook } from "../engine/matching.ts";
import { formatUnits, least, type Units, units } from "../engine/money.ts";
import { available, isOpen, type Order, type Side } from "../engine/order.ts";
import type { Market } from "../market.ts";
import type { TapeEvent } from "../tape.ts";

/** The recorded book for takers, and the recorded trades for those who rest. */
export interface ReplayLiquidity extends ExternalBook {
  /** Orders that have come to rest take their place in the recorded queue. */
  join(order: Readonly<Order>): void;
  /** An event of the tape has happened, and the market shows it. Returns what came of it. */
  event(engine: Engine, event: TapeEvent, update: DepthUpdate | undefined): EngineEvent[];
}

interface Place {
  /** What the recorded book showed at the order's price, as the queue was last told. */
  shown: number;
  /** Undefined while the price lies beyond the book. */
  queue: Queue | undefined;
}

const bookSide = (side: Side) => side === "BUY" ? "bids" : "asks";

/** @param lot the symbol's quantity step */
export function createReplayLiquidity(market: Market, model: FillModel, lot: Units): ReplayLiquidity {
  const { book } = market;
  const grid = createGrid(Number(formatUnits(lot)));
  const places = new Map<number, Place>();
  /** What takers have taken of a level that the recording has not changed since. */
  const taken = { bids: new Map<number, Units>(), asks: new Map<number, Units>() };
  const queued = model !== "touch" && model !== "through";

  function* levels(side: Side): Generator<BookLevel> {
    const gone = taken[bookSide(side)];
    for (const [price, text] of book.levels(bookSide(side))) {
      const qty = units(text) - (gone.get(Number(price)) ?? 0n);
      if (qty > 0n) yield { price: units(price), qty };
    }
  }

  const quantity = (order: Readonly<Order>) => {
    const text = book.quantity(bookSide(order.side), Number(formatUnits(order.price)));
    return text === undefined ? 0 : Number(text);
  };

  const shows = (order: Readonly<Order>) => {
    const price = Number(formatUnits(order.price));
    const worst = book.deepest(bookSide(order.side));
    return worst !== undefined && (order.side === "BUY" ? price >= worst : price <= worst);
  };

  const openOrders = (engine: Engine, side: Side): Order[] => places.size === 0 ? [] : [...engine.book.orders(side)];

  const fill = (engine: Engine, order: Order, qty: Units, ts: number): readonly EngineEvent[] => {
    const events = engine.fill(order.accountId, order.orderId, qty, ts);
    if (!isOpen(order)) places.delete(order.orderId);
    return events;
  };

  /** Lots of an order that a recorded trade at its very price reaches. */
  const reached = (order: Order, qty: number): number => {
    if (model === "through") return 0;
    if (model === "touch") return grid.floor(qty);
    const queue = places.get(order.orderId)?.queue;
    if (queue === undefined) return 0;
    queue.trade(qty);
    const lots = grid.round(-queue.ahead);
    if (lots > 0) queue.toFront();
    return lots;
  };

  /** A fill is dated as the trade that made it, which was some milliseconds before anybody was told. */
  const trade = (engine: Engine, i: number): EngineEvent[] => {
    const { trades } = market.tape;
    const ts = trades.ts.at(i) as number;
    const price = trades.price.at(i) as Units;
    const qty = trades.qty.at(i) as Units;
    const side: Side = trades.buyerMaker.at(i) === 1 ? "BUY" : "SELL";
    const events: EngineEvent[] = [];
    // Several orders at the price share what reaches the first of them.
    let left: Units | undefined;
    for (const order of openOrders(engine, side)) {
      // It must have been there before.
      if (order.time >= ts) continue;
      const beyond = side === "BUY" ? price < order.price : price > order.price;
      if (beyond) {
        events.push(...fill(engine, order, available(order), ts));
      } else if (price === order.price) {
        const reach = BigInt(Math.max(0, reached(order, Number(formatUnits(qty))))) * lot;
        const got = least(least(reach, left ?? reach), available(order));
        left = (left ?? reach) - got;
        if (got > 0n) events.push(...fill(engine, order, got, ts));
      }
    }
    return events;
  };

  /** The recorded book has moved: queues move along, and what it now crosses is filled. */
  const move = (engine: Engine, update: DepthUpdate, ts: number): EngineEvent[] => {
    for (const [name, rows] of [["bids", update.b], ["asks", update.a]] as const) {
      for (const [price] of rows) taken[name].delete(Number(price));
    }
    const events: EngineEvent[] = [];
    for (const side of ["BUY", "SELL"] as const) {
      for (const order of openOrders(engine, side)) {
        const place = places.get(order.orderId);
        if (place !== undefined && queued) follow(order, place);
      }
    }
    if (model === "through") return events;
    for (const side of ["BUY", "SELL"] as const) {
      const [best] = levels(side === "BUY" ? "SELL" : "BUY");
      if (best === undefined) continue;
      for (const order of openOrders(engine, side)) {
        const crossed = side === "BUY" ? best.price <= order.price : best.price >= order.price;
        if (crossed) events.push(...fill(engine, order, available(order), ts));
      }
    }
    return events;
  };

  const follow = (order: Order, place: Place) => {
    const next = quantity(order);
    if (next === place.shown) return;
    if (place.queue !== undefined) place.queue.depth(place.shown, next);
    else if (next > 0 && queued) place.queue = createQueue(model, next);
    place.shown = next;
  };

  return {
    levels,
    take(side, price, qty) {
      const gone = taken[bookSide(side)];
      const key = Number(formatUnits(price));
      gone.set(key, (gone.get(key) ?? 0n) + qty);
    },
    join(order) {
      const shown = quantity(order);
      places.set(order.orderId, { shown, queue: queued && shows(order) ? createQueue(model, shown) : undefined });
    },
    event(engine, event, update) {
      for (const id of places.keys()) if (!engine.archive.resting(id)) places.delete(id);
      if (places.size === 0 && update === undefined) return [];
      if (update !== undefined) return move(engine, update, event.ts);
      return event.trade === undefined ? [] : trade(engine, event.trade);
    },
  };
}
