/**
 * After a session (I/O): is everything that was served on disk, and does it rebuild the exchange's own book?
 *
 * @module
 */

import { fileSource } from "../testnet/source.ts";
import { createBookReference } from "./book_check.ts";
import type { LocalExchange } from "./local.ts";
import { readEvents } from "./recording.ts";
import type { SessionReport } from "./session.ts";
import { type Config, locate } from "./settings.ts";
import { createTable, type Table } from "./table.ts";
import type { Market } from "./types.ts";

/** What to compare. */
export interface ReconcileOptions {
  readonly config: Config;
  readonly market: Market;
  readonly report: SessionReport;
  /** Undefined on a venue that does not tell what it served. */
  readonly testnet?: Pick<LocalExchange, "servedUpTo">;
}

/** Messages of one kind. `given` is what the venue says it served; undefined where it does not tell. */
interface Account {
  readonly given: number | undefined;
  readonly ignored: number;
  readonly recorded: number;
  readonly onDisk: number;
}

/** The comparison. `problems` is empty where all is well. */
export interface Reconciliation extends Table {
  readonly problems: readonly string[];
}

/**
 * Counts the rows that were read back from disk against what the session says it recorded and what the testnet says it served, both up
 * to the last message recorded; and compares the rebuilt book with the venue's `bookTicker` after every message.
 *
 * Ignored is what arrived and had to be dropped: book messages older than the snapshot, prints told twice. Trades fetched after a gap
 * count as recorded. Where there were gaps, they explain why served and recorded differ; without one, any difference is a problem.
 */
export async function reconcile({ config, market, report, testnet }: ReconcileOptions): Promise<Reconciliation> {
  const { events, leftOut } = await readEvents(locate(config, config.paths.data), report.run);
  const read = { depth: 0, trade: 0 };
  const last = { depth: 0, trade: 0 };
  for (const event of events) {
    if (event.type === "book") {
      if (!event.snapshot) read.depth++;
      last.depth = Math.max(last.depth, event.lastId ?? 0);
    } else if (event.type === "trade" && event.origin !== "backfill") {
      read.trade++;
      last.trade = Math.max(last.trade, Number(event.id));
    }
  }
  const served = testnet && await testnet.servedUpTo(last);
  const problems: string[] = [];
  const { recorded, health } = report;
  const gaps = Math.max(recorded.gaps, health.gaps);
  const row = (name: string, { given, ignored, recorded, onDisk }: Account) => {
    const isWhole = given === undefined || given - ignored === recorded;
    const isFine = recorded === onDisk && (isWhole || gaps > 0);
    const verdict = !isFine ? "DIFFERENT" : isWhole ? "equal" : `explained by ${gaps} ${gaps === 1 ? "gap" : "gaps"}`;
    if (!isFine) {
      problems.push(
        `${name}: served ${given ?? "unknown"}, ignored ${ignored}, recorded ${recorded}, on disk ${onDisk}`,
      );
    }
    return [name, String(given ?? "–"), String(ignored), String(recorded), String(onDisk), verdict];
  };
  const rows = [
    row("depth messages", {
      given: served?.depth,
      ignored: health.ignored,
      recorded: recorded.depth,
      onDisk: read.depth,
    }),
    row("trades", {
      given: served?.trade,
      ignored: health.duplicates,
      recorded: recorded.trades + recorded.recovered,
      onDisk: read.trade,
    }),
  ];
  problems.push(...report.venue?.problems ?? []);
  if (leftOut > 0) problems.push(`${leftOut} events lie behind a hole in the numbering`);
  if (testnet) {
    const reference = createBookReference(market.rules.tickSize);
    const source = await fileSource(locate(config, config.testnet.tape));
    for await (const batch of source.messages()) for (const { json } of batch) reference.message(json);
    const book = reference.compare(events);
    const said = `${book.matched + book.mismatched + book.contradictory}`;
    const verdict = book.mismatched === 0 && book.breaks === 0 ? "equal" : "DIFFERENT";
    rows.push(["book against bookTicker", said, "", `${book.matched + book.contradictory}`, "", verdict]);
    if (verdict !== "equal") {
      problems.push(`book: ${book.mismatched} mismatches, ${book.breaks} breaks`, ...book.examples);
    }
  }
  const columns = ["", testnet ? "venue" : "venue (unknown)", "ignored", "recorded", "read back", ""];
  return { ...createTable("Served, recorded and read back", columns, rows), problems };
}
