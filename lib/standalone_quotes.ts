/**
 * Quotes by hand: what a desk does for a strategy, for whoever calls `syncQuotes`. The decisions are those of `own_orders.ts`.
 *
 * @module
 */
import type { Stage } from "./halts.ts";
import { createInventory, type Opening } from "./inventory.ts";
import type { LiveBroker, WorkingOrder } from "./live_broker.ts";
import { createOwnOrders } from "./own_orders.ts";
import type { Config } from "./schema.ts";
import { createGrid } from "./ticks.ts";
import type { Market } from "./types.ts";

/** Price in quote per base, quantity in base. A bid is rounded down to a tick, an ask up, a quantity down to a lot. */
export interface WantedQuote {
  readonly price: number;
  readonly qty: number;
}

/** What stands once the venue has answered everything. */
export interface Standing {
  readonly bid: WorkingOrder | undefined;
  readonly ask: WorkingOrder | undefined;
}

/** Quotes of a caller. */
export interface StandaloneQuotes {
  sync(bid: WantedQuote | undefined, ask: WantedQuote | undefined): Promise<Standing>;
  /** The broker has something to deliver. */
  news(): void;
  /** Something changed about an order. */
  changed(): void;
  halt(stage: Stage): void;
  /** Nothing is wanted any more. */
  forget(): void;
  /** Nothing will be answered any more: nobody waits for it. */
  end(): void;
}

/** What they work with. */
export interface StandaloneOptions {
  readonly broker: LiveBroker;
  readonly config: Pick<Config, "quotes" | "risk">;
  readonly market: Market;
  /** Market time, microseconds. */
  readonly now: () => number;
  readonly opening: Opening | undefined;
}

const SECOND = 1e6;
/** Wall milliseconds. */
const AGAIN_MS = 20;

export function createStandaloneQuotes({ broker, config, market, now, opening }: StandaloneOptions): StandaloneQuotes {
  const { quotes, risk } = config;
  const { rules } = market;
  const tickGrid = createGrid(rules.tickSize);
  const lotGrid = createGrid(rules.lotSize);
  const inventory = createInventory({ ...rules, qMax: risk.q_max, hedgeAt: risk.hedge_at, ...market, opening });
  const wanted = { quoteId: 0, bidTicks: 0, askTicks: 0, bidLots: 0, askLots: 0 };
  let stage: Stage = "none";
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waiters: (() => void)[] = [];
  let isOver = false;

  const attached = broker.attach(undefined, {
    accepted() {},
    rejected: (order, reason) => orders.rejected(order, now(), reason === undefined),
    cancelled: (order) => orders.gone(order),
    filled(fill, order) {
      inventory.update(fill);
      orders.filled(order, fill.lots);
    },
  });
  const orders = createOwnOrders({
    broker: attached,
    inventory,
    patience: { ticks: quotes.requote_ticks, restUs: Math.round(quotes.requote_interval * SECOND) },
    maxRate: risk.max_order_rate,
  });

  function decide() {
    clearTimeout(timer);
    if (stage === "cancel") return orders.cancelAll(now());
    const capped = cap();
    orders.sync(capped, now(), stage === "none");
    // A cool-down, or a budget that is spent, ends without an event.
    const isMissing = (capped.bidLots > 0 && !orders.bid) || (capped.askLots > 0 && !orders.ask);
    if (isMissing && stage === "none") timer = setTimeout(decide, AGAIN_MS);
  }

  function hear() {
    if (attached.deliver(now()) > 0) decide();
  }

  /** The cap holds here as it does for a strategy. */
  function cap() {
    const { bidLots, askLots } = wanted;
    return {
      ...wanted,
      bidLots: Math.min(bidLots, inventory.room("buy", 0)),
      askLots: Math.min(askLots, inventory.room("sell", 0)),
    };
  }

  const isQuiet = () => broker.working.every(({ state, isCancelling }) => state === "open" && !isCancelling);

  function changed() {
    const waiting = waiters;
    waiters = [];
    for (const resolve of waiting) resolve();
  }

  function forget() {
    clearTimeout(timer);
    wanted.bidLots = 0;
    wanted.askLots = 0;
  }

  const check = (name: string, quote: WantedQuote) => {
    if (!(quote.price > 0 && quote.qty > 0)) {
      throw new RangeError(`${name} = ${quote.qty} at ${quote.price}, both must be > 0`);
    }
  };

  return {
    async sync(bid, ask) {
      if (bid) check("bid", bid);
      if (ask) check("ask", ask);
      wanted.quoteId++;
      wanted.bidTicks = bid ? tickGrid.floor(bid.price) : 0;
      wanted.askTicks = ask ? tickGrid.ceil(ask.price) : 0;
      wanted.bidLots = bid ? lotGrid.floor(bid.qty) : 0;
      wanted.askLots = ask ? lotGrid.floor(ask.qty) : 0;
      attached.deliver(now());
      decide();
      while (!isQuiet() && !isOver) {
        await new Promise<void>((resolve) => waiters.push(resolve));
        hear();
      }
      const { working } = broker;
      return {
        bid: working.find(({ side }) => side === "buy"),
        ask: working.find(({ side }) => side === "sell"),
      };
    },
    news() {
      hear();
      changed();
    },
    changed,
    halt(next) {
      stage = next;
      decide();
      changed();
    },
    forget,
    end() {
      isOver = true;
      forget();
      changed();
    },
  };
}
