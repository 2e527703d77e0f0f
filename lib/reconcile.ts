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

/** The comparison. `problems` is empty where all is well. */
export interface Reconciliation extends Table {
  readonly problems: readonly string[];
}

/**
 * Counts the rows that were read back from disk against what the session says it recorded and what the testnet says it served, both up
 * to the last message recorded; and compares the rebuilt book with the venue's `bookTicker` after every message.
 */
export async function reconcile({ config, market, report, testnet }: ReconcileOptions): Promise<Reconciliation> {
  const { events, leftOut } = await readEvents(locate(config, config.paths.data), report.run);
  const read = { depth: 0, trade: 0 };
  const last = { depth: 0, trade: 0 };
  for (const event of events) {
    if (event.type === "book") {
      if (!event.snapshot) read.depth++;
      last.depth = Math.max(last.depth, event.lastId ?? 0);
    } else if (event.type === "trade" && (event.origin ?? "stream") === "stream") {
      read.trade++;
      last.trade = Math.max(last.trade, Number(event.id));
    }
  }
  const served = testnet && await testnet.servedUpTo(last);
  const problems: string[] = [];
  const row = (name: string, recorded: number, onDisk: number, given: number | undefined) => {
    const equal = recorded === onDisk && (given === undefined || given === recorded);
    if (!equal) problems.push(`${name}: served ${given ?? "unknown"}, recorded ${recorded}, on disk ${onDisk}`);
    return [name, String(given ?? "–"), String(recorded), String(onDisk), equal ? "equal" : "DIFFERENT"];
  };
  const rows = [
    row("depth messages", report.recorded.depth, read.depth, served?.depth),
    row("trades", report.recorded.trades, read.trade, served?.trade),
  ];
  if (leftOut > 0) problems.push(`${leftOut} events lie behind a hole in the numbering`);
  if (testnet) {
    const reference = createBookReference(market.rules.tickSize);
    const source = await fileSource(locate(config, config.testnet.tape));
    for await (const batch of source.messages()) for (const { json } of batch) reference.message(json);
    const book = reference.compare(events);
    const said = `${book.matched + book.mismatched + book.contradictory}`;
    const verdict = book.mismatched === 0 && book.breaks === 0 ? "equal" : "DIFFERENT";
    rows.push(["book against bookTicker", said, `${book.matched + book.contradictory}`, "", verdict]);
    if (verdict !== "equal") {
      problems.push(`book: ${book.mismatched} mismatches, ${book.breaks} breaks`, ...book.examples);
    }
  }
  const columns = ["", testnet ? "venue" : "venue (unknown)", "recorded", "read back", ""];
  return { ...createTable("Served, recorded and read back", columns, rows), problems };
}
