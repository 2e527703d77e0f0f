import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  annualise,
  createEwmaVolatility,
  crossCheckSigma,
  parkinson,
  realisedVolatility,
  twoScaleSigma,
  twoScaleVariance,
  updateSigma,
} from "../lib/features.ts";
import { readTape } from "../lib/tape_file.ts";
import { tapeMids } from "../lib/tape_mids.ts";
import { createRandom } from "../lib/random.ts";

const S = 1e6;

/** Mids of a random walk, one a second, with independent noise on top. */
function walk(seconds: number, sigma: number, noise = 0, seed = 1) {
  const random = createRandom(seed);
  let x = Math.log(60_000);
  return Array.from({ length: seconds + 1 }, (_, i) => {
    x += i === 0 ? 0 : sigma * random.normal();
    return { ts: i * S, mid: Math.exp(x + noise * random.normal()) };
  });
}

Deno.test("updateSigma() is undefined until two different times are known", () => {
  assertEquals(updateSigma([]), undefined);
  assertEquals(updateSigma([{ ts: 0, mid: 100 }]), undefined);
  assertEquals(updateSigma([{ ts: 5, mid: 100 }, { ts: 5, mid: 101 }]), undefined);
});

Deno.test("updateSigma() has no start-up bias: a constant r²/dt is returned from the first return on, at any spacing", () => {
  const volatility = createEwmaVolatility({ halfLifeSeconds: 60 });
  const sigma = 1e-4;
  let x = 0, ts = 0;
  volatility.update(ts, Math.exp(x));
  for (const seconds of [1, 1, 0.1, 7, 300, 0.001, 4_000, 1]) {
    x += sigma * Math.sqrt(seconds) * (x > 0 ? -1 : 1);
    ts += seconds * S;
    assertAlmostEquals(volatility.update(ts, Math.exp(x))!, sigma, 1e-11);
  }
});

Deno.test("updateSigma() forgets by time: after one half-life of silence a return counts half", () => {
  const volatility = createEwmaVolatility({ halfLifeSeconds: 60 });
  volatility.update(0, 100);
  // Sixty seconds of r²/dt = v, then sixty of nothing: weights 1/4 and 1/2 of the total 3/4.
  volatility.update(60 * S, 100 * Math.exp(0.01));
  const v = 0.01 ** 2 / 60;
  assertAlmostEquals(volatility.update(120 * S, 100 * Math.exp(0.01))!, Math.sqrt(v / 3), 1e-12);
});

Deno.test("updateSigma() is zero, not undefined, for a mid that does not move", () => {
  assertEquals(updateSigma([{ ts: 0, mid: 100 }, { ts: S, mid: 100 }]), 0);
});

Deno.test("updateSigma() recovers the volatility of a random walk", () => {
  assertAlmostEquals(updateSigma(walk(20_000, 8.9e-5))! / 8.9e-5, 1, 0.1);
});

Deno.test("createEwmaVolatility() lets the last of several mids at one time win", () => {
  const single = createEwmaVolatility({ halfLifeSeconds: 10 });
  const several = createEwmaVolatility({ halfLifeSeconds: 10 });
  for (const [ts, mids] of [[0, [90, 100]], [S, [200, 50, 101]], [3 * S, [99]]] as [number, number[]][]) {
    for (const mid of mids) several.update(ts, mid);
    single.update(ts, mids[mids.length - 1]!);
  }
  assertEquals(several.sigma, single.sigma);
  assertEquals(several.samples, 2);
});

Deno.test("createEwmaVolatility() with a grid uses the last mid at or before each point", () => {
  const every = createEwmaVolatility({ halfLifeSeconds: 60 });
  const grid = createEwmaVolatility({ halfLifeSeconds: 60, sampleSeconds: 1 });
  const random = createRandom(3);
  let mid = 100;
  for (let second = 0; second <= 300; second++) {
    // Wild mids in between must not be seen.
    for (const at of [0.2, 0.5, 0.999]) grid.update((second - 1 + at) * S, 100 + 50 * random.uniform());
    mid *= Math.exp(1e-4 * random.normal());
    grid.update(second * S, mid);
    every.update(second * S, mid);
  }
  assertAlmostEquals(grid.sigma!, every.sigma!, 1e-15);
  assertEquals(grid.samples, 300);
});

Deno.test("createEwmaVolatility() with a grid counts a long silence as time without movement, in one step", () => {
  const grid = createEwmaVolatility({ halfLifeSeconds: 60, sampleSeconds: 1 });
  const ticking = createEwmaVolatility({ halfLifeSeconds: 60, sampleSeconds: 1 });
  for (const volatility of [grid, ticking]) {
    volatility.update(0, 100);
    volatility.update(S, 100.1);
  }
  for (let second = 2; second <= 600; second++) ticking.update(second * S, 100.1);
  grid.update(600 * S, 100.1);
  assertAlmostEquals(grid.sigma!, ticking.sigma!, 1e-14);
  assertEquals(grid.samples, ticking.samples);
  grid.update((1e9 + 0.5) * S, 100.2);
  assert(grid.sigma! < 1e-10);
});

Deno.test("createEwmaVolatility() measures no return across an interruption and keeps its estimate", () => {
  for (const sampleSeconds of [undefined, 1]) {
    const volatility = createEwmaVolatility({ halfLifeSeconds: 60, sampleSeconds });
    for (const { ts, mid } of walk(100, 1e-4)) volatility.update(ts, mid);
    const before = volatility.sigma;
    volatility.interrupt();
    assertEquals(volatility.sigma, before);
    assertEquals(volatility.update(1_000 * S, 1), before);
    volatility.update(1_001 * S, 1);
    assert(volatility.sigma! < before!);
  }
});

Deno.test("createEwmaVolatility() is silent until minSamples returns were seen", () => {
  const volatility = createEwmaVolatility({ halfLifeSeconds: 60, minSamples: 3 });
  const known = walk(4, 1e-4).map(({ ts, mid }) => volatility.update(ts, mid) !== undefined);
  assertEquals(known, [false, false, false, true, true]);
});

Deno.test("createEwmaVolatility() refuses bad options, mids and times, and says which", () => {
  assertThrows(() => createEwmaVolatility({ halfLifeSeconds: 0 }), RangeError, "halfLifeSeconds = 0");
  assertThrows(() => createEwmaVolatility({ halfLifeSeconds: 1, sampleSeconds: 0 }), RangeError, "sampleSeconds = 0");
  assertThrows(() => createEwmaVolatility({ halfLifeSeconds: 1, minSamples: 0 }), RangeError, "minSamples = 0");
  const volatility = createEwmaVolatility({ halfLifeSeconds: 1 });
  assertThrows(() => volatility.update(0, -1), RangeError, "mid = -1");
  assertThrows(() => volatility.update(0, NaN), RangeError, "mid = NaN");
  volatility.update(5, 1);
  assertThrows(() => volatility.update(4, 1), RangeError, "time 4 after 5");
});

Deno.test("parkinson() is undefined without bars and refuses impossible ones", () => {
  assertEquals(parkinson([], 60), undefined);
  assertEquals(parkinson([{ high: 5, low: 5 }], 60), 0);
  assertThrows(() => parkinson([{ high: 1, low: 2 }], 60), RangeError, "high 1, low 2");
  assertThrows(() => parkinson([{ high: 1, low: 0 }], 60), RangeError);
  assertThrows(() => parkinson([], 0), RangeError, "barSeconds = 0");
});

Deno.test("realisedVolatility() samples the mid in force at each multiple of the interval", () => {
  const mids = [[0, 100], [0.9, 500], [1, 101], [3.5, 102], [4, 103]].map(([s, mid]) => ({ ts: s! * S, mid: mid! }));
  // At 0, 2 and 4 seconds: 100, 101, 103.
  const expected = Math.sqrt((Math.log(101 / 100) ** 2 + Math.log(103 / 101) ** 2) / 4);
  assertAlmostEquals(realisedVolatility(mids, 2)!, expected, 1e-15);
  assertEquals(realisedVolatility(mids.slice(0, 2), 2), undefined);
});

Deno.test("twoScaleSigma() sees through noise that blows the plain estimate up", () => {
  const sigma = 1e-4, mids = walk(86_400, sigma, 3e-4, 11);
  assert(realisedVolatility(mids, 1)! > 4 * sigma);
  assertAlmostEquals(twoScaleSigma(mids, { slowSeconds: 300 })! / sigma, 1, 0.1);
});

Deno.test("twoScaleVariance() is unbiased for a random walk and for a random walk with noise", () => {
  for (const noise of [0, 1e-4]) {
    const days = Array.from(
      { length: 60 },
      (_, day) => twoScaleVariance(walk(3_600, 1e-4, noise, day), { slowSeconds: 60 })!,
    );
    const mean = days.reduce((a, b) => a + b) / days.length;
    const sd = Math.sqrt(days.reduce((a, b) => a + (b - mean) ** 2, 0) / (days.length - 1));
    assert(Math.abs(mean - 3_600 * 1e-8) < 4 * sd / Math.sqrt(days.length), `mean ${mean}, noise ${noise}`);
  }
});

Deno.test("twoScaleVariance() refuses a slow interval that is no multiple of the fast one", () => {
  assertThrows(() => twoScaleVariance([], { slowSeconds: 1 }), RangeError, "slowSeconds = 1");
  assertThrows(() => twoScaleVariance([], { slowSeconds: 5, fastSeconds: 2 }), RangeError);
  assertEquals(twoScaleVariance(walk(100, 1e-4), { slowSeconds: 60 }), undefined);
});

Deno.test("crossCheckSigma() finds the fast and the slow volatility of a random walk equal", () => {
  const check = crossCheckSigma(walk(86_400, 1e-4, 0, 5))!;
  for (const ln of [check.lnFast, check.lnTwoScale!, check.lnEwma]) assert(Math.abs(ln) < 0.15, `${ln}`);
  assertEquals(crossCheckSigma(walk(3_000, 1e-4)), undefined);
});

Deno.test("annualise() counts 365 days", () => {
  assertAlmostEquals(annualise(1), 5615.692, 1e-3);
});

Deno.test("crossCheckSigma() on the recorded day: one-second mids and 5-minute returns agree within 0.2", async () => {
  const mids = tapeMids(await readTape("data/sample/gemini_ethusd_20210701.parquet"));
  const check = crossCheckSigma(mids)!;
  for (const ln of [check.lnFast, check.lnTwoScale!, check.lnEwma]) assert(Math.abs(ln) < 0.2, `${ln}`);
  assertAlmostEquals(check.slow * Math.sqrt(86_400), 0.0590, 0.0002);
});

Deno.test("updateSigma() gets more precise with more mids: within four standard errors of a simulated day's sigma", () => {
  const sigma = 1.5e-4;
  for (let seed = 1; seed <= 5; seed++) {
    const random = createRandom(seed);
    let log = Math.log(60_000);
    const mids = Array.from({ length: 20_000 }, (_, i) => {
      log += sigma * random.normal();
      return { ts: i * 1e6, mid: Math.exp(log) };
    });
    // Weights between 1/2 and 1 cost little: the error is near 1/sqrt(2n).
    assertAlmostEquals(updateSigma(mids)! / sigma, 1, 4 * 1.05 / Math.sqrt(2 * mids.length));
  }
});
