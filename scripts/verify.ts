/**
 * `deno task verify`: checks what was recorded, with a reader that is not ours.
 *
 * DuckDB must read every row of every Parquet file and count as many as we do; each run's events must be numbered without a
 * hole; and the book rebuilt from our files must be the exchange's own best bid and ask, where the raw recording that the
 * testnet replayed is there to tell.
 *
 * @module
 */
import { type BookCheck, type BookReference, createBookReference } from "../lib/book_check.ts";
import { readFooter } from "../lib/parquet.ts";
import { listRuns, readEvents, type RunInfo, tableFiles } from "../lib/recording.ts";
import { loadConfig, locate } from "../lib/settings.ts";
import { type TableName, TABLES } from "../lib/store_schema.ts";
import { fileSource } from "../testnet/source.ts";
import { type DuckDb, openDuckDb } from "./duckdb.ts";
import { findHole, type Hole } from "./hole.ts";
import { help, readOptions } from "./options.ts";
import { main, Stop } from "./steps.ts";

/** Rows of one table, as both readers count them. */
export interface TableCheck {
  readonly table: TableName;
  readonly files: number;
  readonly rows: number;
  /** Files that the readers do not agree on, one line each. */
  readonly problems: readonly string[];
}

/** One run: its events, and its book against the exchange's. */
export interface RunCheck {
  readonly info: RunInfo;
  readonly deltas: number;
  readonly trades: number;
  readonly gaps: number;
  /** Events behind a hole in the numbering, which no replay gets to see. */
  readonly leftOut: number;
  readonly hole: Hole | undefined;
  /** Undefined where the raw recording is of another market or time. */
  readonly book: BookCheck | undefined;
}

/** Reads every file of a table with DuckDB, every column of it, and compares the number of rows with ours. */
export async function checkTable(db: DuckDb, root: string, table: TableName): Promise<TableCheck> {
  const files = tableFiles(root, table);
  const problems: string[] = [];
  let rows = 0;
  for (const file of files) {
    try {
      const ours = readFooter(file).head.rows;
      // The hash of whole rows makes DuckDB decode every column.
      const [answer] = await db.query(
        `select count(*)::int as rows, bit_xor(hash(t)) as hash from read_parquet('${file.replaceAll("'", "''")}') t`,
      );
      if (answer?.rows !== ours) problems.push(`${file}: DuckDB counts ${answer?.rows} rows, the footer says ${ours}`);
      rows += ours;
    } catch (error) {
      problems.push(error instanceof Error ? error.message.split("\n")[0]! : String(error));
    }
  }
  return { table, files: files.length, rows, problems };
}

/** What the exchange said of its book in a raw recording. */
export async function readReference(raw: string, tickSize: number): Promise<BookReference> {
  const reference = createBookReference(tickSize);
  for await (const batch of (await fileSource(raw)).messages()) for (const { json } of batch) reference.message(json);
  return reference;
}

/** Reads a run back and compares its book with the `bookTicker` messages of a raw recording. */
export async function checkRun(root: string, run: string, reference?: BookReference): Promise<RunCheck> {
  const { info, events, leftOut } = await readEvents(root, run);
  const count = { deltas: 0, trades: 0, gaps: 0 };
  for (const event of events) {
    if (event.type === "gap") count.gaps++;
    else if (event.type === "book") count.deltas += event.snapshot ? 0 : 1;
    else count.trades += (event.origin ?? "stream") === "stream" ? 1 : 0;
  }
  let book: BookCheck | undefined;
  if (reference) {
    const check = reference.compare(events);
    // Update ids beyond those of the recording say nothing: another market or another day.
    if (check.matched > 0 || check.contradictory > 0) book = check;
  }
  return { info, ...count, leftOut, hole: await findHole(root, info.run), book };
}

const OPTIONS = {
  data: { value: "FOLDER", about: "the recordings; paths.data if absent" },
  tape: { value: "PATH", about: "raw recording whose bookTicker the books are compared with; testnet.tape if absent" },
  run: { value: "NAME", about: "only this run's events and book; all runs if absent" },
  config: { value: "FILE", about: "config.yaml if absent" },
  help: { about: "this text" },
};

/** Share of messages at which a raw recording may contradict itself before it is no judge. */
const CONTRADICTIONS = 0.01;

async function verify(): Promise<number> {
  const options = readOptions(Deno.args, OPTIONS);
  if (options.has("help")) {
    console.log(help("deno task verify [options]", "Checks recordings with DuckDB and against the exchange.", OPTIONS));
    return 0;
  }
  const config = await loadConfig(options.get("config"));
  const root = options.get("data") ?? locate(config, config.paths.data);
  const tape = options.get("tape") ?? locate(config, config.testnet.tape);
  const raw = await Deno.stat(tape).then(() => tape, () => undefined);
  if (raw === undefined && options.has("tape")) throw new Stop(`${tape}: no such recording`);
  if (!await Deno.stat(root).then((found) => found.isDirectory, () => false)) throw new Stop(`${root}: no such folder`);
  const tables = Object.keys(TABLES) as TableName[];
  if (tables.every((table) => tableFiles(root, table).length === 0)) throw new Stop(`${root}: no recording here`);
  const problems: string[] = [];

  const db = openDuckDb();
  for (const table of tables) {
    const check = await checkTable(db, root, table);
    problems.push(...check.problems);
    console.log(`${table.padEnd(10)} ${String(check.rows).padStart(9)} rows in ${check.files} files, read by DuckDB`);
  }
  await db.close();
  if (problems.length > 0) throw new Stop(problems.join("\n"));

  const runs = listRuns(root).filter(({ run }) => (options.get("run") ?? run) === run);
  if (runs.length === 0) throw new Stop(`${root}: no run ${options.get("run")}`);
  const references = new Map<number, BookReference>();
  for (const { run, market } of runs) {
    const tick = market?.rules.tickSize ?? 0.01;
    if (raw !== undefined && !references.has(tick)) references.set(tick, await readReference(raw, tick));
    const check = await checkRun(root, run, references.get(tick));
    console.log(`\nrun ${run}, ${check.info.symbol}: ${runText(check)}`);
    problems.push(...runProblems(check));
  }
  if (problems.length > 0) throw new Stop(`\n${problems.join("\n")}`);
  console.log("\nall is well");
  return 0;
}

function runText({ deltas, trades, gaps, leftOut, hole, book }: RunCheck): string {
  const lines = [`${deltas} depth messages, ${trades} trades, ${gaps} gaps`];
  if (hole?.isKill) lines.push(`${leftOut} events behind a hole in the numbering: the process was killed`);
  if (!book) lines.push("no bookTicker of this market and time to compare with");
  else {
    lines.push(
      `book after each message against bookTicker: ${book.matched} equal, ${book.mismatched} different`,
      `${book.contradictory} where the raw recording contradicts itself, ${book.unchecked} not comparable`,
    );
  }
  return lines.join("\n  ");
}

/** What is wrong with a run, one line each. */
export function runProblems({ info, leftOut, hole, book }: RunCheck): string[] {
  const problems: string[] = [];
  if (hole && !hole.isKill) {
    const seconds = Number.isFinite(hole.seconds)
      ? `${Math.round(hole.seconds)} s before its end`
      : "from its beginning";
    problems.push(
      `run ${info.run}: event ${hole.seq} is missing, ${seconds}, with ${leftOut} events behind it: a kill loses no more ` +
        "than the last 5 s, so files were removed or changed",
    );
  }
  if (!book) return problems;
  problems.push(...book.examples.map((example) => `run ${info.run}: ${example}`));
  if (book.breaks > 0) problems.push(`run ${info.run}: ${book.breaks} messages do not continue the one before`);
  if (book.contradictory > CONTRADICTIONS * book.matched) {
    problems.push(`run ${info.run}: the raw recording contradicts itself ${book.contradictory} times`);
  }
  return problems;
}

if (import.meta.main) await main(verify);
