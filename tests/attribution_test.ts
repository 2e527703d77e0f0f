import { assert, assertAlmostEquals, assertEquals, assertGreater, assertThrows } from "@std/assert";
import fc from "fast-check";
import { runBracket } from "../lib/backtest.ts";
import { attribute, createLedger, markoutCurve, reachOf } from "../lib/metrics.ts";
import { fixedLatency } from "../lib/order_latency.ts";
import { override, validate } from "../lib/schema.ts";
import type { Fill, Side } from "../lib/types.ts";
import { syntheticTape } from "./synthetic.ts";

const S = 1e6;

function fill(ts: number, side: Side, priceTicks: number, lots: number, mid: number, rest: Partial<Fill> = {}): Fill {
  const [price, qty] = [priceTicks / 100, lots / 1000];
  return {
    ...{ type: "fill", id: `${ts} ${side} ${priceTicks}`, orderId: "1", side, priceTicks, lots, price, qty, mid },
    ...{ liquidity: "maker", fee: 0, feeCurrency: "USD", exchTs: ts, localTs: ts, spread: 0.02, quoteId: 1 },
    ...rest,
  };
}

Deno.test("attribute() splits a fill at the mids decided, filled, after the horizon, and last", () => {
  const ledger = createLedger({ tickSize: 0.01, lotSize: 0.001 });
  ledger.mid(10_000, 0);
  ledger.mid(9_996, 9.9 * S); // known too late for a cancel: it takes 0.2 s
  const bought = fill(10 * S, "buy", 9_990, 1_000, 99.96, { fee: 0.02 });
  ledger.fill(bought);
  ledger.mid(9_985, 14 * S); // within five seconds
  ledger.mid(10_010, 60 * S);
  const { error, ...parts } = attribute([bought], ledger.path(), { horizonSeconds: 5, reachUs: 0.2 * S });
  assertEquals(error, 0);
  assertEquals({ ...parts }, {
    spread: 0.1,
    latency: -0.04,
    adverseSelection: -0.11,
    inventory: 0.25,
    fees: -0.02,
    net: 0.18000000000000002,
    horizonSeconds: 5,
    fills: 1,
    unripe: 0,
  });
  // A cancel that takes no time would have made it: the quote was not stale.
  assertEquals(attribute([bought], ledger.path(), { horizonSeconds: 5, reachUs: 0 }).latency, 0);
});

Deno.test("attribute() marks a fill whose horizon is not over at the last mid", () => {
  const ledger = createLedger({ tickSize: 0.01, lotSize: 0.001 });
  ledger.mid(10_000, 0);
  const sold = fill(10 * S, "sell", 10_005, 1_000, 100);
  ledger.fill(sold);
  ledger.mid(10_020, 11 * S);
  const parts = attribute([sold], ledger.path(), { horizonSeconds: 5, reachUs: 0 });
  assertEquals([parts.adverseSelection, parts.inventory, parts.unripe], [-0.2, 0, 1]);
});

Deno.test("attribute() of no fills is nothing, and refuses a negative horizon", () => {
  const path = createLedger({ tickSize: 0.01, lotSize: 0.001 }).path();
  assertEquals(attribute([], path, { horizonSeconds: 5, reachUs: 0 }).net, 0);
  assertThrows(() => attribute([], path, { horizonSeconds: -1, reachUs: 0 }), RangeError, "horizonSeconds = -1");
  assertEquals(reachOf(fixedLatency({ entryUs: 20_000, cancelUs: 10_000, responseUs: 0 }))(0), 10_000);
});

Deno.test("the parts sum to the PnL of the ledger to 1e-9, whatever happens when", () => {
  const events = fc.array(
    fc.record({
      wait: fc.integer({ min: 0, max: 20 * S }),
      move: fc.integer({ min: -40, max: 40 }), // half ticks
      fill: fc.option(fc.record({
        side: fc.constantFrom<Side>("buy", "sell"),
        away: fc.integer({ min: -30, max: 30 }),
        lots: fc.integer({ min: 1, max: 100_000 }),
        late: fc.integer({ min: 0, max: 3 * S }),
        fee: fc.double({ min: -0.01, max: 0.1, noNaN: true }),
        midOff: fc.integer({ min: -6, max: 6 }),
        base: fc.boolean(),
      })),
    }),
    { maxLength: 60 },
  );
  const steps = [[0.01, 0.001], [0.5, 1], [0.00001, 10], [0.25, 0.00001]] as const;
  fc.assert(fc.property(
    events,
    fc.constantFrom(...steps),
    fc.double({ min: 0, max: 60, noNaN: true }),
    fc.integer({ min: 0, max: 5 * S }),
    fc.integer({ min: -50_000, max: 50_000 }),
    (list, [tickSize, lotSize], horizonSeconds, reachUs, held) => {
      const opening = { lots: held % 3 === 0 ? held : 0, priceTicks: 9_900 };
      const ledger = createLedger({ tickSize, lotSize, base: "ABC", opening });
      const fills: Fill[] = [];
      let now = 0, half = 20_000;
      for (const { wait, move, fill: made } of list) {
        now += wait;
        half = Math.max(2_000, half + move);
        // A gap: now and then nobody tells us the mid.
        if (move % 7 !== 0) ledger.mid(half / 2, now);
        if (!made) continue;
        const priceTicks = Math.round(half / 2) + made.away;
        const mid = (half + made.midOff) / 2 * tickSize;
        fills.push(fill(now, made.side, priceTicks, made.lots, mid, {
          price: priceTicks * tickSize,
          qty: made.lots * lotSize,
          exchTs: now - made.late,
          fee: made.fee,
          feeCurrency: made.base ? "ABC" : "USD",
        }));
        ledger.fill(fills.at(-1)!);
      }
      ledger.mark(now);
      const path = ledger.path();
      const parts = attribute(fills, path, { horizonSeconds, reachUs, opening });
      const { spread, latency, adverseSelection, inventory, fees, net, error } = parts;
      assertEquals(error, 0);
      const size = Math.max(1, Math.abs(spread) + Math.abs(latency) + Math.abs(adverseSelection) + Math.abs(inventory));
      assertAlmostEquals(spread + latency + adverseSelection + inventory + fees, net, 1e-9 * size);
      if (!path.final) return;
      assertAlmostEquals(net, path.final.equity, 1e-9 * size);
      // The ledger's own two parts are sums of these.
      assertAlmostEquals(spread + latency, path.final.spreadCaptured, 1e-9 * size);
      assertAlmostEquals(adverseSelection + inventory, path.final.inventoryPnl, 1e-9 * size);
    },
  ));
});

Deno.test("on a market with gaps the parts sum to the PnL for every fill model, and latency costs only where there is some", () => {
  const config = override(validate({}), {
    model: { vpin_bucket_mode: "volume", vpin_bucket_volume: 5, markout_horizon: 1, k_min_markouts: 10 },
    quotes: { size: 0.5, min_half_spread: 0.005, requote_ticks: 0, requote_interval: 0 },
    risk: { q_max: 3, hedge_at: 2, max_drawdown: 1e6 },
  });
  const tape = syntheticTape({ seed: 4, messages: 2500, gaps: [1200, 1800] });
  const models = ["touch", "through", "risk_averse", "power", "log"] as const;
  for (const entry_latency of [0, 0.3]) {
    const settings = override(config, {
      fills: { entry_latency, cancel_latency: entry_latency, response_latency: 0, feed_latency: 0 },
    });
    for (const { model, metrics, fills, attribution } of runBracket(tape, settings, models)) {
      // Nothing trades through quotes that move in no time.
      if (entry_latency > 0 || model !== "through") assertGreater(fills.length, 0);
      const { spread, latency, adverseSelection, inventory, fees, net, error } = attribution;
      assertEquals(error, 0);
      assertAlmostEquals(spread + latency + adverseSelection + inventory + fees, metrics.pnl.net, 1e-9);
      assertAlmostEquals(net, metrics.pnl.net, 1e-9);
      if (entry_latency > 0) assert(latency < 0, `latency ${latency}`);
      else assertAlmostEquals(latency, 0, 1e-9);
    }
  }
});

Deno.test("markoutCurve() has the mean move in our favour by horizon, with its error, of the fills that are old enough", () => {
  const ledger = createLedger({ tickSize: 0.01, lotSize: 0.001 });
  ledger.mid(10_000, 0);
  const fills = [fill(10 * S, "buy", 9_990, 1_000, 100), fill(20 * S, "sell", 10_010, 3_000, 100)];
  ledger.mid(9_990, 12 * S);
  ledger.mid(10_030, 29 * S);
  ledger.mark(31 * S);
  const [one, ten, long] = markoutCurve(fills, ledger.path(), [1, 10, 60]);
  // After a second nothing but the sale's mid, told late; after ten the purchase lost 0.1 and the sale 0.3.
  assertAlmostEquals(one!.perUnit!, 3 * 0.1 / 4, 1e-12);
  assertAlmostEquals(ten!.perUnit!, -(0.1 + 3 * 0.3) / 4, 1e-12);
  assertEquals([ten!.fills, long!.fills, long!.perUnit], [2, 0, undefined]);
  // Residuals 1·(−0.1 + 0.25) and 3·(−0.3 + 0.25), two blocks.
  assertAlmostEquals(ten!.standardError!, Math.sqrt(2 * (0.15 ** 2 + 0.15 ** 2)) / 4, 1e-12);
});
