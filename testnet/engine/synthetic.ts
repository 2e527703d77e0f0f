/**
 * A seeded market in which everything is known: a Glosten–Milgrom world whose every order is real in the matching engine.
 *
 * In each round the value is k above or below the public mid, equally likely. A trader comes: with probability `informed` it
 * knows the value and takes whatever is better, otherwise it buys or sells at random. Then the value becomes public and the
 * dealers quote around it: at informed · k, where they earn nothing on average (Glosten and Milgrom 1985), and further out. So
 * the mid moves with a trade by informed · k on average, and by k without regard to its sign.
 *
 * @module
 */
import { createRandom } from "makerbook/random.ts";
import { createAccount } from "./account.ts";
import { type ArrivalOptions, createArrivals, meanRate } from "./arrivals.ts";
import type { Engine } from "./commands.ts";
import { standardCommissions } from "./commission.ts";
import type { EngineEvent } from "./events.ts";
import { createFilters } from "./filters.ts";
import { floorTo, formatUnits, ONE, type Units, units } from "./money.ts";
import type { Side } from "./order.ts";
import { Rejection } from "./rejection.ts";

/** What the world is like. Prices in quote per base, quantities in base, rates per second. */
export interface WorldOptions {
  readonly seed: number;
  /** The first mid. */
  readonly price: number;
  /** Distance of the value from the mid. */
  readonly k: number;
  /** Share of informed traders, 0 to 1. */
  readonly informed: number;
  /** Mean quantity of a trader's order. */
  readonly size: number;
  readonly base: number;
  readonly jump: number;
  readonly decay: number;
  /** Dealers, and levels each quotes a side. */
  readonly dealers: number;
  readonly levels: number;
}

export const DEFAULT_WORLD: WorldOptions = {
  seed: 1,
  price: 60_000,
  k: 5,
  informed: 0.3,
  size: 0.01,
  base: 1,
  jump: 0.8,
  decay: 1.6,
  dealers: 3,
  levels: 8,
};

/** The default world's arrivals, all of them quicker or slower by the same factor: clusters have as many traders as before. */
export function atRate(rate: number): ArrivalOptions {
  const { base, jump, decay } = DEFAULT_WORLD;
  const factor = rate / meanRate(DEFAULT_WORLD);
  return { base: base * factor, jump: jump * factor, decay: decay * factor };
}

/** Accounts from here on belong to the world. */
export const WORLD_ACCOUNTS = 1_000_000;

/** One round of the world. */
export interface Round {
  readonly ts: number;
  readonly informed: boolean;
  readonly side: Side;
  /** Before and after, units of 1e-8. */
  readonly mid: Units;
  readonly value: Units;
  /** What the commands did, one list each. */
  readonly events: readonly (readonly EngineEvent[])[];
}

/** The simulated traders and dealers. */
export interface World {
  /** When the next trader comes, microseconds. */
  readonly nextTs: number;
  /** The dealers quote for the first time. */
  begin(ts: number): readonly (readonly EngineEvent[])[];
  /** Lets the next trader trade, and the dealers quote anew. */
  step(): Round;
}

/** @throws {RangeError} for options out of range. */
export function createWorld(engine: Engine, startTs: number, options: WorldOptions): World {
  const { k, informed, size, dealers, levels } = options;
  if (!(informed >= 0 && informed < 1)) throw new RangeError(`informed = ${informed}, must be from 0 to below 1`);
  if (!(k > 0 && size > 0 && options.price > 100 * k)) {
    throw new RangeError(`k = ${k}, must be above 0 and below price/100`);
  }
  const { base, quote } = { base: engine.rules.baseAsset, quote: engine.rules.quoteAsset };
  const filters = createFilters(engine.rules.filters);
  const tick = filters.price.step;
  const lot = filters.lot.step;
  const random = createRandom(options.seed);
  const arrivals = createArrivals(createRandom(options.seed + 1), options);
  const toUnits = (value: number, step: Units) => floorTo(units(value.toFixed(8)), step);
  const jump = toUnits(k, tick);
  const half = toUnits(k * informed, tick) || tick;
  let mid = toUnits(options.price, tick);
  let arrival = arrivals.next();
  const accounts = Array.from({ length: dealers + 1 }, (_, i) => WORLD_ACCOUNTS + i);
  for (const id of accounts) {
    const plenty = { [base]: 10n ** 9n * ONE, [quote]: 10n ** 14n * ONE };
    engine.open(createAccount({ id, commissions: standardCommissions(0n, 0n), balances: plenty }));
  }
  const [trader, ...quoting] = accounts as [number, ...number[]];

  /** Exponential, in whole lots, and large enough for the filters at any price near the first. */
  const quantity = (): Units => {
    const qty = toUnits(-Math.log(1 - random.uniform()) * size, lot);
    const least = filters.lot.min + lot;
    const worth = toUnits(10 / options.price * 1.1, lot) + lot;
    return [qty, least, worth].reduce((a, b) => a > b ? a : b);
  };

  /** Dealers cancel and quote anew. What stands better than their quotes and is not theirs, they take. */
  const requote = (ts: number): (readonly EngineEvent[])[] => {
    const lists: (readonly EngineEvent[])[] = [];
    for (const id of quoting) for (const { events } of cancelAll(id, ts)) lists.push(events);
    for (let level = 0; level < levels; level++) {
      for (const id of quoting) {
        for (const side of ["BUY", "SELL"] as const) {
          const distance = half + BigInt(level) * half;
          const price = side === "BUY" ? mid - distance : mid + distance;
          lists.push(place(id, { side, price, qty: quantity(), type: "LIMIT", timeInForce: "GTC" }, ts));
        }
      }
    }
    return lists;
  };

  const cancelAll = (id: number, ts: number) => engine.archive.openCount(id) === 0 ? [] : engine.cancelAll(id, ts);

  const place = (id: number, order: Parameters<Engine["place"]>[1], ts: number): readonly EngineEvent[] => {
    try {
      return engine.place(id, order, ts).events;
    } catch (error) {
      // Far from where it began, an order may fail a filter: then there is one order less.
      if (error instanceof Rejection) return [];
      throw error;
    }
  };

  return {
    get nextTs() {
      return startTs + Math.floor(arrival * 1e6);
    },
    begin: requote,
    step() {
      const ts = startTs + Math.floor(arrival * 1e6);
      arrival = arrivals.next();
      const before = mid;
      const value = random.sign() > 0 ? mid + jump : mid - jump;
      const knows = random.uniform() < informed;
      const side: Side = (knows ? value > mid : random.sign() > 0) ? "BUY" : "SELL";
      // Who knows takes nothing that is worse than the value; who does not takes what there is.
      const limit = knows ? value : side === "BUY" ? mid + 20n * jump : mid - 20n * jump;
      const order = { side, type: "LIMIT", timeInForce: "IOC", price: limit, qty: quantity() } as const;
      const events = [place(trader, order, ts)];
      mid = value;
      events.push(...requote(ts));
      return { ts, informed: knows, side, mid: before, value, events };
    },
  };
}

/** A line that says what the world is like. */
export function worldName({ seed, k, informed }: WorldOptions, mid: Units): string {
  return `synthetic seed=${seed} price=${formatUnits(mid)} k=${k} informed=${informed}`;
}
