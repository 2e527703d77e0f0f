import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { binned } from "../lib/binned.ts";
import { createRandom } from "../lib/random.ts";
import { openTape } from "../lib/recording.ts";
import { forBacktest, loadConfig, locate } from "../lib/settings.ts";
import { simulateMarkouts } from "../lib/simulated_markouts.ts";
import { rotatedTs, slopeOf } from "../lib/slope.ts";
import { TRADE } from "../lib/tape.ts";
import { coinTossTape, markoutOptions, tapeMarkouts } from "../lib/tape_markouts.ts";
import { createDesk } from "../lib/engine.ts";
import { marketOf } from "../lib/backtest.ts";

const hour = { count: 3600, horizonSeconds: 10, memorySeconds: 60 };

Deno.test("slopeOf() is least squares, and its R² the square of its correlation", () => {
  const points = Array.from({ length: 40 }, (_, i) => ({ ts: i * 1e6, x: i % 7, y: 3 - 2 * (i % 7) + (i % 3) }));
  const line = slopeOf(points, { blockUs: 2e6 })!;
  const mean = (of: (p: (typeof points)[number]) => number) =>
    points.reduce((sum, p) => sum + of(p), 0) / points.length;
  const covariance = mean((p) => p.x * p.y) - mean((p) => p.x) * mean((p) => p.y);
  assertAlmostEquals(line.slope, covariance / (mean((p) => p.x ** 2) - mean((p) => p.x) ** 2), 1e-12);
  assertAlmostEquals(line.intercept + line.slope * mean((p) => p.x), mean((p) => p.y), 1e-12);
  assertAlmostEquals(line.rSquared, line.correlation ** 2, 1e-12);
  assertEquals([line.count, line.blocks], [40, 20]);
});

Deno.test("slopeOf(): both errors are what slopes of overlapping markouts scatter by; a plain one is far too small", () => {
  const lines = Array.from(
    { length: 120 },
    (_, seed) => slopeOf(simulateMarkouts({ ...hour, slope: 1, seed }), { blockUs: 40e6 })!,
  );
  const scatter = Math.sqrt(lines.reduce((sum, line) => sum + (line.slope - 1) ** 2, 0) / lines.length);
  const average = (of: (line: (typeof lines)[number]) => number) =>
    lines.reduce((sum, line) => sum + of(line), 0) / lines.length;
  for (const key of ["standardError", "hacError"] as const) {
    const ratio = average((line) => line[key]) / scatter;
    assert(ratio > 0.75 && ratio < 1.25, `${key}: ${ratio}`);
  }
  const plain = average((line) => line.deviationY / line.deviationX / Math.sqrt(line.count));
  assert(plain < scatter / 2, `${plain} against ${scatter}`);
});

Deno.test("slopeOf() is undefined where there is too little to go by", () => {
  const flat = Array.from({ length: 100 }, (_, i) => ({ ts: i * 1e6, x: 1, y: i }));
  assertEquals(slopeOf(flat, { blockUs: 1e6 }), undefined);
  assertEquals(slopeOf(flat.map((p) => ({ ...p, x: p.y, y: 1 })), { blockUs: 1e6 }), undefined);
  assertEquals(slopeOf(flat.map((p) => ({ ...p, x: p.y })), { blockUs: 20e6 }), undefined);
  assertEquals(slopeOf([], { blockUs: 1e6 }), undefined);
  assertThrows(() => slopeOf(flat, { blockUs: 0 }), RangeError, "blockUs = 0");
});

Deno.test("rotatedTs() loses a planted slope, and keeps nothing but chance", () => {
  const points = simulateMarkouts({ ...hour, slope: 4, seed: 1 });
  const { uniform } = createRandom(1);
  const measured = slopeOf(points, { blockUs: 40e6 })!.t;
  const ts = rotatedTs(points, { blockUs: 40e6, draws: 100, uniform });
  assertEquals(ts.length, 100);
  assert(measured > 4 && ts.filter((t) => Math.abs(t) >= measured).length <= 2, `${measured}`);
});

Deno.test("binned() keeps every observation, in order of x, and the mean of all", () => {
  const random = createRandom(8);
  const points = Array.from({ length: 103 }, (_, i) => ({ ts: i * 1e6, x: random.normal(), y: random.normal() }));
  const bins = binned(points, { bins: 10, blockUs: 5e6 });
  assertEquals(bins.reduce((sum, { count }) => sum + count, 0), 103);
  for (let i = 1; i < bins.length; i++) assert(bins[i]!.x > bins[i - 1]!.x);
  const mean = points.reduce((sum, { y }) => sum + y, 0) / 103;
  assertAlmostEquals(bins.reduce((sum, { count, y }) => sum + count * y, 0) / 103, mean, 1e-12);
  for (const { low, median, high } of bins) assert(low <= median && median <= high);
});

Deno.test("tapeMarkouts() measures what the strategy measures: its last tau, and the k of its markouts", async () => {
  const config = forBacktest(await loadConfig());
  const tape = await openTape(locate(config, config.backtest.tape));
  const options = markoutOptions(config.model);
  const markouts = tapeMarkouts(tape, options);
  const desk = createDesk(marketOf(tape), { ...config, fills: { ...config.fills, feed_latency: 0 } });
  for (let i = 0; i < tape.length; i++) {
    const { kind, side, flags, exchTs, localTs, priceTicks, qty } = tape;
    desk.row(kind[i]!, side[i]!, flags[i]!, exchTs[i]!, localTs[i]!, priceTicks[i]!, qty[i]!);
  }
  const quoted = desk.maker.explain();
  const last = markouts.at(-1)!;
  assertAlmostEquals(last.tau, quoted.tau!, 0.05);
  assert(last.floor > 0 && last.floor < last.tau);
  for (let i = 1; i < markouts.length; i++) assert(markouts[i]!.ts >= markouts[i - 1]!.ts);
  // With forgetting, the strategy's k is a mean of the last markouts' slopes.
  const { k_forgetting } = config.model;
  let above = 0, below = 0;
  for (const { adverseSelection, tau } of markouts) {
    above = k_forgetting * above + adverseSelection * tau;
    below = k_forgetting * below + tau * tau;
  }
  assertAlmostEquals(quoted.kRaw! / (above / below), 1, 0.05);
});

Deno.test("coinTossTape() changes the sides of trades only, and keeps the prints of one order together", async () => {
  const config = await loadConfig();
  const tape = await openTape(locate(config, config.testnet.tape));
  const tossed = coinTossTape(tape, 3);
  let buys = 0, orders = 0;
  let changed = 0;
  for (let i = 0; i < tape.length; i++) if (tape.kind[i] !== TRADE && tossed.side[i] !== tape.side[i]) changed++;
  assertEquals(changed, 0);
  const trades = Array.from(tape.kind.keys()).filter((i) => tape.kind[i] === TRADE);
  for (const [at, i] of trades.entries()) {
    const before = trades[at - 1];
    const isSame = before !== undefined && tape.exchTs[i] === tape.exchTs[before] && tape.side[i] === tape.side[before];
    if (isSame) assert(tossed.side[i] === tossed.side[before]);
    else if (++orders && tossed.side[i] === 1) buys++;
  }
  assert(Math.abs(buys / orders - 0.5) < 4 * 0.5 / Math.sqrt(orders), `${buys} of ${orders}`);
});
