/**
 * A venue that loses, repeats and delays, in time of its own: requests may arrive once, twice or never, answers and events may get
 * lost, late or doubled. What really happened is in `orders` and `trades`.
 */
import type { Answer, OrderRequests, VenueOrder } from "../lib/order_requests.ts";
import type { OwnTrade } from "../lib/own_trades.ts";
import { BUY } from "../lib/tape.ts";
import { createVenueLimits } from "../lib/venue_limits.ts";

/** An order as it really is. */
export interface TrueOrder {
  readonly orderId: string;
  readonly clientId: string;
  readonly side: "buy" | "sell";
  readonly priceTicks: number;
  readonly lots: number;
  executedLots: number;
  status: "open" | "filled" | "cancelled";
}

/** Draws of fate: integers below a bound. */
export type Fate = (below: number) => number;

export interface ModelVenue {
  readonly requests: OrderRequests;
  readonly orders: readonly TrueOrder[];
  readonly trades: readonly OwnTrade[];
  /** Virtual milliseconds. */
  now(): number;
  pause(ms: number): Promise<void>;
  /** Somebody takes from the open order of that place, if there is one. */
  hit(place: number, lots: number): void;
  /** From now on everything arrives, once and at once. */
  heal(): void;
  /** Placings that can still be carried out. */
  onTheWay(): number;
  /** Lets time pass until the promise has settled. @throws {Error} where nothing is left that could settle it */
  run<T>(until: Promise<T>): Promise<T>;
  /** Who hears the stream. */
  listen(orders: (list: readonly VenueOrder[]) => void, trades: (list: readonly OwnTrade[]) => void): void;
}

const LOT = 0.001;
const WINDOW = 400;
const TIMEOUT = 100;

export function createModelVenue(fate: Fate): ModelVenue {
  const orders: TrueOrder[] = [];
  const trades: OwnTrade[] = [];
  const agenda: { at: number; go: () => void; placedUntil?: number }[] = [];
  let time = 0;
  let isHealthy = false;
  let tellOrders = (_: readonly VenueOrder[]) => {};
  let tellTrades = (_: readonly OwnTrade[]) => {};
  let onLate = (_: string, __: Answer) => {};

  const after = (ms: number, go: () => void) => void agenda.push({ at: time + ms, go });
  const pause = (ms: number) => new Promise<void>((resolve) => after(ms, resolve));
  const delay = () => isHealthy ? 1 : fate(5) === 0 ? fate(300) : fate(10);
  const show = (order: TrueOrder): VenueOrder => ({ ...order });

  /** An event of the stream: lost, doubled or late. */
  function stream(tell: () => void) {
    const copies = isHealthy ? 1 : [1, 1, 1, 0, 2][fate(5)]!;
    for (let i = 0; i < copies; i++) after(delay(), tell);
  }

  function changed(order: TrueOrder) {
    const seen = show(order);
    stream(() => tellOrders([seen]));
  }

  function trade(order: TrueOrder, lots: number) {
    const done = Math.min(lots, order.lots - order.executedLots);
    if (done <= 0) return;
    order.executedLots += done;
    if (order.executedLots === order.lots) order.status = "filled";
    const one: OwnTrade = {
      id: String(trades.length + 1),
      orderId: order.orderId,
      clientId: fate(2) === 0 ? order.clientId : undefined,
      side: order.side,
      price: order.priceTicks,
      qty: done * LOT,
      liquidity: "maker",
      fee: 0,
      feeCurrency: "Q",
      exchTs: time * 1000,
    };
    trades.push(one);
    stream(() => tellTrades([one]));
    changed(order);
  }

  /** A request on its way: carried out as often as it arrives, the last result answered, or silence. */
  function request(carryOut: () => Answer, clientId?: string, sentMs = 0): Promise<Answer> {
    return new Promise((resolve) => {
      const copies = isHealthy ? 1 : [1, 1, 1, 1, 0, 2][fate(6)]!;
      const isAnswered = copies > 0 && (isHealthy || fate(5) > 0);
      let isGivenUp = false;
      const timer = {
        at: time + TIMEOUT,
        go: () => {
          isGivenUp = true;
          resolve({ kind: "silence", reason: "no answer" });
        },
      };
      agenda.push(timer);
      const arrive = (left: number) =>
        void agenda.push({
          at: time + delay(),
          ...(clientId === undefined ? {} : { placedUntil: sentMs + WINDOW }),
          go: () => {
            const answer = carryOut();
            if (left > 1) return arrive(left - 1);
            if (!isAnswered) return;
            after(delay(), () => {
              timer.go = () => {};
              if (!isGivenUp) resolve(answer);
              else if (clientId !== undefined) onLate(clientId, answer);
            });
          },
        });
      if (copies > 0) arrive(copies);
    });
  }

  const byName = (name: { clientId: string } | { orderId: string }, isOpen: boolean) =>
    orders.findLast((order) =>
      ("orderId" in name ? order.orderId === name.orderId : order.clientId === name.clientId) &&
      (!isOpen || order.status === "open")
    );
  const missing: Answer = { kind: "missing", reason: "no such order" };

  /** Asking changes nothing, so it needs no copies; it may fail. */
  function ask<T>(read: () => T): Promise<T | Extract<Answer, { kind: "silence" }>> {
    return new Promise((resolve) => {
      const isLost = !isHealthy && fate(6) === 0;
      after(isLost ? TIMEOUT : delay(), () => resolve(isLost ? { kind: "silence", reason: "no answer" } : read()));
    });
  }

  const requests: OrderRequests = {
    place: ({ clientId, side, priceTicks, lots, sentMs }) =>
      request(
        () => {
          if (time > sentMs + WINDOW) return { kind: "clock", reason: "too late" };
          if (orders.some((order) => order.clientId === clientId && order.status === "open")) {
            return { kind: "duplicate", reason: "Duplicate order sent." };
          }
          if (fate(6) === 0) return { kind: "refused", reason: "would take", wouldTake: true };
          const order: TrueOrder = {
            orderId: String(100 + orders.length),
            clientId,
            side: side === BUY ? "buy" : "sell",
            priceTicks: priceTicks ?? 0,
            lots,
            executedLots: 0,
            status: "open",
          };
          orders.push(order);
          const answer: Answer = { kind: "report", order: show(order) };
          changed(order);
          if (fate(6) === 0) trade(order, 1 + fate(lots));
          return answer;
        },
        clientId,
        sentMs,
      ),
    cancel: (name) =>
      request(() => {
        const order = byName(name, true);
        if (order === undefined) return missing;
        // Somebody was quicker.
        if (fate(5) === 0) trade(order, 1 + fate(order.lots));
        if (order.status !== "open") return missing;
        order.status = "cancelled";
        changed(order);
        return { kind: "report", order: show(order) };
      }),
    reduce: undefined,
    query: (name) =>
      ask((): Answer => {
        const order = byName(name, false);
        return order === undefined ? missing : { kind: "report", order: show(order) };
      }),
    openOrders: () => ask(() => orders.filter(({ status }) => status === "open").map(show)),
    tradesAfter: (cursor) => ask(() => trades.filter(({ id }) => Number(id) > Number(cursor ?? 0))),
    balances: () => ask(() => ({})),
    price: () => Promise.resolve(undefined),
    read: () => {
      throw new Error("nobody reads here");
    },
    knowLimits: () => Promise.resolve(),
    limits: createVenueLimits(),
    patienceMs: 20,
    windowMs: WINDOW,
  };

  return {
    requests,
    orders,
    trades,
    now: () => time,
    pause,
    hit(place, lots) {
      const open = orders.filter(({ status }) => status === "open");
      const order = open[place % Math.max(1, open.length)];
      if (order) trade(order, lots);
    },
    onTheWay: () => agenda.filter(({ at, placedUntil = 0 }) => at <= placedUntil).length,
    heal() {
      isHealthy = true;
    },
    async run(until) {
      let isOver = false;
      const over = () => isOver = true;
      until.then(over, over);
      for (;;) {
        // Whatever follows from what just happened happens before time goes on.
        await new Promise((resolve) => setImmediate(resolve));
        if (isOver) return await until;
        const [next] = agenda.sort((a, b) => a.at - b.at).splice(0, 1);
        if (next === undefined) throw new Error(`at ${time}: nothing is left to happen`);
        time = Math.max(time, next.at);
        next.go();
      }
    },
    listen(toOrders, toTrades) {
      tellOrders = toOrders;
      tellTrades = toTrades;
    },
    set late(hear: (clientId: string, answer: Answer) => void) {
      onLate = hear;
    },
  } as ModelVenue & { late: (clientId: string, answer: Answer) => void };
}
