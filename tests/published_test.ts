import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  exactMoments,
  type Experiment,
  inventoryStrategy,
  momentsOf,
  PAPER,
  PUBLISHED,
  type Quoting,
  ruleStrategy,
  symmetricStrategy,
} from "../lib/avellaneda_stoikov.ts";
import { runBacktest } from "../lib/backtest.ts";
import { carteaJaimungal } from "../lib/cartea_jaimungal.ts";
import { createDesk } from "../lib/engine.ts";
import { asymptoticQuotes, exactBidDistances, exactQuotes, finiteQuotes, glft } from "../lib/glft.ts";
import {
  enginePaths,
  intensityConfig,
  intensityRows,
  intensityRule,
  intensityTape,
  TICK,
} from "../lib/intensity_market.ts";
import { createRandom } from "../lib/random.ts";
import { ruleMaker } from "../lib/rule_maker.ts";
import { playRow } from "../lib/tape.ts";

// The long version, 2,000 paths each: bench/published_tables.ts.

/** The engine's mean profit is the exact one of the discrete experiment, |mean − exact| < 4·sd/√paths, and its spread too. */
function assertExact(experiment: Experiment, quoting: Quoting, paths: number, name: string, tick = TICK) {
  const exact = exactMoments(experiment, quoting);
  const { mean, sd, sdInventory } = momentsOf(enginePaths(experiment, quoting, paths, 20081, { tick }));
  const error = (mean - exact.mean) / (exact.sd / Math.sqrt(paths));
  assert(Math.abs(error) < 4, `${name}: mean ${mean}, exact ${exact.mean}: ${error} standard errors`);
  // A sample deviation of normal values has the relative error 1/√(2n).
  assertAlmostEquals(sd / exact.sd, 1, 4 / Math.sqrt(2 * paths), `${name}: sd ${sd}, exact ${exact.sd}`);
  assertAlmostEquals(sdInventory / exact.sdInventory, 1, 5 / Math.sqrt(2 * paths), name);
  return exact;
}

for (const { gamma, strategy, mean } of PUBLISHED) {
  Deno.test(`Avellaneda–Stoikov through the engine: gamma = ${gamma}, ${strategy}`, () => {
    const quoting = strategy === "inventory" ? ruleStrategy(PAPER, gamma) : symmetricStrategy(PAPER, gamma);
    const exact = assertExact(PAPER, quoting, 60, strategy);
    // The paper's own thousand paths agree with the exact figure.
    assertAlmostEquals(mean, exact.mean, 4 * exact.sd / Math.sqrt(1000));
  });
}

const GLFT = { sigma: 0.3, A: 0.9, k: 0.3, gamma: 0.01 };
const GLFT_MARKET: Experiment = { s0: 1000, horizon: 30, dt: 0.1, sigma: 0.3, k: 0.3, A: 0.9 };

Deno.test("Guéant–Lehalle–Fernandez-Tapia through the engine: the exact quotes and their asymptotic form", () => {
  for (const quotes of [exactQuotes, asymptoticQuotes]) {
    assertExact(GLFT_MARKET, quotes(GLFT, 10), 50, quotes.name, 1e-3);
  }
});

Deno.test("Guéant–Lehalle–Fernandez-Tapia through the engine: orders rest at the published distances", () => {
  const market = { symbol: "ABC/USD", base: "ABC", quote: "USD", rules: { tickSize: 1e-3, lotSize: 1 } };
  // A restless market, so that five units are held at times.
  const restless = { ...GLFT_MARKET, horizon: 200, A: 3 };
  const maker = ruleMaker(intensityRule(restless, exactQuotes(GLFT, 60)));
  const seen = new Map<number, number[]>();
  const desk = createDesk(
    market,
    intensityConfig(),
    {
      quote({ inventory, mid, bid }) {
        const distances = seen.get(inventory) ?? [];
        seen.set(inventory, distances);
        distances.push(mid! - bid!);
      },
    },
    undefined,
    undefined,
    maker,
  );
  intensityRows(restless, 1e-3, { moves: createRandom(1), orders: createRandom(2) }, desk.row);
  for (const [q, distance] of [[0, 3.313045], [5, 3.653480]] as const) {
    assert((seen.get(q)?.length ?? 0) > 20, `${q}: ${seen.get(q)?.length} decisions`);
    // Rounded down to the tick, never towards the mid.
    for (const found of seen.get(q)!) assert(found >= distance - 1e-6 && found <= distance + 1.001e-3, `${found}`);
  }
});

Deno.test("Cartea–Jaimungal through the engine, and its quotes far from the end are those of GLFT without risk aversion", () => {
  const inputs = { lambda: 0.9, kappa: 0.3, phi: 0.001, alpha: 0.01, limit: 5 };
  assertExact(GLFT_MARKET, carteaJaimungal(inputs), 50, "Cartea–Jaimungal", 1e-3);
  // gamma → 0 with gamma·sigma²/2 = phi: (1 + gamma/k)^−(1 + k/gamma) → 1/e.
  const gamma = 1e-6;
  const exact = exactBidDistances({ sigma: Math.sqrt(2 * inputs.phi / gamma), A: 0.9, k: 0.3, gamma }, 5);
  for (const q of [-5, -1, 0, 3, 4]) {
    assertAlmostEquals(-carteaJaimungal(inputs)(0, q, 5000)[0], exact.get(q)!, 1e-5);
  }
  // At the end the last unit is worth what its penalty says: 1/kappa + alpha·((q + 1)² − q²).
  assertAlmostEquals(-carteaJaimungal(inputs)(0, 2, 0)[0], 1 / 0.3 + 0.01 * 5, 1e-12);
  assertEquals(carteaJaimungal(inputs)(0, 5, 1)[0], -Infinity);
  assertThrows(() => carteaJaimungal({ ...inputs, kappa: 0 }), RangeError, "kappa = 0");
});

Deno.test("alone in the spread every fill model fills the same, and other constants work as well", () => {
  const experiment: Experiment = { s0: 50, horizon: 0.5, dt: 0.01, sigma: 1, k: 2, A: 60 };
  const paths = (model: "touch" | "through" | "risk_averse" | "power" | "log") =>
    enginePaths(experiment, ruleStrategy(experiment, 0.3), 10, 3, { model });
  const queue = paths("risk_averse");
  for (const model of ["touch", "power", "log"] as const) assertEquals(paths(model), queue, model);
  // A print at our very price, one tick in ten thousand, is the difference.
  const through = paths("through");
  assert(through.inventories.filter((q, i) => q !== queue.inventories[i]).length <= 1);
  assertExact(experiment, ruleStrategy(experiment, 0.3), 100, "other constants");
});

Deno.test("the market is a tape like any other: a backtest of it has the fills of the desk", () => {
  const experiment: Experiment = { s0: 100, horizon: 0.2, dt: 0.005, sigma: 2, k: 1.5, A: 140 };
  const tape = intensityTape(experiment, 5);
  const rule = ruleMaker(intensityRule(experiment, ruleStrategy(experiment, 0.1)));
  const report = runBacktest(tape, intensityConfig(), { maker: rule });
  const desk = createDesk(
    { symbol: "ABC/USD", base: "ABC", quote: "USD", rules: { tickSize: TICK, lotSize: 1 } },
    intensityConfig(),
    {},
    undefined,
    undefined,
    rule,
  );
  for (let i = 0; i < tape.length; i++) playRow(tape, i, desk.row);
  assert(report.fills.length > 5);
  assertAlmostEquals(report.metrics.pnl.net, desk.ledger.now()!.equity, 1e-9);
  assertAlmostEquals(report.attribution.net, report.metrics.pnl.net, 1e-9);
});

Deno.test("GLFT with the end in sight, in sizes and with Guéant's two kinds of risk aversion: as exp(−M·t) by another program", () => {
  // scipy.linalg.expm and eigh; sigma = 0.3, A = 0.9, k = 0.3.
  const at = { sigma: 0.3, A: 0.9, k: 0.3 };
  const sized = { ...at, gamma: 0.02, xi: 0.001, size: 5 };
  const found = [
    ["sized, stationary", exactBidDistances(sized, 6).get(2)!, 3.9664025669503937],
    ["sized, 10 s left", -finiteQuotes(sized, 6)(0, 10, 10)[0], 3.7040469099589375],
    ["sized, at the limit", -finiteQuotes(sized, 6)(0, -30, 10)[0], 1.0819540056281376],
    ["30 s left", -finiteQuotes({ ...at, gamma: 0.01 }, 10)(0, 5, 30)[0], 3.7103497713938065],
    ["model B, stationary", exactBidDistances({ ...at, gamma: 0.01, xi: 0 }, 10).get(0)!, 3.377746415391334],
  ] as const;
  for (const [name, value, expected] of found) assertAlmostEquals(value, expected, 1e-10 * expected, name);
  // Shortly before the end they are Avellaneda and Stoikov's: half the spread and the skew, (2q + 1)/2·gamma·sigma²·(T − t).
  const short = { ...PAPER, s0: 0 };
  const late = finiteQuotes({ ...short, gamma: 0.1 }, 20), paper = inventoryStrategy(short, 0.1);
  for (const q of [-7, 0, 3]) {
    for (const side of [0, 1] as const) assertAlmostEquals(late(0, q, 1e-5)[side], paper(0, q, 1e-5)[side], 1e-8);
  }
  // His model B with orders of one is Cartea and Jaimungal's, phi = gamma·sigma²/2.
  const b = finiteQuotes({ ...at, gamma: 0.02, xi: 0 }, 4);
  const cj = carteaJaimungal({ lambda: 0.9, kappa: 0.3, phi: 0.02 * 0.09 / 2, alpha: 0, limit: 4 });
  for (const q of [-4, 0, 3, 4]) {
    b(100, q, 7).forEach((price, side) => {
      const expected = cj(100, q, 7)[side]!;
      if (Number.isFinite(expected)) assertAlmostEquals(price, expected, 1e-10);
      else assertEquals(price, expected);
    });
  }
});

Deno.test("other papers' constants go through the engine: any level and scale of prices, any size of orders", () => {
  const small: Experiment = { s0: 0, horizon: 0.5, dt: 0.01, sigma: 0.02, k: 150, A: 60 };
  const strategies: [Experiment, Quoting][] = [
    [small, inventoryStrategy(small, 0)],
    [small, inventoryStrategy(small, 20)],
    [{ ...GLFT_MARKET, size: 5, s0: 3 }, finiteQuotes({ ...GLFT, gamma: 0.02, xi: 0.001, size: 5 }, 6)],
  ];
  for (const [experiment, quoting] of strategies) {
    const exact = exactMoments(experiment, quoting);
    const { mean } = momentsOf(enginePaths(experiment, quoting, 50, 3));
    assert(Math.abs(mean - exact.mean) < 4 * exact.sd / Math.sqrt(50), `${mean}, exact ${exact.mean}`);
  }
});

Deno.test("constants that no experiment has are refused with their name, value and bound", () => {
  const quoting = inventoryStrategy(PAPER, 0.1);
  const refused: [() => unknown, string][] = [
    [() => exactMoments({ ...PAPER, dt: 0 }, quoting), "dt = 0, must be > 0"],
    [() => exactMoments({ ...PAPER, dt: 0.3 }, quoting), "horizon = 1, must be a whole number of steps of dt = 0.3"],
    [() => exactMoments({ ...PAPER, k: -1 }, quoting), "k = -1, must be > 0"],
    [() => exactMoments(PAPER, inventoryStrategy(PAPER, -1)), "gamma = -1, must be >= 0"],
    [() => exactMoments(PAPER, () => [NaN, 101]), "a quote is NaN"],
    [() => enginePaths(PAPER, quoting, 0, 1), "paths = 0, must be a whole number >= 1"],
    [() => enginePaths(PAPER, quoting, 2, 1, { tick: 1 }), "tick = 1, must be > 0 and <="],
    [() => glft({ ...GLFT, gamma: -1 }), "gamma = -1, must be >= 0"],
    [() => exactBidDistances(GLFT, 0), "limit = 0, must be a whole number >= 1"],
  ];
  for (const [run, message] of refused) assertThrows(run, RangeError, message);
});
