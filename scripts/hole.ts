/**
 * A hole in the numbering of a run's events (I/O), and whether a killed process can have left it.
 *
 * @module
 */
import { readColumns, readFooter } from "../lib/parquet.ts";
import { tableFiles } from "../lib/recording.ts";
import { RUN_NOTE } from "../lib/store.ts";
import { type TableName, TABLES } from "../lib/store_schema.ts";

/** Where the numbers of a run stop following each other. */
export interface Hole {
  /** The first number that is missing. */
  readonly seq: number;
  /** From the last event before it to the last row of the run, seconds of wall time. */
  readonly seconds: number;
  /** A process that is killed loses the end of some tables, five seconds at most, and does not say that it stopped. */
  readonly isKill: boolean;
}

/** Most seconds of wall time that a killed process may lose. */
const LOST_BY_KILL = 5;

const MARKET_TABLES: readonly TableName[] = ["orderbook", "trades"];
const MARKET_SPEC = { run: "text", seq: "int", local_ts: "time" } as const;
const OWN_SPEC = { ...MARKET_SPEC, seq: "int?" } as const;
const RISK_SPEC = { run: "text", event: "text" } as const;

/**
 * The first hole of a run: books, trades and gaps are numbered together from 0, and what we do carries the number of the
 * event it followed.
 */
export async function findHole(root: string, run: string): Promise<Hole | undefined> {
  const events: { seq: number; ts: number }[] = [];
  let [lastSeq, lastTs, speed, isStopped] = [-1, -Infinity, 1, false];
  for (const table of Object.keys(TABLES) as TableName[]) {
    for (const file of tableFiles(root, table)) {
      const footer = readFooter(file);
      const note = footer.notes[RUN_NOTE + run];
      if (note === undefined) continue;
      speed = (JSON.parse(note) as { speed?: number }).speed ?? speed;
      const isMarket = MARKET_TABLES.includes(table);
      const rows = await readColumns(file, isMarket ? MARKET_SPEC : OWN_SPEC, footer);
      for (const [i, seq] of rows.seq.entries()) {
        if (rows.run[i] !== run) continue;
        const ts = rows.local_ts[i]!;
        if (seq !== undefined) lastSeq = Math.max(lastSeq, seq);
        lastTs = Math.max(lastTs, ts);
        if (isMarket && seq !== undefined) events.push({ seq, ts });
      }
      if (table !== "risk") continue;
      const risk = await readColumns(file, RISK_SPEC, footer);
      isStopped ||= risk.event.some((event, i) => event === "stopped" && risk.run[i] === run);
    }
  }
  events.sort((a, b) => a.seq - b.seq);
  const broken = events.findIndex(({ seq }, i) => seq !== i);
  const seq = broken < 0 ? events.length : broken;
  if (broken < 0 && lastSeq < seq) return undefined;
  let before = -Infinity;
  for (const { ts } of events.slice(0, seq)) before = Math.max(before, ts);
  const seconds = (lastTs - before) / 1e6 / speed;
  return { seq, seconds, isKill: !isStopped && seconds <= LOST_BY_KILL };
}
