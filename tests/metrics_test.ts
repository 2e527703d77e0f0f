import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  calcMetrics,
  createLedger,
  cvar,
  exposure,
  markoutCurve,
  maxDrawdown,
  type MetricsConfig,
  weightedCvar,
} from "../lib/metrics.ts";
import type { Fill, Side } from "../lib/types.ts";

const S = 1e6;
const steps = { tickSize: 0.01, lotSize: 0.001, base: "BTC" };
const config: MetricsConfig = {
  risk: { q_max: 0.01 },
  session: { metrics_interval: 60 },
  model: { markout_horizon: 5 },
};

function fill(
  seconds: number,
  side: Side,
  priceTicks: number,
  lots: number,
  mid: number,
  rest: Partial<Fill> = {},
): Fill {
  return {
    type: "fill",
    id: `${seconds}-${side}-${priceTicks}`,
    orderId: `o${seconds}`,
    side,
    priceTicks,
    lots,
    price: priceTicks / 100,
    qty: lots / 1000,
    liquidity: "maker",
    fee: 0,
    feeCurrency: "USDT",
    exchTs: seconds * S,
    localTs: seconds * S,
    mid,
    spread: 0.02,
    quoteId: 1,
    ...rest,
  };
}

Deno.test("createLedger() splits equity into spread captured, inventory and fees", () => {
  const ledger = createLedger(steps);
  assertEquals(ledger.now(), undefined);
  ledger.mid(10_000, 0);
  ledger.fill(fill(1, "buy", 9_999, 5, 100, { fee: 0.01 }));
  ledger.mid(10_050.5, 2 * S);
  ledger.fill(fill(3, "sell", 10_060, 2, 100.505, { fee: -0.002 }));
  ledger.mid(10_100, 4 * S);
  const point = ledger.now()!;
  assertAlmostEquals(point.spreadCaptured, 0.01 * 0.005 + 0.095 * 0.002, 1e-15);
  assertAlmostEquals(point.inventoryPnl, 0.005 * 0.505 + 0.003 * 0.495, 1e-15);
  assertAlmostEquals(point.fees, 0.008, 1e-15);
  assertAlmostEquals(point.cash, -99.99 * 0.005 + 100.6 * 0.002, 1e-14);
  assertEquals(point.position, 0.003);
  assertAlmostEquals(point.equity, point.spreadCaptured + point.inventoryPnl - point.fees, 1e-15);
});

Deno.test("createLedger() counts the move of the mid from the fill to the news of it as inventory", () => {
  const ledger = createLedger(steps);
  ledger.mid(10_000, 0);
  ledger.mid(9_990, S); // the fill happened before, at mid 100, and we hear of it now
  ledger.fill(fill(2, "buy", 9_999, 10, 100));
  const point = ledger.now()!;
  assertAlmostEquals(point.spreadCaptured, 0.0001, 1e-15);
  assertAlmostEquals(point.inventoryPnl, -0.001, 1e-15);
  assertAlmostEquals(point.equity, (99.9 - 99.99) * 0.01, 1e-14);
});

Deno.test("createLedger() values a fee in base currency at the mid of its fill", () => {
  const ledger = createLedger(steps);
  ledger.mid(10_000, 0);
  ledger.fill(fill(1, "buy", 9_999, 10, 100, { fee: 0.00001, feeCurrency: "BTC" }));
  assertAlmostEquals(ledger.now()!.fees, 0.001, 1e-15);
});

Deno.test("createLedger() values a fee in a third currency by the price that came with it, and says which it could not", () => {
  const ledger = createLedger({ ...steps, quote: "USDT" });
  ledger.mid(10_000, 0);
  ledger.fill({ ...fill(1, "buy", 9_999, 10, 100, { fee: 0.001, feeCurrency: "BNB" }), feeInQuote: 0.6 });
  assertEquals([ledger.now()!.fees, ledger.path().unvaluedFees.size], [0.6, 0]);
  ledger.fill(fill(2, "sell", 10_001, 10, 100, { fee: 0.002, feeCurrency: "BNB" }));
  assertEquals([ledger.now()!.fees, [...ledger.path().unvaluedFees]], [0.6, [["BNB", 0.002]]]);
});

Deno.test("createLedger() begins with what was held, and its gains count from the price at the start", () => {
  const ledger = createLedger({ ...steps, opening: { lots: 10, priceTicks: 10_000 } });
  ledger.mid(10_000, 0);
  assertEquals(ledger.now()!.equity, 0);
  ledger.mid(10_100, 1);
  const { equity, inventoryPnl, position } = ledger.now()!;
  assert(equity > 0 && position > 0);
  assertAlmostEquals(equity, inventoryPnl, 1e-12);
  assertEquals(ledger.path().identityError, 0);
});

Deno.test("createLedger() never drifts: after a million round trips the identity is exact", () => {
  const ledger = createLedger(steps);
  ledger.mid(6_000_000, 0);
  const buy = fill(1, "buy", 5_999_999, 7, 60_000, { fee: 0.1 });
  const sell = fill(1, "sell", 6_000_003, 7, 60_000.005, { fee: 0.1 });
  for (let i = 0; i < 500_000; i++) {
    ledger.fill(buy);
    ledger.mid(6_000_000.5, S);
    ledger.fill(sell);
    ledger.mid(6_000_000, S);
  }
  const { final, identityError } = ledger.path();
  assertAlmostEquals(final!.spreadCaptured, 500_000 * (0.01 * 0.007 + 0.025 * 0.007), 1e-9);
  assertAlmostEquals(final!.fees, 100_000, 1e-9);
  assert(Math.abs(identityError) <= 1e-9 * 100_000 * 1e-3, `${identityError}`);
});

Deno.test("createLedger() keeps the equity curve at the times it was told to mark", () => {
  const ledger = createLedger(steps);
  ledger.mark(0); // nothing is known yet
  ledger.mid(10_000, 5);
  ledger.fill(fill(0.00001, "buy", 9_990, 10, 100));
  ledger.mark(60 * S);
  ledger.mid(10_010, 61 * S);
  ledger.mark(120 * S);
  const { curve } = ledger.path();
  assertEquals([...curve.ts], [5, 60 * S, 120 * S]);
  assertEquals([...curve.equity].map((e) => Math.round(e * 1e9) / 1e9), [0, 0.001, 0.002]);
});

/** Two minutes: bought 8 lots under the mid, sold 3 of them above it. */
function session() {
  const ledger = createLedger(steps);
  const fills = [
    fill(20, "buy", 9_999, 8, 100, { fee: 0.0008 }),
    fill(80, "sell", 10_041, 3, 100.4, { fee: 0.0003 }),
    fill(118, "sell", 10_022, 1, 100.2, { fee: 0.0001, liquidity: "taker" }),
  ];
  ledger.mid(10_000, 0);
  ledger.fill(fills[0]!);
  ledger.mid(10_040, 24 * S);
  ledger.mark(60 * S);
  ledger.fill(fills[1]!);
  ledger.mid(10_020, 82 * S);
  ledger.fill(fills[2]!);
  ledger.mark(120 * S);
  return { fills, path: ledger.path() };
}

Deno.test("calcMetrics() reports PnL with its parts, gross and net, and they add up", () => {
  const { fills, path } = session();
  const { pnl, seconds, maxDrawdown } = calcMetrics(fills, path, { config });
  assertEquals(seconds, 120);
  assertAlmostEquals(pnl.spreadCaptured, 0.008 * 0.01 + 0.003 * 0.01 + 0.001 * 0.02, 1e-15);
  assertAlmostEquals(pnl.inventory, 0.008 * 0.4 - 0.005 * 0.2, 1e-15);
  assertAlmostEquals(pnl.fees, 0.0012, 1e-15);
  assertAlmostEquals(pnl.gross - pnl.fees, pnl.net, 1e-15);
  assertAlmostEquals(pnl.net, pnl.spreadCaptured + pnl.inventory - pnl.fees, 1e-15);
  assert(Math.abs(pnl.identityError) < 1e-12);
  assertAlmostEquals(maxDrawdown!, path.curve.equity[1]! - pnl.net, 1e-15);
});

Deno.test("calcMetrics() weights inventory by the time it was held", () => {
  const { fills, path } = session();
  const held = calcMetrics(fills, path, { config }).exposure!;
  // 0 for 20 s, 8 lots for 60 s, 5 for 38 s, 4 for 2 s.
  assertAlmostEquals(held.mean, (0.008 * 60 + 0.005 * 38 + 0.004 * 2) / 120, 1e-15);
  assertEquals([held.largest, held.final], [0.008, 0.004]);
  assertAlmostEquals(held.cvar, 0.008, 1e-15);
  assertEquals(held.shareBelowCap, 1);
  assertAlmostEquals(exposure(path, 0.008)!.shareBelowCap, 0.5, 1e-15);
  assertEquals(held.histogram.length, 21);
  assertAlmostEquals(held.histogram.reduce((sum, bin) => sum + bin.share, 0), 1, 1e-15);
  assertAlmostEquals(held.histogram[18]!.share, 0.5, 1e-15);
  assertAlmostEquals(held.histogram[18]!.position, 0.008, 1e-15);
});

Deno.test("calcMetrics() has no error where each fill captures the same: not 4e-13 but 0", () => {
  const ledger = createLedger(steps);
  // A touch at 59,999.37 and up, a tick wide, that moves by half a tick's multiples.
  const fills = Array.from({ length: 40 }, (_, i) => {
    const bid = 5_999_937 + 3 * i;
    ledger.mid(bid + 0.5, 10 * i * S);
    const made = fill(10 * i, i % 2 ? "sell" : "buy", i % 2 ? bid + 1 : bid, 1 + i % 7, (2 * bid + 1) / 200, {
      spread: (bid + 1) / 100 - bid / 100,
    });
    ledger.fill(made);
    return made;
  });
  ledger.mark(500 * S);
  const { capture } = calcMetrics(fills, ledger.path(), { config, horizonsSeconds: [1] });
  for (const part of [capture.atFill!, capture.net!, capture.realised[0]!.capture!]) {
    assertEquals([part.fraction, part.standardError], [0.5, 0]);
    assertAlmostEquals(part.perUnit, 0.005, 1e-15);
  }
  const buys = fills.filter(({ side }) => side === "buy");
  const [after] = markoutCurve(buys, ledger.path(), [10]);
  assertEquals(after!.standardError, 0);
  assertAlmostEquals(after!.perUnit!, 0.03, 1e-15);
});

Deno.test("calcMetrics() measures capture at the fill, after fees, and at each horizon", () => {
  const { fills, path } = session();
  const { capture } = calcMetrics(fills, path, { config, horizonsSeconds: [1, 5] });
  const spreads = 0.012 * 0.02;
  assertAlmostEquals(capture.atFill!.fraction!, (0.008 * 0.01 + 0.003 * 0.01 + 0.001 * 0.02) / spreads, 1e-12);
  assertAlmostEquals(capture.net!.fraction!, (0.00013 - 0.0012) / spreads, 1e-12);
  const [one, five] = capture.realised;
  assertEquals([one!.horizonSeconds, one!.capture!.fills], [1, 3]);
  assertAlmostEquals(one!.capture!.fraction!, capture.atFill!.fraction!, 1e-12);
  // Five seconds on, the mid is 100.40 and 100.20; the last fill is too near to the end.
  assertEquals(five!.capture!.fills, 2);
  assertAlmostEquals(five!.capture!.earned, 0.008 * 0.41 + 0.003 * 0.21, 1e-12);
  assert(five!.capture!.standardError! > 0);
});

Deno.test("calcMetrics() knows turnover, rates, fill ratios and the fee at which nothing is left", () => {
  const { fills, path } = session();
  const counts = { sent: 12, accepted: 10, rejected: 2, lotsSent: 60, lotsAccepted: 48 };
  const metrics = calcMetrics(fills, path, { config, counts });
  assertEquals(metrics.fillsPerHour, 90);
  assertEquals(metrics.fillRatio, { byQuantity: 0.25, byOrders: 0.3 });
  assertEquals(metrics.postOnlyRejections, 2);
  const maker = 99.99 * 0.008 + 100.41 * 0.003;
  assertAlmostEquals(metrics.turnover.quote, maker + 100.22 * 0.001, 1e-12);
  const fee = metrics.breakEvenMakerFee!;
  assertAlmostEquals(metrics.pnl.gross - fee * maker - 0.0001, 0, 1e-15);
});

Deno.test("calcMetrics() of a run without fills knows what it can and leaves the rest undefined", () => {
  const ledger = createLedger(steps);
  const nothing = calcMetrics([], ledger.path(), { config });
  assertEquals([nothing.seconds, nothing.pnl.net, nothing.exposure, nothing.fillsPerHour], [
    0,
    0,
    undefined,
    undefined,
  ]);
  ledger.mid(10_000, 0);
  for (let minute = 1; minute <= 10; minute++) ledger.mark(minute * 60 * S);
  const quiet = calcMetrics([], ledger.path(), { config });
  assertEquals(quiet.exposure!.shareBelowCap, 1);
  assertEquals([quiet.sharpe, quiet.breakEvenMakerFee, quiet.capture.atFill], [undefined, undefined, undefined]);
  assertEquals(quiet.inventoryCvar, 0);
  for (const value of Object.values(quiet)) assert(!Number.isNaN(value));
});

Deno.test("cvar() averages the worst share, the last of them in part", () => {
  assertEquals(cvar([1, 2, 3, 4], 0.5), 3.5);
  assertAlmostEquals(cvar([3, 1, 2], 0.5)!, (3 + 0.5 * 2) / 1.5, 1e-15);
  assertEquals(cvar([1, 2, 6], 0), 3);
  assertEquals(cvar([1, 5, 2], 0.99), 5);
  assertEquals(cvar([], 0.95), undefined);
});

Deno.test("weightedCvar() of repeated losses is cvar() of the repetition", () => {
  const repeated = [1, 1, 1, 7, 7, 3, 9];
  assertAlmostEquals(weightedCvar([1, 7, 3, 9], [3, 2, 1, 1], 0.6)!, cvar(repeated, 0.6)!, 1e-14);
  assertEquals(weightedCvar([5], [0], 0.5), undefined);
});

Deno.test("cvar() refuses a level outside [0, 1) and losses that are not finite", () => {
  assertThrows(() => cvar([1], 1), RangeError, "alpha = 1");
  assertThrows(() => cvar([1], -0.1), RangeError, "alpha = -0.1");
  assertThrows(() => cvar([1, NaN], 0.5), RangeError, "losses[1] = NaN");
});

Deno.test("maxDrawdown() is the deepest fall from a peak", () => {
  assertEquals(maxDrawdown([0, 5, 3, 4, 1, 9, 6]), 4);
  assertEquals(maxDrawdown([1, 2, 3]), 0);
  assertEquals(maxDrawdown([]), undefined);
});
