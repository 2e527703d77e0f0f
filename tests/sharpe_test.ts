import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  bootstrapInterval,
  deflatedSharpe,
  expectedBestSharpe,
  minTrackRecordLength,
  MINUTES_PER_YEAR,
  probabilisticSharpe,
  rollingSharpe,
  sharpe,
  sharpeReport,
  sharpeStandardError,
} from "../lib/metrics.ts";
import { normalCdf, normalQuantile } from "../lib/normal.ts";
import { createRandom } from "../lib/random.ts";

function returns(count: number, mean: number, seed: number): number[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => mean + random.normal());
}

Deno.test("sharpe() is the mean over the sample deviation, times the root of the periods", () => {
  assertAlmostEquals(sharpe([1, 2, 3])!, 2, 1e-15);
  assertAlmostEquals(sharpe([1, 2, 3], MINUTES_PER_YEAR)!, 2 * Math.sqrt(525_600), 1e-9);
  assertAlmostEquals(sharpe([0.01, -0.02])!, -0.005 / (0.03 / Math.SQRT2), 1e-15);
});

Deno.test("sharpe() is undefined for fewer than two values and for values that do not vary", () => {
  assertEquals(sharpe([]), undefined);
  assertEquals(sharpe([1]), undefined);
  assertEquals(sharpe([0, 0, 0]), undefined);
  assertEquals(sharpe(new Array(1_000).fill(0.1)), undefined);
  assertEquals(sharpe([0.1 + 0.2, 0.3, 0.3]), undefined);
});

Deno.test("sharpe() refuses a value that is not finite, and says which", () => {
  assertThrows(() => sharpe([1, NaN]), RangeError, "returns[1] = NaN");
});

Deno.test("sharpeStandardError() is what ratios of simulated samples scatter by", () => {
  const ratios = Array.from({ length: 1_000 }, (_, i) => sharpe(returns(250, 0.5, i + 1))!);
  const mean = ratios.reduce((a, b) => a + b) / ratios.length;
  const sd = Math.sqrt(ratios.reduce((a, b) => a + (b - mean) ** 2, 0) / (ratios.length - 1));
  assertAlmostEquals(sharpeStandardError(0.5, 250) / sd, 1, 0.1);
});

Deno.test("sharpeStandardError() of three days of minutes is 11 a year", () => {
  assertAlmostEquals(sharpeStandardError(0, 3 * 1440) * Math.sqrt(MINUTES_PER_YEAR), 11.03, 0.005);
});

Deno.test("probabilisticSharpe() is one half at the benchmark, and the normal formula elsewhere", () => {
  assertAlmostEquals(probabilisticSharpe({ sharpe: 0.1, n: 100, benchmark: 0.1 }), 0.5, 1e-15);
  const z = 0.1 * Math.sqrt(99) / Math.sqrt(1 + 0.5 * 0.01);
  assertAlmostEquals(probabilisticSharpe({ sharpe: 0.1, n: 100 }), normalCdf(z), 1e-15);
});

Deno.test("probabilisticSharpe() refuses what no sample has", () => {
  assertThrows(() => probabilisticSharpe({ sharpe: 1, n: 1 }), RangeError, "n = 1");
  assertThrows(() => probabilisticSharpe({ sharpe: 1, n: 10, skew: 5, kurtosis: 3 }), RangeError, "skew 5");
});

Deno.test("minTrackRecordLength() gives the published example: 2 against 1 a year needs 2.73, 2.83 or 3.24 years", () => {
  // Bailey and López de Prado (2012), normal returns by day, week and month, at 95 %.
  for (const [periods, years] of [[252, 2.73], [52, 2.83], [12, 3.24]] as const) {
    const root = Math.sqrt(periods);
    assertAlmostEquals(minTrackRecordLength({ sharpe: 2 / root, benchmark: 1 / root })! / periods, years, 0.005);
  }
});

Deno.test("minTrackRecordLength() is the length at which the probabilistic ratio reaches the confidence", () => {
  const evidence = { sharpe: 0.07, skew: -1.5, kurtosis: 9, benchmark: 0.02 };
  const n = minTrackRecordLength({ ...evidence, confidence: 0.9 })!;
  assertAlmostEquals(probabilisticSharpe({ ...evidence, n }), 0.9, 1e-12);
  assertEquals(minTrackRecordLength({ sharpe: 0.1, benchmark: 0.1 }), undefined);
  assertThrows(() => minTrackRecordLength({ sharpe: 1, confidence: 1 }), RangeError, "confidence = 1");
});

// Bailey and López de Prado (2014), the numerical example: 1250 days, annual ratio 2.5, variance of the trials'
// annual ratios 1/2.
const example = { sharpe: 2.5 / Math.sqrt(250), n: 1250, skew: -3, kurtosis: 10, trialVariance: 0.5 / 250 };

Deno.test("deflatedSharpe() gives the published example: 0.9004 after 100 trials, 0.9505 after 46", () => {
  assertAlmostEquals(expectedBestSharpe({ trials: 100, trialVariance: 0.5 / 250 }), 0.1132, 5e-5);
  assertAlmostEquals(deflatedSharpe({ ...example, trials: 100 }), 0.9004, 5e-5);
  assertAlmostEquals(deflatedSharpe({ ...example, trials: 46 }), 0.9505, 5e-5);
  assertAlmostEquals(deflatedSharpe({ ...example, trials: 88, skew: 0, kurtosis: 3 }), 0.9505, 5e-5);
});

Deno.test("deflatedSharpe() of a single trial is the probabilistic one", () => {
  assertEquals(deflatedSharpe({ ...example, trials: 1 }), probabilisticSharpe(example));
});

Deno.test("normalCdf() and normalQuantile() are exact to rounding and inverse to each other", () => {
  for (
    const [z, p] of [[-8, 6.22096057427178e-16], [-4, 3.167124183311992e-5], [-1, 0.158655253931457], [
      2,
      0.977249868051821,
    ]]
  ) assertAlmostEquals(normalCdf(z!) / p!, 1, 1e-13);
  assertAlmostEquals(normalQuantile(0.975), 1.959963984540054, 1e-14);
  for (const p of [1e-12, 1e-3, 0.3, 0.5, 0.9, 1 - 1e-9]) {
    assertAlmostEquals(normalCdf(normalQuantile(p)) / p, 1, 1e-12);
  }
  assertThrows(() => normalQuantile(1), RangeError, "p = 1");
});

Deno.test("bootstrapInterval() is the same for the same seed, and covers the truth about as often as it says", () => {
  const sample = returns(200, 0.1, 1);
  const of = (seed: number) => bootstrapInterval(sample, sharpe, { seed, draws: 200 });
  assertEquals(of(7), of(7));
  let covered = 0;
  for (let seed = 1; seed <= 100; seed++) {
    const [low, high] = bootstrapInterval(returns(200, 0.1, seed), sharpe, { seed, draws: 200 })!;
    if (low < 0.1 && 0.1 < high) covered++;
  }
  assert(covered >= 86, `${covered} of 100`);
});

Deno.test("bootstrapInterval() is wider for a series whose neighbours resemble each other", () => {
  const noise = returns(1_000, 0, 2);
  let state = 0;
  const persistent = noise.map((e) => state = 0.9 * state + e);
  const mean = (sample: readonly number[]) => sample.reduce((a, b) => a + b) / sample.length;
  const width = (blockLength: number) => {
    const [low, high] = bootstrapInterval(persistent, mean, { seed: 1, draws: 300, blockLength })!;
    return high - low;
  };
  assert(width(50) > 2 * width(1));
});

Deno.test("bootstrapInterval() is undefined where nothing can be said", () => {
  assertEquals(bootstrapInterval([1], sharpe, { seed: 1 }), undefined);
  assertEquals(bootstrapInterval([1, 1, 1], sharpe, { seed: 1 }), undefined);
});

Deno.test("sharpeReport() states the ratio with its error, its interval and its probability", () => {
  const report = sharpeReport(returns(1_440, 0.05, 3), 60)!;
  assertEquals(report.periods, 1_440);
  assertAlmostEquals(report.annualised, report.perPeriod * Math.sqrt(525_600), 1e-9);
  const [low, high] = report.interval!;
  assert(low < report.annualised && report.annualised < high);
  assertAlmostEquals((high - low) / (2 * 1.96 * report.standardError), 1, 0.25);
  assert(report.probability > 0.9 && report.probability < 1);
  assertEquals(sharpeReport([1, 2], 60), undefined);
  assertEquals(sharpeReport([0, 0, 0, 0], 60), undefined);
});

Deno.test("rollingSharpe() is undefined until its window is full", () => {
  assertEquals(rollingSharpe([1, 2, 3, 3, 3], 3).map((r) => r && Math.round(r * 1e6) / 1e6), [
    undefined,
    undefined,
    2,
    4.618802,
    undefined,
  ]);
});
