/**
 * The matrix: one recording under every fill model, fee tier and latency, with the headline cell judged. Runs on worker threads (I/O).
 *
 * @module
 */

import { type BacktestReport, runBacktest } from "./backtest.ts";
import { type CellChoice, type CellReport, cellReport } from "./cell_report.ts";
import { type FeeTier, feeTier } from "./fee_tiers.ts";
import { type Headline, judge } from "./headline.ts";
import { runJobs } from "./job_pool.ts";
import { KEYS } from "./keys.ts";
import { scaled } from "./order_latency.ts";
import { type Config, override } from "./schema.ts";
import { shareTape } from "./shared_tape.ts";
import type { Tape } from "./tape.ts";

/** The axes. */
export interface Axes {
  readonly models: readonly Config["fills"]["model"][];
  readonly tiers: readonly FeeTier[];
  /** Times the configured latencies. */
  readonly latencies: readonly number[];
}

/** The whole matrix as a plain value. */
export interface MatrixReport {
  readonly symbol: string;
  readonly source: string;
  readonly rows: number;
  /** Our time of the first and last row, microseconds. */
  readonly startTs: number;
  readonly endTs: number;
  readonly headline: Headline;
  /** In the order of the axes: models, then tiers, then latencies. */
  readonly cells: readonly CellReport[];
}

/** The matrix, and runs with their paths and fills. */
export interface MatrixRun {
  readonly report: MatrixReport;
  /** One a fill model, under the headline's fee tier and latency. */
  readonly runs: readonly BacktestReport[];
  /** The headline's, one of the above. */
  readonly headlineRun: BacktestReport;
}

/** Where and how to run. */
export interface MatrixOptions {
  /** Threads; as many as cores where absent, 0 for none: everything runs here. */
  readonly workers?: number;
  readonly axes?: Axes;
  /** Keeps the orders of the runs that are handed over, too: some 200 bytes each. */
  readonly keepOrders?: boolean;
  /** Called with the share done, 0..1. */
  readonly progress?: (done: number) => void;
}

/** What a worker is set up with, and what it is asked for. */
export interface MatrixSetup {
  readonly tape: Tape;
  readonly config: Config;
}
export interface MatrixJob {
  readonly model: CellChoice["model"];
  readonly tier: FeeTier;
  readonly latency: number;
  /** Whether the whole run is wanted, or only its value. */
  readonly isKept: boolean;
  /** And its orders. */
  readonly keepOrders?: boolean;
}
export interface MatrixResult {
  readonly cell: CellReport;
  readonly run?: BacktestReport;
}

/** The axes that a configuration names, the headline's own values among them. */
export function axesOf(config: Config): Axes {
  const { latencies, tiers, headline_tier, headline_latency } = config.backtest;
  const names = listed(tiers);
  const factors = listed(latencies).map(Number);
  return {
    models: KEYS.fills.model.choices,
    tiers: [...new Set([...names, headline_tier])].map((name) => feeTier(name, config)),
    latencies: [...new Set([...factors, headline_latency])].sort((a, b) => a - b),
  };
}

function listed(text: string): string[] {
  return text.split(",").map((word) => word.trim()).filter((word) => word !== "");
}

/** The cell that the configuration names before the run. */
export function headlineOf(config: Config): CellChoice {
  const { headline_model: model, headline_tier: tier, headline_latency: latency } = config.backtest;
  return { model, tier, latency };
}

/** The configuration of a cell. */
export function cellConfig(config: Config, { model, tier, latency }: Omit<MatrixJob, "isKept" | "keepOrders">): Config {
  const { fills } = config;
  const names = Object.keys(fills).filter((name) => name.endsWith("_latency")) as (keyof Config["fills"])[];
  const latencies = Object.fromEntries(names.map((name) => [name, fills[name] as number * latency]));
  const { maker, taker, label } = tier;
  const changed = override(config, { fills: { ...latencies, model }, fees: { maker, taker, label } });
  const measured = Object.entries(config.measured ?? {}).map(([file, orders]) => [file, scaled(orders, latency)]);
  return measured.length === 0 ? changed : { ...changed, measured: Object.fromEntries(measured) };
}

/** The configuration of the headline. */
export function headlineConfig(config: Config): Config {
  const { model, tier, latency } = headlineOf(config);
  return cellConfig(config, { model, tier: feeTier(tier, config), latency });
}

/** Does one job. */
export function matrixWork({ tape, config }: MatrixSetup): (job: MatrixJob) => MatrixResult {
  return (job) => {
    const settings = cellConfig(config, job);
    const run = runBacktest(tape, settings, { keepOrders: job.keepOrders });
    const cell = cellReport({ model: job.model, tier: job.tier.name, latency: job.latency }, run, settings);
    return job.isKept ? { cell, run } : { cell };
  };
}

/**
 * Runs the matrix over a tape.
 *
 * @param config with the market's overrides applied: `forBacktest(config)`
 * @throws {RangeError} for an empty tape or an unknown tier
 */
export async function runMatrix(tape: Tape, config: Config, options: MatrixOptions = {}): Promise<MatrixRun> {
  const { workers, progress, keepOrders = false } = options;
  const { models, tiers, latencies } = options.axes ?? axesOf(config);
  const chosen = headlineOf(config);
  const jobs = models.flatMap((model) =>
    tiers.flatMap((tier) =>
      latencies.map((latency): MatrixJob => {
        const isKept = tier.name === chosen.tier && latency === chosen.latency;
        return { model, tier, latency, isKept, keepOrders: isKept && keepOrders };
      })
    )
  );
  const at = jobs.findIndex(({ model, isKept }) => isKept && model === chosen.model);
  if (at < 0) {
    const { model, tier, latency } = chosen;
    throw new RangeError(`matrix: the headline (${model}, ${tier}, × ${latency}) is not one of its cells`);
  }
  const results = await play(tape, config, jobs, workers, progress);
  const cells = results.map(({ cell }) => cell);
  const headlineRun = results[at]!.run!;
  const { symbol, source, length: rows } = tape;
  const { startTs, endTs } = headlineRun;
  const headline = judge(cells[at]!, config.session.metrics_interval);
  const runs = results.flatMap(({ run }) => run ? [run] : []);
  return { report: { symbol, source, rows, startTs, endTs, headline, cells }, runs, headlineRun };
}

async function play(
  tape: Tape,
  config: Config,
  jobs: readonly MatrixJob[],
  workers: number | undefined,
  progress: MatrixOptions["progress"],
): Promise<MatrixResult[]> {
  let ended = 0;
  const done = () => progress?.(++ended / jobs.length);
  progress?.(0);
  if (workers === 0) {
    const work = matrixWork({ tape, config });
    return jobs.map((job) => {
      const result = work(job);
      done();
      return result;
    });
  }
  const module = new URL("./matrix_worker.ts", import.meta.url);
  const setup: MatrixSetup = { tape: shareTape(tape), config: withoutSecrets(config) };
  return await runJobs<MatrixSetup, MatrixJob, MatrixResult>({ module, setup, jobs, workers, done });
}

/** What may cross to another thread: a backtest needs no keys. */
export function withoutSecrets(config: Config): Config {
  return { ...config, secrets: {} };
}
