/**
 * How fast recordings of others become tapes, by format: rows a second, the median of several runs.
 *
 * `deno run -A bench/tape_read.ts [ROWS]`: the shipped raw recording, repeated to about so many rows (1,000,000 where not given), written
 * in every format to a temporary folder, and read back.
 *
 * @module
 */

import { join } from "node:path";
import { exportHftbacktest } from "../lib/import/hftbacktest.ts";
import { type ImportSource, importTape } from "../lib/import_tape.ts";
import { readTape, writeTape } from "../lib/recording.ts";
import { checkTape } from "../lib/tape_check.ts";
import { createTape, type Tape } from "../lib/tape.ts";
import { binanceAggTrades, binanceTrades, gzip, tardisBook, tardisTrades, zipOf } from "../tests/import_files.ts";

const SAMPLE = new URL("../data/sample/binance_spot_btcusdt_20240808", import.meta.url).pathname;
const RUNS = 3;
const MS = 1000;

const rows = Number(Deno.args[0] ?? 1_000_000);
if (!Number.isInteger(rows) || rows < 1) {
  console.error("Usage: deno run -A bench/tape_read.ts [ROWS]");
  Deno.exit(2);
}

/** The tape over and over, each time a little later than the last. */
function repeated(tape: Tape, times: number): Tape {
  const builder = createTape(tape, tape.length * times);
  const span = tape.exchTs[tape.length - 1]! - tape.exchTs[0]! + 60e6;
  for (let n = 0; n < times; n++) {
    for (let i = 0; i < tape.length; i++) {
      builder.row(
        tape.kind[i]!,
        tape.side[i]!,
        tape.flags[i]!,
        tape.exchTs[i]! + n * span,
        tape.localTs[i]! + n * span,
        tape.priceTicks[i]!,
        tape.qty[i]!,
      );
    }
  }
  return builder.build();
}

async function median(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times.toSorted((a, b) => a - b)[RUNS >> 1]!;
}

const folder = await Deno.makeTempDir({ prefix: "makerbook-" });
try {
  const { tape: sample } = await importTape(SAMPLE, { from: "raw" });
  const tape = repeated(sample, Math.max(1, Math.round(rows / sample.length)));
  console.log(`${tape.length} rows, ${RUNS} runs each, Deno ${Deno.version.deno}\n`);
  console.log("format                                rows       MB    seconds    rows/s     MB/s");
  const line = (name: string, count: number, bytes: number, ms: number) =>
    console.log(
      `${name.padEnd(34)} ${String(count).padStart(8)} ${(bytes / 1e6).toFixed(1).padStart(8)} ${
        (ms / MS).toFixed(2).padStart(10)
      } ${Math.round(count / (ms / MS)).toLocaleString("en-US").padStart(9)} ${
        (bytes / 1e3 / ms).toFixed(1).padStart(8)
      }`,
    );

  const measure = async (name: string, from: ImportSource, files: Record<string, () => Uint8Array>) => {
    const paths: string[] = [];
    for (const [file, made] of Object.entries(files)) {
      const path = join(folder, file);
      await Deno.writeFile(path, made());
      paths.push(path);
    }
    const bytes = paths.reduce((sum, path) => sum + Deno.statSync(path).size, 0);
    let count = 0;
    const ms = await median(async () => {
      count = (await importTape(paths, { from, symbol: tape.symbol, tickSize: 0.01 })).tape.length;
    });
    line(name, count, bytes, ms);
    for (const path of paths) Deno.removeSync(path);
  };

  const encode = (text: string) => new TextEncoder().encode(text);
  const inMillis = { ...tape, exchTs: tape.exchTs.map((ts) => Math.floor(ts / MS) * MS) };
  const sampleBytes = [...Deno.readDirSync(SAMPLE)].reduce(
    (sum, { name }) => sum + Deno.statSync(join(SAMPLE, name)).size,
    0,
  );
  line("raw messages, gzip", sample.length, sampleBytes, await median(() => importTape(SAMPLE, { from: "raw" })));
  const book = encode(tardisBook(tape));
  const trades = encode(tardisTrades(tape));
  await measure("Tardis book and trades", "tardis", {
    "binance_incremental_book_L2.csv": () => book,
    "binance_trades.csv": () => trades,
  });
  await measure("Tardis book and trades, gzip", "tardis", {
    "binance_incremental_book_L2.csv.gz": () => gzip(book),
    "binance_trades.csv.gz": () => gzip(trades),
  });
  const name = "BTCUSDT-trades-2024-03-01.csv";
  const archive = encode(binanceTrades(inMillis, { millis: true }));
  await measure("Binance trades", "binance", { [name]: () => archive });
  await measure("Binance trades, zip", "binance", { [`${name}.zip`]: () => zipOf(name, archive) });
  await measure("Binance aggTrades", "binance", {
    "BTCUSDT-aggTrades-2024-03-01.csv": () => encode(binanceAggTrades(inMillis, true)),
  });
  for (const compress of [false, true]) {
    const path = join(folder, "made.npz");
    exportHftbacktest(path, tape, { compress });
    await measure(`hftbacktest npz${compress ? ", deflated" : ""}`, "hftbacktest", {
      "x.npz": () => Deno.readFileSync(path),
    });
  }
  const parquet = join(folder, "x.parquet");
  await writeTape(parquet, tape);
  line("tape Parquet", tape.length, Deno.statSync(parquet).size, await median(() => readTape(parquet)));
  const start = performance.now();
  checkTape(tape);
  console.log(
    `\ncheckTape: ${Math.round(tape.length / ((performance.now() - start) / MS)).toLocaleString("en-US")} rows/s`,
  );
} finally {
  await Deno.remove(folder, { recursive: true });
}
