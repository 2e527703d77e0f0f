import { assert, assertAlmostEquals } from "@std/assert";
import {
  exactMoments,
  inventoryStrategy,
  optimalSpread,
  PAPER,
  simulate,
  symmetricStrategy,
} from "../lib/avellaneda_stoikov.ts";
import { glostenMilgrom, grossmanMiller } from "../lib/dealer_models.ts";
import { annualise, createVpin, parkinson, vpinFloor, YEAR_SECONDS } from "../lib/features.ts";
import { exactBidDistances, glft } from "../lib/glft.ts";
import { cvar } from "../lib/metrics.ts";
import { normalQuantile } from "../lib/normal.ts";
import { createK, kappa } from "../lib/params.ts";
import { makeQuotes } from "../lib/quotes.ts";
import { createRandom } from "../lib/random.ts";

Deno.test("units: 50 % a year at 60,000 makes a skew of 0.856164 for 0.05 BTC", () => {
  const sigmaReturn = 0.5 / Math.sqrt(YEAR_SECONDS);
  assertAlmostEquals(sigmaReturn, 8.903622e-5, 5e-12);
  assertAlmostEquals(annualise(sigmaReturn), 0.5, 1e-15);
  const sigmaPrice = 60_000 * sigmaReturn;
  assertAlmostEquals(sigmaPrice, 5.342173, 5e-7);
  const slope = kappa({ gamma: 0.1, sigma: sigmaPrice, delta: 60, n: 10 });
  assertAlmostEquals(slope, 17.12329, 5e-6);
  const [bid, ask] = makeQuotes(60_000, 2, 0.5, slope, 0.05);
  assertAlmostEquals((bid + ask) / 2, 60_000 - 0.856164, 5e-7);
  assertAlmostEquals(ask - bid, 2, 1e-9);
});

Deno.test("units: return volatility in place of price volatility would lose a factor of m² = 3.6e9", () => {
  const wrong = kappa({ gamma: 0.1, sigma: 8.903622e-5, delta: 60, n: 10 });
  const right = kappa({ gamma: 0.1, sigma: 8.903622e-5 * 60_000, delta: 60, n: 10 });
  assertAlmostEquals(right / wrong, 3.6e9, 1);
});

Deno.test("Glosten–Milgrom: the half-spread is k·tau with k half the range and tau the informed share", () => {
  const { bid, ask } = glostenMilgrom({ prior: 0.5, informed: 0.3, low: 90, high: 110 });
  assertAlmostEquals(ask, 103, 1e-12);
  assertAlmostEquals(bid, 97, 1e-12);
  const quotes = makeQuotes(100, 10, 0.3, 0, 0);
  assertAlmostEquals(quotes[0], bid, 1e-12);
  assertAlmostEquals(quotes[1], ask, 1e-12);
  const skewed = glostenMilgrom({ prior: 0.3, informed: 0.2, low: 90, high: 110 });
  assertAlmostEquals(skewed.ask, 97.8260870, 5e-8);
  assertAlmostEquals(skewed.bid, 94.4444444, 5e-8);
});

Deno.test("Grossman–Miller: ten dealers carry fifty units for 0.18", () => {
  const { price, share } = grossmanMiller({ mu: 100, gamma: 0.01, variance: 4, i: 50, n: 10 });
  assertAlmostEquals(price, 99.8181818, 5e-8);
  // On his own share a dealer's price has no n in it: what `denominator: own` means.
  const slope = kappa({ gamma: 0.01, sigma: 2, delta: 1, n: 10, denominator: "own" });
  const [bid, ask] = makeQuotes(100, 0, 0, slope, share);
  assertAlmostEquals((bid + ask) / 2, price, 1e-12);
});

Deno.test("Parkinson: a bar of 102/100 is 0.011892690", () => {
  assertAlmostEquals(parkinson([{ high: 102, low: 100 }], 1)!, 0.011892690, 5e-10);
});

Deno.test("Parkinson: sixty samples a bar give 0.841 of the variance", () => {
  const random = createRandom(1);
  const sigma = 1e-3;
  const bars = Array.from({ length: 40_000 }, () => {
    let x = 0, high = 0, low = 0;
    for (let i = 0; i < 60; i++) {
      x += sigma * random.normal();
      high = Math.max(high, x);
      low = Math.min(low, x);
    }
    return { high: Math.exp(high), low: Math.exp(low) };
  });
  const ratio = (parkinson(bars, 60)! / sigma) ** 2;
  // The variance of a squared range is 0.41 of its mean's square (Parkinson 1980).
  assertAlmostEquals(ratio, 0.841, 4 * Math.sqrt(0.41 / bars.length));
});

Deno.test("VPIN: fifty equal prints a bucket have the floor 0.112275", () => {
  assertAlmostEquals(vpinFloor(50), 0.112275, 5e-7);
  const random = createRandom(2);
  const buckets = 20_000;
  const vpin = createVpin({ bucketVolume: 50, buckets });
  for (let i = 0; i < 50 * buckets; i++) vpin.update(1, random.sign() > 0 ? "buy" : "sell");
  assertAlmostEquals(vpin.floor!, 0.112275, 5e-7);
  // |imbalance| of one bucket has mean 0.112275 and mean square 1/50.
  const sd = Math.sqrt((1 / 50 - 0.112275 ** 2) / buckets);
  assertAlmostEquals(vpin.tau!, 0.112275, 4 * sd);
});

Deno.test("recursive least squares equal the batch formula to 1e-12", () => {
  for (const lambda of [1, 0.999, 0.95]) {
    const random = createRandom(3);
    const data = Array.from({ length: 2_000 }, () => {
      const tau = random.uniform();
      return { tau, slip: 1.5 * tau + random.normal() };
    });
    const [k0, p0] = [0.7, 100];
    const k = createK({ lambda, k0, p0 });
    for (const { slip, tau } of data) k.update(slip, tau);
    let information = lambda ** data.length / p0;
    let score = information * k0;
    data.forEach(({ tau, slip }, i) => {
      const weight = lambda ** (data.length - 1 - i);
      information += weight * tau * tau;
      score += weight * tau * slip;
    });
    assertAlmostEquals(k.raw / (score / information), 1, 1e-12);
    assertAlmostEquals(k.variance * information, 1, 1e-12);
  }
});

Deno.test("CVaR of N(0,1) at 95 % is 2.062713", () => {
  const n = 200_000;
  const losses = Array.from({ length: n }, (_, i) => normalQuantile((i + 0.5) / n));
  assertAlmostEquals(cvar(losses, 0.95)!, 2.062713, 2e-5);
});

Deno.test("Guéant–Lehalle–Fernandez-Tapia: constant, slope and exact bid distances", () => {
  const inputs = { sigma: 0.3, A: 0.9, k: 0.3, gamma: 0.01 };
  const { constant, slope } = glft(inputs);
  assertAlmostEquals(constant, 3.27898228, 5e-9);
  assertAlmostEquals(slope, 0.06786583, 5e-9);
  const distances = exactBidDistances(inputs, 60);
  assertAlmostEquals(distances.get(0)!, 3.313045, 5e-7);
  assertAlmostEquals(distances.get(5)!, 3.653480, 5e-7);
});

/** The table of §3.3 as computed exactly: mean profit, its deviation, deviation of the final inventory. */
const TABLE = [
  { gamma: 0.1, inventory: [64.89, 6.54, 2.93], symmetric: [68.22, 13.46, 8.40] },
  { gamma: 0.01, inventory: [68.40, 8.96, 5.21], symmetric: [68.67, 13.68, 8.71] },
  { gamma: 1, inventory: [31.45, 4.84, 1.64], symmetric: [43.69, 10.73, 5.17] },
] as const;
const PATHS = 2_000;

for (const { gamma, inventory, symmetric } of TABLE) {
  Deno.test(`Avellaneda–Stoikov: gamma = ${gamma}, both strategies through makeQuotes()`, () => {
    const half = (timeLeft: number) => optimalSpread(PAPER, gamma, timeLeft) / 2;
    const averageHalf = 100 - symmetricStrategy(PAPER, gamma)(100, 0, 1)[0];
    const rows = [
      {
        published: inventory,
        strategy: inventoryStrategy(PAPER, gamma),
        quoting: (mid: number, q: number, timeLeft: number) =>
          makeQuotes(mid, half(timeLeft), 1, kappa({ gamma, sigma: PAPER.sigma, delta: timeLeft, n: 1 }), q),
      },
      {
        published: symmetric,
        strategy: symmetricStrategy(PAPER, gamma),
        quoting: (mid: number, q: number) => makeQuotes(mid, averageHalf * 2, 0.5, 0, q),
      },
    ];
    for (const { published, strategy, quoting } of rows) {
      const exact = exactMoments(PAPER, strategy);
      [exact.mean, exact.sd, exact.sdInventory].forEach((value, i) => assertAlmostEquals(value, published[i]!, 0.0051));
      const ruled = exactMoments(PAPER, quoting);
      assertAlmostEquals(ruled.mean, exact.mean, 1e-9);
      assertAlmostEquals(ruled.sd, exact.sd, 1e-9);
      const simulated = simulate(PAPER, quoting, PATHS, 20081 + gamma * 100);
      const error = (simulated.mean - exact.mean) / (exact.sd / Math.sqrt(PATHS));
      assert(Math.abs(error) < 4, `mean profit ${simulated.mean}, exact ${exact.mean}: ${error} standard errors`);
      assertAlmostEquals(simulated.sd / exact.sd, 1, 0.1);
      assertAlmostEquals(simulated.sdInventory / exact.sdInventory, 1, 0.1);
    }
  });
}
