/**
 * `deno task import`: recordings of others as a tape, checked.
 *
 * @module
 */

import { exportHftbacktest } from "../lib/import/hftbacktest.ts";
import { IMPORT_SOURCES, type ImportSource, importTape } from "../lib/import_tape.ts";
import { nearest } from "../lib/nearest.ts";
import { writeTape } from "../lib/recording.ts";
import { checkTape } from "../lib/tape_check.ts";
import { maskGaps, refuseGaps } from "../lib/tape_gaps.ts";
import { renderTapeReport } from "../lib/tape_report.ts";
import { help, type Option, positive, readOptions } from "./options.ts";
import { main, step, Stop } from "./steps.ts";

const OPTIONS = {
  from: { value: "SOURCE", about: IMPORT_SOURCES.join(" | ") },
  out: {
    value: "FILE",
    about: "where to write: .parquet, a tape, or .npz, hftbacktest's events; nothing is written if absent",
  },
  symbol: { value: "BASE/QUOTE", about: "the market; told from the files if absent, npz does not say it" },
  tick: { value: "STEP", about: "price step; told from the decimals if absent" },
  lot: { value: "STEP", about: "quantity step; told from the decimals if absent" },
  "contract-size": {
    value: "AMOUNT",
    about: "what a contract is worth, 0.01BTC or 100USD, where quantities are contracts",
  },
  gaps: { value: "HOW", about: "mask (if absent), refuse or keep what is missing" },
  silence: { value: "SECONDS", about: "without a book message that count as a gap; 60 if absent" },
  resume: {
    value: "AT",
    about: "what ends a masked silence: snapshot (if absent), or book where messages restate the touch",
  },
  help: { about: "this text" },
};

const ABOUT = `Reads the files or folders of one market into a tape, prints what is wrong with it, and writes it.

  binance      the public archive: SYMBOL-trades-DATE, -aggTrades-, -bookTicker-, -bookDepth-, .csv or .zip
  tardis       incremental_book_L2, trades, book_snapshot_25 or _5, .csv or .csv.gz
  hftbacktest  one .npz
  raw          Binance WebSocket messages with receive times, .jsonl or .jsonl.gz
  parquet      whole books and trades, see docs/tape.md

A tape with errors is not written. docs/tape.md has the rules.`;

/** Options apart from paths. */
function parted(args: readonly string[]): { options: string[]; paths: string[] } {
  const known: Readonly<Record<string, Option>> = OPTIONS;
  const options: string[] = [];
  const paths: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (!arg.startsWith("--")) paths.push(arg);
    else {
      options.push(arg);
      if (known[arg.slice(2)]?.value !== undefined && i + 1 < args.length) options.push(args[++i]!);
    }
  }
  return { options, paths };
}

function oneOf<T extends string>(name: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  const near = nearest(value, choices);
  throw new Stop(`--${name} = ${value}, must be ${choices.join(", ")}${near ? `; did you mean ${near}?` : ""}`, 2);
}

await main(async () => {
  const { options: given, paths } = parted(Deno.args);
  const options = readOptions(given, OPTIONS);
  if (options.has("help")) return console.log(help("deno task import --from SOURCE [options] PATH...", ABOUT, OPTIONS));
  const source = options.get("from");
  if (source === undefined) throw new Stop(`--from is missing, must be ${IMPORT_SOURCES.join(", ")}`, 2);
  const from: ImportSource = oneOf("from", source, IMPORT_SOURCES);
  if (paths.length === 0) throw new Stop("no file or folder given, see --help", 2);
  const out = options.get("out");
  if (out !== undefined && !/\.(parquet|npz)$/.test(out)) {
    throw new Stop(`--out = ${out}, must end in .parquet or .npz`, 2);
  }
  const gaps = oneOf("gaps", options.get("gaps") ?? "mask", ["mask", "refuse", "keep"]);
  const resume = oneOf("resume", options.get("resume") ?? "snapshot", ["snapshot", "book"]);
  const number = (name: string) => options.has(name) ? Number(positive(options, name)) : undefined;
  const seconds = number("silence");
  const silence = seconds === undefined ? undefined : seconds * 1e6;

  let told = 0;
  const { tape: read, facts } = await step(`reading ${paths.join(", ")}`, () =>
    importTape(paths, {
      from,
      symbol: options.get("symbol"),
      tickSize: number("tick"),
      lotSize: number("lot"),
      contractSize: options.get("contract-size"),
      progress(done) {
        const tenths = Math.floor(done * 10);
        if (tenths > told && tenths < 10) Deno.stdout.writeSync(new TextEncoder().encode(` ${tenths * 10} %`));
        told = Math.max(told, tenths);
      },
    }));
  const check = { silence, facts };
  const found = checkTape(read, check);
  let tape = read;
  if (gaps === "refuse") refuseGaps(read, found);
  else if (gaps === "mask") tape = maskGaps(read, { ...check, resume }, found);
  const report = tape === read ? found : checkTape(tape, check);
  if (tape !== read) console.log(`masked ${found.unmarked.length} gaps, the first: ${found.unmarked[0]!.reason}`);
  console.log(renderTapeReport(report));
  if (report.errors.length > 0) throw new Stop(`${paths.join(", ")}: ${report.errors[0]}; not written`);
  if (out === undefined) return;
  await step(`writing ${out}`, async () => {
    if (out.endsWith(".npz")) exportHftbacktest(out, tape);
    else await writeTape(out, tape);
  });
});
