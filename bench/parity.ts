/**
 * The same recording, latencies and fill model: the fills of a backtest, of a paper session and of a live session on the testnet.
 *
 *     deno run -A bench/parity.ts [MINUTES] [--tape PATH [--symbol BTC/USDT]]
 *
 * MINUTES are market minutes of each recording, 1 if absent; fifty times as many of the sparse one. A tape is whatever
 * `deno task testnet --tape` takes; without one, the three below are played.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { runBacktest } from "../lib/backtest.ts";
import { readRecording } from "../lib/recording.ts";
import { override, type Overrides, validate } from "../lib/schema.ts";
import { createTable } from "../lib/table.ts";
import { readTape } from "../lib/tape_file.ts";
import { worldTape } from "../testnet/engine/synthetic_tape.ts";
import { openSource, type TapeSource } from "../testnet/source.ts";
import { playLockstep } from "./lockstep_session.ts";
import { tapeMessages } from "./tape_messages.ts";

/** How each of the three filled. */
export interface Parity {
  readonly model: string;
  readonly fills: number;
  readonly live: string;
  readonly backtest: string;
  readonly paper: string;
  /** The first fill that differs, of the live session and of the backtest of its recording. */
  readonly first: string | undefined;
}

export const MODELS = ["touch", "through", "risk_averse", "power", "log"] as const;

/** A market to compare them on. */
export interface ParityMarket {
  readonly name: string;
  readonly tape: TapeSource;
  /** What a session there needs, `minutes` as asked for. */
  readonly changes: Overrides;
}

const shipped = (name: string) => fileURLToPath(new URL(`../data/sample/${name}`, import.meta.url));

/** As recorded by its receiver: trades are told up to 0.2 s after they were made. Ticks of 0.01, lots of 0.00001. */
export async function btcUsdt(minutes: number): Promise<ParityMarket> {
  const tape = await openSource(shipped("binance_spot_btcusdt_20240808"));
  return { name: "Binance BTC/USDT 2024-08-08", tape, changes: { session: { minutes } } };
}

/** The best levels once a second, and every trade: most print through the levels before. Ticks of 0.01, lots of 0.000001. */
export async function ethUsd(minutes: number): Promise<ParityMarket> {
  const tape = tapeMessages(await readTape(shipped("gemini_ethusd_20210701.parquet")), { minutes: minutes + 35 });
  const changes: Overrides = {
    exchange: { symbol: "ETH/USD" },
    model: { inventory_budget: 0.5, delta: 600, vpin_bucket_trades: 10 },
    quotes: { size: 0.05 },
    risk: { q_max: 1, hedge_at: 0.8, max_drawdown: 2000 },
    session: { minutes, backfill_minutes: 30 },
    testnet: { start: 1800 },
  };
  return { name: "Gemini ETH/USD 2021-07-01", tape, changes };
}

/** Simulated traders, each of their trades told up to 0.2 s late by chance. Ticks of 0.00001, lots of 0.0001. */
export function ethBtc(minutes: number, seed = 1): ParityMarket {
  const world = { price: 0.05, k: 0.0001, size: 0.5, seed };
  const tape = worldTape({ symbol: "ETHBTC", seconds: minutes * 60 + 360, ...world });
  const changes: Overrides = {
    exchange: { symbol: "ETH/BTC" },
    session: { minutes },
    testnet: { start: 300 },
    quotes: { size: 0.1, requote_ticks: 1 },
    risk: { q_max: 2, hedge_at: 1.5 },
  };
  return { name: `synthetic ETH/BTC, seed ${seed}`, tape: tapeMessages(tape, { lateMs: 200, seed }), changes };
}

/** All three, one after another. */
export async function compareThree(model: typeof MODELS[number], { tape, changes }: ParityMarket): Promise<Parity> {
  const root = await Deno.makeTempDir({ prefix: "makerbook_parity_" });
  const wanted = { ...changes, fills: { ...changes.fills, model } };
  try {
    const live = await playLockstep(tape, wanted, root);
    const config = override(validate({}), wanted);
    const backtest = runBacktest(await readRecording(root), config);
    const { fillsHash: paper } = await playLockstep(tape, wanted, `${root}/paper`, "paper");
    const differs = live.fills.findIndex((fill, i) => show(fill) !== show(backtest.fills[i]));
    const at = differs < 0 && live.fills.length !== backtest.fills.length ? live.fills.length : differs;
    return {
      ...{ model, fills: live.fills.length, live: live.fillsHash, backtest: backtest.fillsHash, paper },
      first: at < 0 ? undefined : `${at}: ${show(live.fills[at])} / ${show(backtest.fills[at])}`,
    };
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

function show(fill: { side: string; priceTicks: number; lots: number; exchTs: number; localTs: number } | undefined) {
  return fill && `${fill.side} ${fill.lots} @ ${fill.priceTicks}, ${fill.exchTs}, known ${fill.localTs}`;
}

export const isSame = ({ live, backtest, paper }: Parity): boolean => live === backtest && live === paper;

const USAGE = "Usage: deno run -A bench/parity.ts [MINUTES] [--tape PATH [--symbol BTC/USDT] [--start SECONDS]]";

if (import.meta.main) {
  const { values, positionals: [given = "1"] } = parseArgs({
    allowPositionals: true,
    options: {
      tape: { type: "string" },
      symbol: { type: "string", default: "BTC/USDT" },
      start: { type: "string", default: "48" },
      help: { type: "boolean", default: false },
    },
  });
  const minutes = Number(given);
  if (values.help || !(minutes > 0)) {
    console[values.help ? "log" : "error"](USAGE);
    Deno.exit(values.help ? 0 : 2);
  }
  const own = async (path: string): Promise<ParityMarket> => {
    const { symbol, start } = values;
    const changes = { exchange: { symbol }, session: { minutes }, testnet: { start: Number(start) } };
    return { name: path, tape: await openSource(path), changes };
  };
  const markets = values.tape !== undefined
    ? [await own(values.tape)]
    : [await btcUsdt(minutes), await ethUsd(50 * minutes), ethBtc(minutes)];
  let areSame = true;
  for (const market of markets) {
    const rows: Parity[] = [];
    for (const model of MODELS) {
      const start = performance.now();
      const row = await compareThree(model, market);
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      console.log(`${market.name}, ${model}: ${row.fills} fills, ${seconds} s ${row.first ?? ""}`);
      rows.push(row);
    }
    areSame &&= rows.every(isSame);
    console.log(
      createTable(
        market.name,
        ["fill model", "fills", "live", "backtest", "paper", "same"],
        rows.map((row) => [
          row.model,
          String(row.fills),
          ...[row.live, row.backtest, row.paper],
          isSame(row) ? "yes" : "NO",
        ]),
      ).text,
    );
  }
  Deno.exit(areSame ? 0 : 1);
}
