/**
 * The checks that the notebook runs and `deno test` shares: published figures and the contracts that money depends on. Each takes
 * milliseconds and needs neither network nor disk.
 *
 * @module
 */

import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { exactMoments, PAPER, ruleStrategy, simulate } from "./avellaneda_stoikov.ts";
import { glostenMilgrom, grossmanMiller } from "./dealer_models.ts";
import { annualise, createVpin, parkinson } from "./features.ts";
import { createQueue } from "./fills.ts";
import { createInventory } from "./inventory.ts";
import { createLedger, cvar, sharpe } from "./metrics.ts";
import { normalQuantile } from "./normal.ts";
import { createK, kappa } from "./params.ts";
import { makeQuotes } from "./quotes.ts";
import { createRandom, type Random } from "./random.ts";
import { createTable, type Table } from "./table.ts";
import type { Fill, Side } from "./types.ts";

/** One check. */
export interface Check {
  /** A sentence of the contract. */
  readonly name: string;
  readonly run: () => void;
}

/** What came of one. */
export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly error?: string;
}

/** All results, also as a table. */
export interface Report extends Table {
  readonly results: readonly CheckResult[];
}

const RULES = { tickSize: 0.01, lotSize: 0.001 };

/** Every check, in the order of the model: units, prices, estimators, orders, money. */
export const CHECKS: readonly Check[] = [
  {
    name: "50 % a year at 60,000 is 5.342 USDT/√s and makes a skew of 0.856164 for 0.05 BTC",
    run() {
      const sigma = 0.5 / annualise(1);
      const slope = kappa({ gamma: 0.1, sigma: 60_000 * sigma, delta: 60, n: 10 });
      assertAlmostEquals(slope, 17.12329, 5e-6);
      const [bid, ask] = makeQuotes(60_000, 2, 0.5, slope, 0.05);
      assertAlmostEquals((bid + ask) / 2, 60_000 - 0.856164, 5e-7);
    },
  },
  {
    name: "Glosten–Milgrom 1985: half-spread k·τ gives 103 and 97",
    run() {
      const { bid, ask } = glostenMilgrom({ prior: 0.5, informed: 0.3, low: 90, high: 110 });
      assertAlmostEquals(ask, 103, 1e-12);
      assertAlmostEquals(bid, 97, 1e-12);
      assertAlmostEquals(makeQuotes(100, 10, 0.3, 0, 0)[1], ask, 1e-12);
    },
  },
  {
    name: "Grossman–Miller 1988: ten dealers carry fifty units for 0.1818",
    run: () =>
      assertAlmostEquals(grossmanMiller({ mu: 100, gamma: 0.01, variance: 4, i: 50, n: 10 }).price, 99.8181818, 5e-8),
  },
  {
    name: "Avellaneda–Stoikov 2008: makeQuotes earns the exact mean of the published experiment",
    run() {
      const gamma = 0.1;
      const quoting = ruleStrategy(PAPER, gamma);
      const exact = exactMoments(PAPER, quoting);
      assertAlmostEquals(exact.mean, 64.89, 0.005);
      assertAlmostEquals(simulate(PAPER, quoting, 300, 1).mean, exact.mean, 4 * exact.sd / Math.sqrt(300));
    },
  },
  {
    name: "Bids are rounded down and asks up, and neither takes",
    run() {
      const [bid, ask] = makeQuotes(100.003, 0.011, 1, 0, 0, RULES);
      assertEquals([bid, ask], [99.99, 100.02]);
      const clamped = makeQuotes(100, 0.01, 1, 10, -0.1, { ...RULES, bestBid: 99.99, bestAsk: 100.01 });
      assert(clamped[0] < 100.01 && clamped[1] > 99.99 && clamped[0] < clamped[1]);
    },
  },
  {
    name: "Parkinson: a bar of 102/100 is 0.011892690",
    run: () => assertAlmostEquals(parkinson([{ high: 102, low: 100 }], 1)!, 0.01189269, 5e-10),
  },
  {
    name: "VPIN: only buying is 1, alternation is 0, and splitting a print changes nothing",
    run() {
      const options = { bucketVolume: 10, buckets: 5, minBuckets: 5 };
      const [all, none, whole, split] = [
        createVpin(options),
        createVpin(options),
        createVpin(options),
        createVpin(options),
      ];
      for (let i = 0; i < 100; i++) {
        const side: Side = i % 2 === 0 ? "buy" : "sell";
        all.update(1, "buy");
        none.update(1, side);
        whole.update(7, i % 3 === 0 ? "buy" : "sell");
        for (let part = 0; part < 7; part++) split.update(1, i % 3 === 0 ? "buy" : "sell");
      }
      assertAlmostEquals(all.tau!, 1, 1e-12);
      assertAlmostEquals(none.tau!, 0, 1e-12);
      assertAlmostEquals(whole.tau!, split.tau!, 1e-12);
    },
  },
  {
    name: "k: the recursion equals least squares of all markouts at once",
    run() {
      const random = createRandom(3);
      const k = createK({ lambda: 1, k0: 2, p0: 10 });
      let [above, below] = [2 / 10, 1 / 10];
      for (let i = 0; i < 200; i++) {
        const [tau, markout] = [random.uniform(), 3 * random.uniform() - 1];
        k.update(markout, tau);
        above += tau * markout;
        below += tau * tau;
      }
      assertAlmostEquals(k.raw, above / below, 1e-10);
    },
  },
  {
    name: "Risk-averse queue: cancellations behind us do not move us, trades in front do",
    run() {
      const queue = createQueue("riskAverse", 10);
      queue.depth(10, 14);
      queue.depth(14, 11);
      assertEquals(queue.ahead, 10);
      queue.trade(4);
      assertEquals(queue.ahead, 6);
      queue.depth(11, 5);
      assertEquals(queue.ahead, 5);
    },
  },
  {
    name: "Inventory: the cap counts resting orders, and a fill told twice is booked once",
    run() {
      const inventory = createInventory({ ...RULES, qMax: 0.02, hedgeAt: 0.01 });
      const fill = fillOf(1, "buy", 10_000, 12);
      assert(inventory.update(fill));
      assert(!inventory.update(fill));
      assertEquals([inventory.lots, inventory.room("buy", 5), inventory.room("sell", 0)], [12, 3, 32]);
      assert(inventory.shouldHedge);
    },
  },
  {
    name: "PnL identity: equity = captured + inventory − fees to 1e-9 after 5,000 random fills",
    run() {
      const random = createRandom(7);
      const ledger = createLedger(RULES);
      let mid = 10_000;
      for (let i = 0; i < 5000; i++) {
        mid += random.sign();
        ledger.mid(mid, i);
        ledger.fill(randomFill(i, mid, random));
      }
      assertAlmostEquals(ledger.path().identityError, 0, 1e-9);
    },
  },
  {
    name: "CVaR of a normal loss at 95 % is 2.0627",
    run() {
      const losses = Array.from({ length: 20_000 }, (_, i) => normalQuantile((i + 0.5) / 20_000));
      assertAlmostEquals(cvar(losses, 0.95)!, 2.062713, 1e-3);
    },
  },
  {
    name: "What is not known is undefined, and bad input is refused with its bound",
    run() {
      assertEquals(sharpe([]), undefined);
      assertEquals(sharpe([1]), undefined);
      assertEquals(sharpe([2, 2, 2]), undefined);
      assertEquals(createVpin({ bucketVolume: 1, buckets: 2 }).tau, undefined);
      assertThrows(() => makeQuotes(NaN, 1, 1, 1, 0), RangeError, "mid = NaN");
    },
  },
];

/**
 * Runs every check.
 *
 * @throws {Error} naming each check that failed, so that a headless notebook fails with it
 */
export function runUnitTests(checks: readonly Check[] = CHECKS): Report {
  const results = checks.map(({ name, run }): CheckResult => {
    const start = performance.now();
    try {
      run();
      return { name, ok: true, ms: performance.now() - start };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { name, ok: false, ms: performance.now() - start, error: message };
    }
  });
  const failed = results.filter(({ ok }) => !ok);
  if (failed.length > 0) {
    const lines = failed.map(({ name, error }) => `${name}: ${error}`);
    throw new Error(`${failed.length} of ${results.length} checks failed\n${lines.join("\n")}`);
  }
  const table = createTable(
    `${results.length} checks passed`,
    ["check", "result", "ms"],
    results.map(({ name, ok, ms }) => [name, ok ? "ok" : "FAILED", ms.toFixed(1)]),
  );
  return { ...table, results };
}

function randomFill(i: number, mid: number, random: Random): Fill {
  return fillOf(i, random.sign() > 0 ? "buy" : "sell", mid + random.integer(9) - 4, 1 + random.integer(20), mid);
}

function fillOf(i: number, side: Side, priceTicks: number, lots: number, mid = priceTicks): Fill {
  const [price, qty] = [priceTicks * RULES.tickSize, lots * RULES.lotSize];
  return {
    type: "fill",
    id: String(i),
    orderId: String(i),
    side,
    priceTicks,
    lots,
    price,
    qty,
    liquidity: "maker",
    fee: price * qty * 0.001,
    feeCurrency: "USD",
    exchTs: i,
    localTs: i,
    mid: mid * RULES.tickSize,
    spread: RULES.tickSize,
    quoteId: i,
  };
}
