import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { neweyWestError } from "../lib/newey_west.ts";
import { createRandom } from "../lib/random.ts";
import { midBars, parkinsonDiscreteBias } from "../lib/range_bars.ts";
import { realisedVolatility } from "../lib/realised_volatility.ts";
import { forecastLoss } from "../lib/sigma_forecast.ts";
import { returnAutocorrelation, shortestFlat, volatilitySignature } from "../lib/signature.ts";
import { simulateMids } from "../lib/simulated_mids.ts";

const SIGMA = 1e-4;
const INTERVALS = [1, 2, 5, 10, 30];
const market = { hours: 3, stepSeconds: 0.5, sigma: SIGMA };

Deno.test("volatilitySignature(): a random walk's is flat, a bounce raises its left end, a lag lowers it", () => {
  const [walk, bounce, lag] = [{}, { noise: 3e-5 }, { lagSeconds: 1 }].map((trouble) =>
    volatilitySignature(simulateMids({ ...market, seed: 5, ...trouble }), INTERVALS)
  );
  for (const { sigma, standardError } of walk!) assert(Math.abs(sigma - SIGMA) < 4 * standardError, `${sigma}`);
  assert(bounce![0]!.sigma > SIGMA + 4 * bounce![0]!.standardError);
  assert(lag![0]!.sigma < SIGMA - 4 * lag![0]!.standardError);
  for (const { lowest, sigma, highest } of lag!) assert(lowest <= sigma && sigma <= highest);
});

Deno.test("volatilitySignature() has the errors that its estimates scatter by, whatever the seed", () => {
  const scores = Array.from({ length: 60 }, (_, seed) => {
    const { sigma, standardError } = volatilitySignature(simulateMids({ ...market, hours: 0.5, seed }), [10])[0]!;
    return (sigma - SIGMA) / standardError;
  });
  const deviation = Math.sqrt(scores.reduce((sum, z) => sum + z * z, 0) / scores.length);
  // 60 values: the deviation itself is known to 9 %.
  assert(deviation > 0.6 && deviation < 1.5, `${deviation}`);
});

Deno.test("volatilitySignature() averages the squares of single grids, and leaves out what it cannot know", () => {
  const mids = simulateMids({ ...market, hours: 0.2, seed: 9 });
  const [point] = volatilitySignature(mids, [60]);
  assertEquals(point!.returns, 11);
  assertAlmostEquals(realisedVolatility(mids, 60)! / point!.sigma, 1, 0.5);
  assertEquals(volatilitySignature(mids, [600]), []);
  assertEquals(volatilitySignature([{ ts: 0, mid: 1 }, { ts: 1e9, mid: 1 }], [10]), []);
});

Deno.test("shortestFlat() stops at the first interval that differs, though a shorter one may agree again", () => {
  const point = (seconds: number, sigma: number) => ({
    seconds,
    sigma,
    standardError: 0,
    lowest: sigma,
    highest: sigma,
    returns: 9,
  });
  const signature = [point(1, 1), point(2, 1.3), point(5, 1.05), point(10, 0.96), point(30, 1), point(60, 2)];
  assertEquals(shortestFlat(signature, 30).seconds, 5);
  assertEquals(shortestFlat(signature, 30, 0.5).seconds, 1);
  assertThrows(() => shortestFlat(signature, 20), RangeError, "yardstick = 20 s");
});

Deno.test("returnAutocorrelation() of an alternating mid is near −1, then near +1", () => {
  const mids = Array.from({ length: 200 }, (_, i) => ({ ts: i * 1e6, mid: 100 + i % 2 }));
  const [first, second] = returnAutocorrelation(mids, 1, 2);
  assertAlmostEquals(first!, -1, 0.02);
  assertAlmostEquals(second!, 1, 0.02);
  assertEquals(returnAutocorrelation(mids.slice(0, 3), 1, 5), []);
});

Deno.test("neweyWestError() of independent values is sd/√n, and covers the mean of correlated ones", () => {
  const random = createRandom(4);
  const values = Array.from({ length: 4000 }, () => random.normal());
  assertAlmostEquals(neweyWestError(values, 0)! * Math.sqrt(4000), 1, 0.05);
  // AR(1) with 0.6: the variance of the mean is (1 + 0.6)/(1 − 0.6) times larger.
  let state = 0;
  const correlated = values.map((shock) => state = 0.6 * state + shock);
  const exact = 1 / (1 - 0.6) / Math.sqrt(4000);
  assertAlmostEquals(neweyWestError(correlated, 40)! / exact, 1, 0.15);
  assert(neweyWestError(correlated, 0)! < 0.6 * exact);
  assertEquals(neweyWestError([1]), undefined);
  assertThrows(() => neweyWestError(values, -1), RangeError, "lags = -1");
});

Deno.test("midBars() takes what was in force when a bar began, and only whole bars", () => {
  const mids = [{ ts: 0, mid: 10 }, { ts: 2e6, mid: 12 }, { ts: 11e6, mid: 9 }, { ts: 25e6, mid: 20 }];
  assertEquals(midBars(mids, 10), [{ high: 12, low: 10 }, { high: 12, low: 9 }]);
  assertEquals(midBars([], 10), []);
  assertThrows(() => midBars(mids, 0), RangeError, "seconds = 0");
});

Deno.test("parkinsonDiscreteBias() is 0.841 for 60 looks a bar", () => {
  const { ratio, standardError } = parkinsonDiscreteBias(60, { bars: 10_000, seed: 2 });
  assert(Math.abs(ratio - 0.841) < 4 * standardError, `${ratio} ± ${standardError}`);
  assertThrows(() => parkinsonDiscreteBias(0.5, { bars: 1, seed: 1 }), RangeError, "samples = 0.5");
});

Deno.test("forecastLoss() is least for a half-life that suits the market, and needs whole steps", () => {
  const mids = simulateMids({ ...market, seed: 12 });
  const loss = (halfLifeSeconds: number) =>
    forecastLoss(mids, { halfLifeSeconds, sampleSeconds: 1, horizonSeconds: 60 })!;
  // The volatility is constant: the longer the memory the better.
  assert(loss(600).mean < loss(30).mean && loss(30).mean < loss(5).mean);
  assert(loss(600).losses.every((one) => one >= 0) && loss(600).standardError! > 0);
  assertEquals(
    forecastLoss(mids.slice(0, 100), { halfLifeSeconds: 60, sampleSeconds: 1, horizonSeconds: 60 }),
    undefined,
  );
  assertThrows(
    () => forecastLoss(mids, { halfLifeSeconds: 60, sampleSeconds: 7, horizonSeconds: 60 }),
    RangeError,
    "multiple of 7 s",
  );
});
