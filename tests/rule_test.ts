import { assert, assertAlmostEquals, assertEquals, assertGreater, assertThrows } from "@std/assert";
import fc from "fast-check";
import { gridRule } from "../bench/grid_rule.ts";
import { backtestRule, streamRule } from "../lib/rule_backtest.ts";
import type { OpenRule } from "../lib/rule.ts";
import { validate } from "../lib/schema.ts";
import { override } from "../lib/settings.ts";
import { BUY, createTape, LAST, sliceTape, type Tape } from "../lib/tape.ts";
import { delayed } from "./delayed.ts";
import { syntheticTape } from "./synthetic.ts";

const config = override(validate({}), {
  fills: { model: "power", entry_latency: 0.03, cancel_latency: 0.02, response_latency: 0.015, feed_latency: 0.02 },
});
const rule = gridRule({ stepUs: 50_000, half: 0.5, skew: 0.0001, lots: 500, cap: 50_000, levels: 3, spacing: 1 });

function* cut(tape: Tape, sizes: readonly number[]): Generator<Tape> {
  for (let from = 0, n = 0; from < tape.length; n++) {
    const to = Math.min(tape.length, from + sizes[n % sizes.length]!);
    yield sliceTape(tape, from, to);
    from = to;
  }
}

const steady = syntheticTape({ seed: 5, messages: 1500, gaps: [600] });
// Messages overtake each other: what is late by up to 80 ms comes after what happened later.
const jumbled = delayed(steady, (ts) => 1000 + (ts * 7919) % 80_000);

for (const [name, tape] of [["in order", steady], ["out of order", jumbled]] as const) {
  Deno.test(`property: rows ${name} give the same fills wherever they are cut`, async () => {
    const whole = backtestRule(tape, rule, config);
    assertGreater(whole.fills.length, 20);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 5 }), async (sizes) => {
        if (sizes.every((size) => size < 500)) sizes.push(9000);
        const parts = await streamRule(cut(tape, sizes), rule, config);
        assertEquals(parts.fills, whole.fills);
        assertEquals(parts.metrics.pnl, whole.metrics.pnl);
      }),
      { numRuns: 5 },
    );
  });

  Deno.test(`cutting off the future of rows ${name} changes no fill that was known before`, () => {
    const whole = backtestRule(tape, rule, config);
    for (const share of [0.3, 0.62, 0.9]) {
      const part = sliceTape(tape, 0, Math.round(tape.length * share));
      const { fills } = backtestRule(part, rule, config);
      const lastTs = part.localTs[part.length - 1]! - 100_000;
      const known = (list: typeof fills) => list.filter((fill) => fill.localTs < lastTs);
      assertGreater(known(whole.fills).length, 5);
      assertEquals(known(fills), known(whole.fills));
    }
  });
}

Deno.test("one book for both sides gives what two books give", () => {
  // A print at the very end, far too late, is the first row out of order: until then nothing differs.
  const last = steady.length - 1;
  const builder = createTape(steady);
  for (let i = 0; i <= last; i++) {
    const { kind, side, flags, exchTs, localTs, priceTicks, qty } = steady;
    builder.row(kind[i]!, side[i]!, flags[i]!, exchTs[i]!, localTs[i]!, priceTicks[i]!, qty[i]!);
    // An empty message that happened a little before the one above it.
    if (i === 40 && flags[i] === LAST) builder.row(0, 0, LAST, exchTs[i]! - 1, localTs[i]!, 0, 0);
    else if (i > 40 && i < 60 && flags[i] === LAST) builder.row(0, 0, LAST, exchTs[i]! - 1, localTs[i]!, 0, 0);
  }
  const apart = backtestRule(builder.build(), rule, config);
  const shared = backtestRule(steady, rule, config);
  assertEquals(apart.fills, shared.fills);
  assertEquals(apart.metrics.pnl, shared.metrics.pnl);
});

Deno.test("a rule sees the market when it has arrived, the venue when it happens, and each order in its own time", () => {
  const SECOND = 1e6;
  const builder = createTape({ symbol: "X/Y", base: "X", quote: "Y", tickSize: 1, lotSize: 1, source: "made" });
  const message = (ts: number, levels: [number, number, number][], clear = false) => {
    if (clear) builder.row(2, 0, 0, ts, ts + 0.2 * SECOND, 0, 0);
    levels.forEach(([side, ticks, qty], i) =>
      builder.row(0, side, i === levels.length - 1 ? LAST : 0, ts, ts + 0.2 * SECOND, ticks, qty)
    );
  };
  message(10 * SECOND, [[1, 99, 5], [-1, 101, 5]], true);
  message(12 * SECOND, [[1, 99, 6]]);
  // Our bid is the only one at 100; a seller meets it at 12.95 s.
  builder.row(1, -1, LAST, 12.95 * SECOND, 13.15 * SECOND, 100, 2);
  message(14 * SECOND, [[-1, 100, 5]]);
  message(16 * SECOND, [[1, 99, 7]]);
  const seen: string[] = [];
  const probe: OpenRule = ({ book, orders, place, cancel }) => ({
    everyUs: 0.1 * SECOND,
    decide(now) {
      const t = Math.round(now / SECOND * 10) / 10;
      seen.push(`${t} ${book.bestBid} ${book.bestAsk} ${orders.map((o) => `${o.state} ${o.leavesLots}`).join()}`);
      if (t === 12.5) place(BUY, 100, 3);
      if (t === 13.4) orders.forEach(cancel);
    },
  });
  const times = { entry_latency: 0.4, cancel_latency: 0.7, response_latency: 0.3 };
  const slow = override(config, { fills: { model: "risk_averse", ...times }, fees: { maker: -0.0001 } });
  const { fills, counts, metrics } = backtestRule(builder.build(), probe, slow);
  const at = (t: number) => seen.find((line) => line.startsWith(`${t} `))!.slice(String(t).length + 1);
  // The snapshot of 10 s is seen at 10.2 s, and not before.
  assertEquals(seen.filter((line) => line.includes(" -Infinity ")).length, 0);
  assertEquals(at(12.6), "99 101 sent 3");
  // It arrives at 12.9 s, which is known at 13.2 s; its fill of 12.95 s at 13.25 s, though the print itself reaches us at 13.15 s.
  assertEquals(at(13.1), "99 101 sent 3");
  assertEquals(at(13.2), "99 101 working 3");
  assertEquals(at(13.3), "99 101 working 1");
  // The cancel, sent at 13.4 s, comes at 14.1 s: too late for the seller of 14 s, who takes the rest.
  assertEquals(at(14.2), "99 100 cancelling 1");
  assertEquals(at(14.3), "99 100 ");
  assertEquals(fills.map(({ lots, exchTs, localTs }) => [lots, exchTs / SECOND, localTs / SECOND]), [
    [2, 12.95, 13.25],
    [1, 14, 14.3],
  ]);
  assertEquals([counts.sent, counts.accepted, counts.cancelled, counts.filled], [1, 1, 0, 1]);
  // A negative fee is a rebate.
  assertAlmostEquals(metrics.pnl.fees, -0.0001 * 300, 1e-12);
});

Deno.test("where there never was a touch a fill's mid is its own price, not zero", () => {
  const builder = createTape({ symbol: "X/Y", base: "X", quote: "Y", tickSize: 0.01, lotSize: 1, source: "trades" });
  for (let i = 0; i < 20; i++) builder.row(1, i % 2 === 0 ? -1 : 1, LAST, i * 1e6, i * 1e6 + 1000, 100 - (i >> 3), 5);
  const bids: OpenRule = ({ orders, inventory, place }) => ({
    everyUs: 1e5,
    decide() {
      if (orders.length === 0 && inventory.lots === 0) place(BUY, 100, 3);
    },
  });
  const free = override(config, { fills: { model: "touch" }, fees: { maker: 0 } });
  const { fills, metrics } = backtestRule(builder.build(), bids, free);
  assertEquals(fills.map(({ price, lots, mid, spread }) => [price, lots, mid, spread]), [[1, 3, 1, 0]]);
  assertEquals([metrics.pnl.net, metrics.pnl.spreadCaptured], [0, 0]);
});

Deno.test("the whole queue models order their fills: what is filled whole is filled no later", () => {
  const partly = backtestRule(steady, rule, config);
  const wholly = backtestRule(steady, rule, config, { partialFills: false });
  assert(wholly.fills.every((fill) => fill.lots === 500));
  assert(partly.fills.some((fill) => fill.lots < 500));
});

Deno.test("a rule that asks for nonsense is told so", () => {
  const wrong = (do_: (trading: Parameters<OpenRule>[0]) => void, everyUs = 1e5): OpenRule => (trading) => ({
    everyUs,
    decide: () => do_(trading),
  });
  assertThrows(() => backtestRule(steady, wrong(() => {}, 0), config), RangeError, "everyUs = 0, must be > 0");
  assertThrows(() => backtestRule(steady, wrong((t) => t.place(2, 1, 1)), config), RangeError, "side = 2");
  assertThrows(() => backtestRule(steady, wrong((t) => t.place(1, 1.5, 1)), config), RangeError, "price = 1.5");
  assertThrows(() => backtestRule(steady, wrong((t) => t.place(1, 1, -1)), config), RangeError, "size = -1");
});
