/**
 * Recordings back into memory (I/O): tables as columns, runs, and a run's market as a tape to replay.
 *
 * @module
 */

import { type Control, parseControl, type TapeControl } from "./controls.ts";
import { DataError } from "./data_error.ts";
import { openForeign } from "./import_tape.ts";
import { type Footer, readColumns, readFooter } from "./parquet.ts";
import { createRows } from "./rows.ts";
import { RUN_NOTE } from "./store.ts";
import { bookEvent, tradeEvent } from "./store_rows.ts";
import { type Columns, type TableColumns, type TableName, TABLES, type TableSpec } from "./store_schema.ts";
import { createTape, type Tape, type TapeInfo } from "./tape.ts";
import { readTape } from "./tape_file.ts";
import type { Market, MarketEvent } from "./types.ts";

export { readTape, readTapeParts, writeTape } from "./tape_file.ts";

/** A run found in a folder. */
export interface RunInfo {
  readonly run: string;
  readonly symbol: string;
  /** Wall clock at its start, Unix time in milliseconds. */
  readonly started: number;
  /** Undefined where the recorder was not told. */
  readonly market: Market | undefined;
}

/** Files of a table below a folder, oldest hour first; none where the table was never written. */
export function tableFiles(root: string, table: TableName): string[] {
  const files: string[] = [];
  const folder = `${root.replace(/(?<=.)\/+$/, "")}/${table}`;
  try {
    for (const day of Deno.readDirSync(folder)) {
      if (!day.isDirectory) continue;
      for (const file of Deno.readDirSync(`${folder}/${day.name}`)) {
        if (file.name.endsWith(".parquet")) files.push(`${folder}/${day.name}/${file.name}`);
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) throw error;
  }
  return files.sort();
}

/**
 * Reads a table: one file, or all files of the table below a recording's folder.
 *
 * @param path a `.parquet` file or the folder given to the recorder
 * @param options `run` keeps that run's rows alone
 * @returns one array a column, all of equal length; empty ones where nothing was recorded
 * @throws {DataError} one line with the path, where a file is missing, cut short, damaged or lacks a column
 */
export async function readTable<N extends TableName>(
  path: string,
  table: N,
  options: { run?: string } = {},
): Promise<TableColumns<N>> {
  const spec: TableSpec = TABLES[table];
  const files = isFolder(path) ? tableFiles(path, table) : [path];
  const all: Record<string, unknown[]> = Object.fromEntries(Object.keys(spec).map((name) => [name, []]));
  for (const file of files) {
    const columns: Columns<TableSpec> = await readColumns(file, spec);
    const { run } = options;
    for (const name of Object.keys(spec)) {
      const target = all[name]!;
      const source = columns[name]!;
      for (let i = 0; i < source.length; i++) if (run === undefined || columns.run![i] === run) target.push(source[i]);
    }
  }
  return all as unknown as TableColumns<N>;
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new DataError(`${path}: no such file or folder`);
    throw error;
  }
}

/** Runs that have books or trades below a folder, in the order they were started. Reads footers alone. */
export function listRuns(root: string): RunInfo[] {
  const runs = new Map<string, RunInfo>();
  for (const table of ["orderbook", "trades"] as const) {
    for (const file of tableFiles(root, table)) for (const info of runsOf(readFooter(file))) runs.set(info.run, info);
  }
  return [...runs.values()].sort((a, b) => a.started - b.started || (a.run < b.run ? -1 : 1));
}

function runsOf({ notes }: Footer): RunInfo[] {
  return Object.entries(notes).filter(([key]) => key.startsWith(RUN_NOTE)).map(([key, value]) => {
    const { symbol, started, market } = JSON.parse(value) as Omit<RunInfo, "run">;
    return { run: key.slice(RUN_NOTE.length), symbol, started, market };
  });
}

/**
 * A run of a folder.
 *
 * @param run the latest one where it is not given
 * @throws {DataError} where the folder has no such run
 */
export function findRun(root: string, run?: string): RunInfo {
  if (!isFolder(root)) throw new DataError(`${root}: is a file, not the folder of a recording`);
  const runs = listRuns(root);
  const info = run === undefined ? runs.at(-1) : runs.find((known) => known.run === run);
  if (!info) {
    const known = runs.length === 0 ? "no recording" : runs.map((r) => r.run).join(", ");
    throw new DataError(
      run === undefined ? `${root}: no recording here` : `${root}: no run ${run} (there is: ${known})`,
    );
  }
  return info;
}

/**
 * What a run recorded of the market, as events in the order they arrived.
 *
 * A killed process can lose the last seconds of one table and not of the other. Events behind the first missing number are
 * left out: what remains is a beginning without holes.
 *
 * @param run the latest one where it is not given
 * @throws {DataError} where the folder has no such run
 */
export async function readEvents(
  root: string,
  run?: string,
): Promise<{ info: RunInfo; events: MarketEvent[]; firstSeq: number; leftOut: number }> {
  const info = findRun(root, run);
  const books = await readTable(root, "orderbook", { run: info.run });
  const trades = await readTable(root, "trades", { run: info.run });
  const order = [
    ...books.seq.map((seq, i) => ({ seq, at: () => bookEvent(books, i) })),
    ...trades.seq.map((seq, i) => ({ seq, at: () => tradeEvent(trades, i) })),
  ].sort((a, b) => a.seq - b.seq);
  const first = order[0]?.seq ?? 0;
  const whole = order.findIndex(({ seq }, i) => seq !== first + i);
  const kept = whole < 0 ? order : order.slice(0, whole);
  return { info, events: kept.map(({ at }) => at()), firstSeq: first, leftOut: order.length - kept.length };
}

/**
 * A recorded run as a tape: replaying it through a backtest sees row by row what the session saw.
 *
 * @param market rules and currencies, where the recorder was not told them
 * @throws {DataError} one line, where there is no such run or its tick size is not known
 */
export async function readRecording(root: string, run?: string, market?: Market): Promise<Tape> {
  const { info, events, firstSeq, leftOut } = await readEvents(root, run);
  const known = marketInfo(root, info, market);
  const source = leftOut > 0 ? `${known.source}, without ${leftOut} events behind a hole` : known.source;
  const builder = createTape({ ...known, source }, events.length * 8);
  const rows = createRows(known.tickSize, builder.row);
  const recorded = await readControls(root, info.run);
  const controls: TapeControl[] = [];
  const takeControls = (seq: number) => {
    for (; recorded[0] !== undefined && recorded[0].seq <= seq; recorded.shift()) {
      controls.push({ row: builder.length, control: recorded[0].control });
    }
  };
  takeControls(firstSeq - 1);
  for (const [i, event] of events.entries()) {
    rows(event);
    takeControls(firstSeq + i);
  }
  return { ...builder.build(), ...(controls.length > 0 ? { controls } : {}) };
}

/** What a run's tape is of. @throws {DataError} where its tick size is not known */
export function marketInfo(root: string, info: RunInfo, market?: Market): TapeInfo {
  const known = market ?? info.market;
  if (!known) throw new DataError(`${root}: run ${info.run} does not say its tick size; give its market`);
  const { symbol, base, quote, rules: { tickSize, lotSize, minQty, minNotional } } = known;
  return { symbol, base, quote, tickSize, lotSize, minQty, minNotional, source: `${root}, run ${info.run}` };
}

/** What was done by hand in a run, each after the market event of that number. */
export async function readControls(root: string, run: string): Promise<{ seq: number; control: Control }[]> {
  const { event, seq, detail } = await readTable(root, "risk", { run });
  return event.flatMap((name, i) =>
    name === "control" ? [{ seq: seq[i] ?? -1, control: parseControl(detail[i] ?? "") }] : []
  );
}

/**
 * Opens whatever `backtest.tape` names, without what was done by hand in the session that recorded it: a tape file, the folder of a recording, of which the latest run is taken, or a
 * file or folder of another recorder (docs/tape.md).
 *
 * @throws {DataError} one line with the path
 */
export async function openTape(path: string): Promise<Tape> {
  const foreign = await openForeign(path);
  if (foreign) return foreign;
  if (!isFolder(path)) return await readTape(path);
  const { controls: _, ...market } = await readRecording(path);
  return market;
}
