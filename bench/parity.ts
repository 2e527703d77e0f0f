/**
 * The same recording, latencies and fill model: the fills of a backtest, of a paper session and of a live session on the testnet.
 *
 *     deno run -A bench/parity.ts [MINUTES]     (market minutes, 3 if absent)
 *
 * @module
 */
import { runBacktest } from "../lib/backtest.ts";
import { readRecording } from "../lib/recording.ts";
import { override, type Overrides, validate } from "../lib/schema.ts";
import { createTable } from "../lib/table.ts";
import { playLockstep } from "./lockstep_session.ts";

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

/** All three, one after another. */
export async function compareThree(model: typeof MODELS[number], changes: Overrides): Promise<Parity> {
  const root = await Deno.makeTempDir({ prefix: "makerbook_parity_" });
  const wanted = { ...changes, fills: { ...changes.fills, model } };
  try {
    const live = await playLockstep(wanted, root);
    const config = override(validate({}), wanted);
    const backtest = runBacktest(await readRecording(root), config);
    const { fillsHash: paper } = await playLockstep(wanted, `${root}/paper`, "paper");
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

if (import.meta.main) {
  const minutes = Number(Deno.args[0] ?? 3);
  if (!(minutes > 0)) {
    console.error("Usage: deno run -A bench/parity.ts [MINUTES]");
    Deno.exit(2);
  }
  const rows: Parity[] = [];
  for (const model of MODELS) {
    const start = performance.now();
    const row = await compareThree(model, { session: { minutes } });
    console.log(
      `${model}: ${row.fills} fills, ${((performance.now() - start) / 1000).toFixed(1)} s ${row.first ?? ""}`,
    );
    rows.push(row);
  }
  const isSame = ({ live, backtest, paper }: Parity) => live === backtest && live === paper;
  console.log(
    createTable(
      `${minutes} market minutes`,
      ["fill model", "fills", "live", "backtest", "paper", "same"],
      rows.map((row) => [row.model, String(row.fills), row.live, row.backtest, row.paper, isSame(row) ? "yes" : "NO"]),
    ).text,
  );
  Deno.exit(rows.every(isSame) ? 0 : 1);
}
