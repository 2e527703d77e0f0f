/**
 * The published tables through the engine: a model's quotes as real orders in the simulated venue, against the exact moments of the same
 * experiment and the figures as printed.
 *
 * `deno run -A bench/published_tables.ts [PATHS]`: 2,000 paths a row where not given; passes where each mean is within four standard errors.
 *
 * @module
 */

import {
  exactMoments,
  type Experiment,
  momentsOf,
  PAPER,
  PUBLISHED,
  type Quoting,
  ruleStrategy,
  symmetricStrategy,
} from "../lib/avellaneda_stoikov.ts";
import { carteaJaimungal } from "../lib/cartea_jaimungal.ts";
import { asymptoticQuotes, exactQuotes, finiteQuotes } from "../lib/glft.ts";
import { enginePaths, TICK } from "../lib/intensity_market.ts";
import { bar } from "../scripts/bar.ts";

const paths = Number(Deno.args[0] ?? 2000);
if (!Number.isInteger(paths) || paths < 2) {
  console.error("Usage: deno run -A bench/published_tables.ts [PATHS]");
  Deno.exit(2);
}

const glft = { sigma: 0.3, A: 0.9, k: 0.3, gamma: 0.01 };
const glftMarket: Experiment = { s0: 1000, horizon: 60, dt: 0.1, sigma: 0.3, k: 0.3, A: 0.9 };
const cj = { lambda: 0.9, kappa: 0.3, phi: 0.001, alpha: 0.01, limit: 10 };

interface Row {
  readonly name: string;
  readonly experiment: Experiment;
  readonly quoting: Quoting;
  readonly tick: number;
  readonly printed?: string;
}

const rows: Row[] = [
  ...PUBLISHED.map(({ gamma, strategy, mean, sd, sdInventory }): Row => ({
    name: `Avellaneda–Stoikov γ = ${gamma}, ${strategy}`,
    experiment: PAPER,
    quoting: strategy === "inventory" ? ruleStrategy(PAPER, gamma) : symmetricStrategy(PAPER, gamma),
    tick: TICK,
    printed: `${mean} / ${sd} / ${sdInventory}`,
  })),
  { name: "GLFT, exact quotes", experiment: glftMarket, quoting: exactQuotes(glft, 30), tick: 1e-3 },
  { name: "GLFT, asymptotic quotes", experiment: glftMarket, quoting: asymptoticQuotes(glft, 30), tick: 1e-3 },
  { name: "GLFT, with the end in sight", experiment: glftMarket, quoting: finiteQuotes(glft, 30), tick: 1e-3 },
  {
    name: "Guéant's model B, orders of 5",
    experiment: { ...glftMarket, size: 5 },
    quoting: finiteQuotes({ ...glft, xi: 0, size: 5 }, 10),
    tick: 1e-3,
  },
  { name: "Cartea–Jaimungal", experiment: glftMarket, quoting: carteaJaimungal(cj), tick: 1e-3 },
];

const progress = bar(`${rows.length} rows of ${paths} paths`);
let failed = 0;
const figure = (value: number) => value.toFixed(2);
console.log("mean profit / its deviation / deviation of the final inventory\n");
console.log(`${"".padEnd(40)} ${"engine".padEnd(24)} ${"exact".padEnd(24)} ${"printed".padEnd(20)} error/se`);
for (const [i, { name, experiment, quoting, tick, printed = "" }] of rows.entries()) {
  progress(i / rows.length);
  const exact = exactMoments(experiment, quoting);
  const found = momentsOf(enginePaths(experiment, quoting, paths, 20081, { tick }));
  const error = (found.mean - exact.mean) / (exact.sd / Math.sqrt(paths));
  if (!(Math.abs(error) < 4)) failed++;
  const text = ({ mean, sd, sdInventory }: typeof exact) => [mean, sd, sdInventory].map(figure).join(" / ");
  console.log(
    `${name.padEnd(40)} ${text(found).padEnd(24)} ${text(exact).padEnd(24)} ${printed.padEnd(20)} ${error.toFixed(2)}`,
  );
}
progress(1);
console.log(failed === 0 ? "\nall within four standard errors" : `\n${failed} rows beyond four standard errors`);
Deno.exit(failed === 0 ? 0 : 1);
