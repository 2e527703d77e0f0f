import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertMatch,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { join } from "node:path";
import { type CellReport, cellReport } from "../lib/cell_report.ts";
import { runBacktest } from "../lib/backtest.ts";
import { feeTier, TIER_NAMES } from "../lib/fee_tiers.ts";
import { headlineText, judge } from "../lib/headline.ts";
import { runJobs } from "../lib/job_pool.ts";
import { axesOf, cellConfig, runMatrix } from "../lib/matrix.ts";
import { readColumns } from "../lib/parquet.ts";
import { writeReport } from "../lib/report_files.ts";
import { override, validate } from "../lib/schema.ts";
import { TABLES } from "../lib/store_schema.ts";
import { syntheticTape } from "./synthetic.ts";

const config = override(
  validate({ backtest: { tiers: "zero, rebate", latencies: "0, 4", headline_latency: 1, headline_tier: "rebate" } }),
  {
    model: { vpin_bucket_mode: "volume", vpin_bucket_volume: 5, markout_horizon: 1, k_min_markouts: 10 },
    quotes: { size: 0.5, requote_ticks: 0, requote_interval: 0 },
    risk: { q_max: 3, hedge_at: 2, max_drawdown: 1e6 },
    session: { metrics_interval: 1 },
  },
);
const tape = syntheticTape({ seed: 5, messages: 1200 });
const matrix = await runMatrix(tape, config, { workers: 2, keepOrders: true });

Deno.test("the matrix has a cell for each model, tier and latency, the headline's own among them", () => {
  const { cells, headline } = matrix.report;
  assertEquals(cells.length, 5 * 2 * 3);
  assertEquals(new Set(cells.map(({ model, tier, latency }) => `${model} ${tier} ${latency}`)).size, 30);
  assertEquals(headline.cell, { model: "risk_averse", tier: "rebate", latency: 1 });
  assertEquals(axesOf(config).latencies, [0, 1, 4]);
  assertEquals(matrix.runs.map(({ model }) => model), ["touch", "through", "risk_averse", "power", "log"]);
  assertEquals(matrix.headlineRun.model, "risk_averse");
});

Deno.test("each cell is what a backtest of its configuration gives, on threads or here", async () => {
  for (const cell of matrix.report.cells.filter((_, i) => i % 7 === 0)) {
    const settings = cellConfig(config, { ...cell, tier: feeTier(cell.tier, config) });
    assertEquals([settings.fills.model, settings.fees.maker], [cell.model, cell.fees.maker]);
    assertAlmostEquals(settings.fills.entry_latency, config.fills.entry_latency * cell.latency, 1e-15);
    assertEquals(cellReport(cell, runBacktest(tape, settings), settings), cell);
  }
  assertEquals((await runMatrix(tape, config, { workers: 0 })).report, matrix.report);
});

Deno.test("the matrix is a plain value: JSON keeps all of it, and every cell's parts sum to its net PnL", () => {
  assertEquals(JSON.parse(JSON.stringify(matrix.report)), matrix.report);
  for (const { attribution: parts, pnl, fills } of matrix.report.cells) {
    if (fills > 0) assertGreater(Math.abs(pnl.gross), 0);
    const sum = parts.spread + parts.latency + parts.adverseSelection + parts.inventory + parts.fees;
    assertAlmostEquals(sum, pnl.net, 1e-9);
    assertEquals(parts.error, 0);
  }
});

Deno.test("a headline that is no cell, an unknown tier and an error on a thread are told as what they are", async () => {
  const axes = { ...axesOf(config), latencies: [0] };
  await assertRejects(() => runMatrix(tape, config, { axes }), RangeError, "the headline (risk_averse, rebate, × 1)");
  assertThrows(() => feeTier("gold", config), RangeError, "fee tier gold");
  const big = override(config, { quotes: { size: 2 }, risk: { q_max: 2 } });
  const market = { ...tape, minQty: 2.5 };
  await assertRejects(() => runMatrix(market, big, { workers: 1 }), Error, "quotes.size = 2, must be >= 2.5");
  assertEquals(await runJobs({ module: new URL("file:///none.ts"), setup: 0, jobs: [] }), []);
});

Deno.test("fee tiers: a higher one never costs more, and each can be a configuration's", () => {
  const vip = Array.from({ length: 10 }, (_, i) => feeTier(`binance_vip${i}`, config));
  vip.forEach(({ maker, taker }, i) => {
    assert(maker <= taker && (i === 0 || (maker <= vip[i - 1]!.maker && taker <= vip[i - 1]!.taker)), `VIP ${i}`);
  });
  for (const name of TIER_NAMES) {
    const { maker, label } = feeTier(name, config);
    assertEquals(override(config, { fees: { maker, label } }).fees.maker, maker);
  }
});

/** A cell with three days of minutes and the given figures. */
function cell(
  rest: { perPeriod: number; below?: number; capture?: number; days?: number; fills?: number },
): CellReport {
  const { perPeriod, below = 1, capture = 0.4, days = 3, fills = 500 } = rest;
  const periods = days * 1440;
  const root = Math.sqrt(525_600);
  const moments = { skew: 0, kurtosis: 3 };
  const standardError = Math.sqrt((1 + perPeriod ** 2 / 2) / periods) * root;
  const net = { periods, perPeriod, annualised: perPeriod * root, standardError, probability: 0.5, ...moments };
  const sample = matrix.report.cells[0]!;
  return {
    ...sample,
    seconds: days * 86_400,
    fills,
    pnl: { gross: Math.sign(perPeriod), net: perPeriod },
    sharpe: { net: { ...net, interval: undefined, minPeriods: undefined } },
    inventory: { ...sample.inventory!, belowCap: { share: below, standardError: 0.01 }, timeAtCap: 1 - below },
    capture: {
      atFill: { fills, earned: 1, perUnit: 1, fraction: 0.45, standardError: 0.01 },
      realised: [0.5, 1, 10].map((horizonSeconds) => ({
        horizonSeconds,
        // Only the markout's own horizon, a second here, is judged.
        capture: { fills, earned: 1, perUnit: 1, fraction: horizonSeconds === 1 ? capture : 9, standardError: 0.05 },
      })),
    },
  };
}

Deno.test("judge(): all three criteria met is met, and a figure above its target may still be open", () => {
  const perPeriod = 15 / Math.sqrt(525_600); // 15 a year, with an error of 11
  const verdict = judge(cell({ perPeriod }), 60);
  assert(verdict.isMet);
  const [sharpe, cap, capture] = verdict.criteria;
  assertAlmostEquals(sharpe!.value!, 15, 1e-9);
  assertAlmostEquals(sharpe!.standardError!, 11.03, 0.01);
  assertEquals([sharpe!.establishes, cap!.establishes, capture!.establishes], ["open", "reached", "reached"]);
  // (1.645·root/13.5)² minutes: 95 % against the target 1.5.
  const days = (1.6448536 * Math.sqrt(525_600) / 13.5) ** 2 / 1440;
  assertMatch(sharpe!.reasons.join(), new RegExp(`that would take ${days.toPrecision(3)} days`));
  assertMatch(headlineText(verdict), /Headline .*: met/);
});

Deno.test("judge(): each criterion alone is enough to miss, and the reason is told", () => {
  const perPeriod = 20 / Math.sqrt(525_600);
  const misses = [
    [cell({ perPeriod, days: 1 }), 0, /the sample has 1 of 3 days/],
    [cell({ perPeriod: -0.1 }), 0, /lose before fees already/],
    [cell({ perPeriod, below: 0.9 }), 1, /it is 90 %/],
    [cell({ perPeriod, fills: 0 }), 1, /nothing was filled, which tests nothing/],
    [cell({ perPeriod, capture: 0.1 }), 2, /it is 10 %.*at the fill it was 45 %/],
  ] as const;
  for (const [missing, at, because] of misses) {
    const { isMet, criteria } = judge(missing, 60);
    assertEquals([isMet, criteria.map((criterion) => criterion.isMet)], [false, [0, 1, 2].map((i) => i !== at)]);
    assertMatch(criteria[at]!.reasons.join("; "), because);
  }
});

Deno.test("the report's files: the value, the pictures, and the fills in Parquet", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const files = await writeReport(join(folder, "new"), matrix, config);
    assertEquals(files, ["report.json", "report.txt", "report.html", "fills.parquet", "orders.parquet"]);
    const at = (name: string) => join(folder, "new", name);
    assertEquals(JSON.parse(await Deno.readTextFile(at("report.json"))), matrix.report);
    assertMatch(await Deno.readTextFile(at("report.txt")), /NOT MET/);
    assertMatch(await Deno.readTextFile(at("report.html")), /<svg/);
    const fills = await readColumns(at("fills.parquet"), TABLES.fills);
    assertEquals(fills.id.length, matrix.runs.reduce((sum, { fills }) => sum + fills.length, 0));
    // What a cell says of its orders is what they say.
    const { run, accepted_ts, lots, end } = await readColumns(at("orders.parquet"), TABLES.orders);
    for (const { model, counts } of matrix.runs) {
      const own = run.flatMap((name, i) => name === model ? [i] : []);
      const accepted = own.filter((i) => accepted_ts[i] !== undefined && accepted_ts[i] !== null);
      assertEquals(accepted.reduce((sum, i) => sum + lots[i]!, 0), counts.lotsAccepted, model);
      assertEquals(own.filter((i) => end[i] === "rejected").length, counts.rejected, model);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
