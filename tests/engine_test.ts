import { assert, assertAlmostEquals, assertEquals, assertGreater, assertThrows } from "@std/assert";
import fc from "fast-check";
import { runBacktest, runBracket } from "../lib/backtest.ts";
import { createDesk, type Desk, type RiskEvent } from "../lib/engine.ts";
import { type Config, override, validate } from "../lib/schema.ts";
import { GAP, LAST, LEVEL, playRow, sliceTape, type Tape } from "../lib/tape.ts";
import type { Quote } from "../lib/types.ts";
import { QUICK, STEP, syntheticTape } from "./synthetic.ts";

const config: Config = override(validate({}), {
  ...QUICK,
  fees: { maker: 0 },
});
const MODELS = ["touch", "through", "risk_averse", "power", "log"] as const;
const world = syntheticTape({ seed: 1, messages: 3000 });

/** Drives a desk and looks at it after every row. */
function drive(tape: Tape, settings: Config, look: (desk: Desk, row: number) => void, made?: Desk) {
  const risk: RiskEvent[] = [];
  const quotes: Quote[] = [];
  const desk = made ?? createDesk(
    { symbol: tape.symbol, base: tape.base, quote: tape.quote, rules: { tickSize: 0.01, lotSize: 0.001 } },
    settings,
    { risk: (e) => risk.push(e), quote: (q) => quotes.push(q) },
  );
  for (let i = 0; i < tape.length; i++) {
    playRow(tape, i, desk.row);
    look(desk, i);
  }
  return { desk, risk, quotes };
}

Deno.test("there is no order until sigma, tau and k are known", () => {
  let firstOrder = 0;
  drive(world, config, (desk) => {
    const { bid, ask } = desk.working;
    if ((bid || ask) && firstOrder++ === 0) assert(desk.maker.warmUp.ready);
    if (!desk.maker.warmUp.ready) assertEquals([bid, ask], [undefined, undefined]);
  });
  assertGreater(firstOrder, 0);
});

Deno.test("the inventory cap holds with resting orders counted, whatever fills", () => {
  for (const model of MODELS) {
    const tight = override(config, { fills: { model }, risk: { q_max: 1, hedge_at: 1 } });
    drive(world, tight, (desk) => {
      const { bid, ask } = desk.working;
      const lots = desk.inventory.lots;
      assert(lots + (bid?.leavesLots ?? 0) <= 1000, `${model}: ${lots} and ${bid?.leavesLots} bid`);
      assert(lots - (ask?.leavesLots ?? 0) >= -1000, `${model}: ${lots} and ${ask?.leavesLots} asked`);
    });
  }
});

Deno.test("a gap takes the quotes out at once, and they return when the market is clean again", () => {
  const lost = syntheticTape({ seed: 2, messages: 2000, gaps: [1000] });
  const at = lost.kind.indexOf(GAP);
  const gapTs = lost.localTs[at]!;
  const { risk, quotes } = drive(lost, config, (desk, row) => {
    if (row === at) assertEquals(desk.maker.decide(desk.now!).bidLots, 0);
  });
  const told = risk.filter((e) => e.localTs >= gapTs).map((e) => e.event);
  assertEquals(told.slice(0, 3), ["gap", "cancelled", "resumed"]);
  const cancelled = risk.find((e) => e.localTs >= gapTs && e.event === "cancelled")!;
  const resumed = risk.find((e) => e.localTs > gapTs && e.event === "resumed")!;
  assert(cancelled.localTs - gapTs <= config.fills.feed_latency * 1e6);
  assert(resumed.localTs - gapTs >= config.risk.resume_after * 1e6);
  assertEquals(quotes.find((q) => q.localTs >= gapTs)?.bound, "no_market");
});

Deno.test("a crossed book takes the quotes out", () => {
  let crossed = 0;
  const settings = { ...config };
  drive(world, settings, (desk, row) => {
    if (row !== world.length - 1) return;
    const ts = world.localTs[row]! + STEP;
    assert(desk.working.bid || desk.working.ask);
    desk.row(LEVEL, 1, LAST, ts, ts, desk.book.bestAsk + 1, 1);
    const wanted = desk.maker.decide(desk.now!);
    assertEquals([wanted.bidLots, wanted.askLots, wanted.bound], [0, 0, "no_market"]);
    crossed++;
  });
  assertEquals(crossed, 1);
});

Deno.test("quotes never take: at each decision the bid is below the best ask and the ask above the best bid", () => {
  drive(world, config, (desk) => {
    const { bid, ask } = desk.working;
    if (!desk.book.sound) return;
    // Orders on their way are judged when they arrive; a decision itself never crosses.
    const wanted = desk.maker.decide(desk.now!);
    if (bid && wanted.bidLots > 0) assert(wanted.bidTicks < desk.book.bestAsk);
    if (ask && wanted.askLots > 0) assert(wanted.askTicks > desk.book.bestBid);
  });
});

Deno.test("the PnL identity holds to 1e-9 for every fill model", () => {
  const slow = override(config, { fills: { entry_latency: 0.05, cancel_latency: 0.05 } });
  for (const report of runBracket(world, slow, MODELS)) {
    assertGreater(report.fills.length, 0, report.model);
    assertAlmostEquals(report.metrics.pnl.identityError, 0, 1e-9);
  }
});

Deno.test("a run is a function of its tape: twice the same fills", () => {
  assertEquals(runBacktest(world, config).fillsHash, runBacktest(world, config).fillsHash);
});

Deno.test("cutting off the future never changes the past", () => {
  const whole = runBacktest(world, config).fills;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: world.length }), (length) => {
      const part = sliceTape(world, 0, length);
      const fills = runBacktest(part, config).fills;
      assertEquals(fills, whole.slice(0, fills.length));
      // Nothing that could have been known is missing either.
      const known = whole.filter((f) => f.localTs < part.localTs[length - 1]!).length;
      assertGreater(fills.length, known - 1);
    }),
    { numRuns: 8 },
  );
});

Deno.test("null test: on a driftless mid with uninformed flow, through fills lose half a tick and touch fills earn it", () => {
  // Orders slow enough to be left behind by the mid: otherwise nothing would ever trade through them.
  const slow = override(config, { fills: { entry_latency: 0.05, cancel_latency: 0.05 } });
  const drift: number[] = [];
  for (let seed = 10; seed < 20; seed++) {
    const tape = syntheticTape({ seed, messages: 2000, move: 0.5 });
    const [through, touch] = runBracket(tape, slow, ["through", "touch"]);
    assertGreater(through!.fills.length, 50);
    for (const { side, mid, price, exchTs } of through!.fills) {
      const captured = side === "buy" ? mid - price : price - mid;
      assert(captured <= -0.005 + 1e-9, `captured ${captured} at ${exchTs}`);
    }
    const first = touch!.fills.filter((f) => Math.abs(Math.abs(f.mid - f.price) - 0.005) < 1e-9);
    assertGreater(first.length, touch!.fills.length / 2);
    assert(through!.metrics.pnl.spreadCaptured < 0 && touch!.metrics.pnl.spreadCaptured > 0);
    drift.push(through!.metrics.pnl.inventory, touch!.metrics.pnl.inventory);
  }
  // What the position earns by itself is luck: its mean is within four standard errors of nothing.
  const mean = drift.reduce((a, b) => a + b) / drift.length;
  const sd = Math.sqrt(drift.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (drift.length - 1));
  assert(Math.abs(mean) < 4 * sd / Math.sqrt(drift.length), `mean ${mean}, sd ${sd}`);
});

Deno.test("dust: a fill below min_qty is booked and moves no quote", () => {
  const rules = { tickSize: 0.01, lotSize: 0.001, minQty: 0.4 };
  const desk = createDesk({ symbol: "ABC/USD", base: "ABC", quote: "USD", rules }, config);
  let dust = 0;
  let quoted = 0;
  for (let i = 0; i < world.length; i++) {
    const before = desk.inventory.lots;
    playRow(world, i, desk.row);
    const filled = Math.abs(desk.inventory.lots - before);
    if (filled > 0 && filled < 400) dust++;
    const { psi, kappa } = desk.maker.explain();
    if (psi === undefined || !kappa) continue;
    // The skew follows the position in steps of at least the smallest order.
    const step = Math.abs(psi / kappa - quoted);
    assert(step < 1e-9 || step >= 0.4 - 1e-9, `row ${i}: moved by ${step}`);
    quoted = psi / kappa;
  }
  assertGreater(dust, 0);
});

Deno.test("a size that the venue would never take is refused: by quantity at once, by value with the first price", () => {
  const market = (rules: { minQty?: number; minNotional?: number }) => ({
    ...{ symbol: "ABC/USD", base: "ABC", quote: "USD" },
    rules: { tickSize: 0.01, lotSize: 0.001, ...rules },
  });
  assertThrows(
    () => createDesk(market({ minQty: 1 }), config),
    RangeError,
    "quotes.size = 0.5, must be >= 1, the market's smallest order (base)",
  );
  const desk = createDesk(market({ minNotional: 51 }), config);
  assertThrows(
    () => drive(world, config, () => {}, desk),
    RangeError,
    "quotes.size = 0.5 is worth 50.0, must be >= 51 (min_notional, quote)",
  );
});

Deno.test("every order is told once, with its place on arrival, and its fills add up to what it filled", () => {
  for (const model of MODELS) {
    const run = runBacktest(world, override(config, { fills: { model } }), { keepOrders: true });
    assertEquals(run.orders.length, run.counts.sent, model);
    assertEquals(new Set(run.orders.map(({ id }) => id)).size, run.orders.length);
    const filled = new Map<string, number>();
    for (const { orderId, lots } of run.fills) filled.set(orderId, (filled.get(orderId) ?? 0) + lots);
    for (const order of run.orders) {
      const { id, end, lots, sentTs, acceptedTs, queueAhead, touchDistance, cancelSentTs, localTs } = order;
      assertEquals(Math.round(order.filledQty / 0.001), filled.get(id) ?? 0, `${model}: order ${id}`);
      if (end === "filled") assertEquals(filled.get(id), lots);
      if (end === "cancelled") assert(cancelSentTs !== undefined && cancelSentTs <= localTs);
      if (acceptedTs === undefined) assert(end === "rejected" || end === "working", `${model}: order ${id} ${end}`);
      else {
        assert(sentTs <= acceptedTs && acceptedTs <= localTs);
        assert(touchDistance !== undefined);
        // Before the touch nobody stands ahead.
        if (touchDistance < 0) assertEquals(queueAhead, 0);
        if (touchDistance === 0) assertGreater(queueAhead!, 0);
      }
    }
  }
  assertEquals(runBacktest(world, config).orders, []);
});
