/**
 * The latencies of a recorded live run's own orders (I/O): sent by our clock, in the book by the exchange's, answered by ours.
 *
 * @module
 */

import { DataError } from "./data_error.ts";
import type { MeasuredLatency } from "./order_latency.ts";
import { listRuns, readTable } from "./recording.ts";

/** What was found. */
export interface MeasuredOrders extends MeasuredLatency {
  readonly run: string;
  /** Orders sent without an answer that says when the exchange took them. */
  readonly unmeasured: number;
  /** Exchange times that lay outside of sending and answer, and were moved to the nearer of the two. */
  readonly moved: number;
}

/** An exchange that tells time in milliseconds cuts off half of one on average, microseconds. */
const HALF_A_MILLISECOND = 500;

/**
 * Orders that were taken, in order of sending. The exchange's clock is not ours: where it was told to be before the sending or after the
 * answer, which neither can be, the time is moved between them.
 *
 * @param run the latest where it is not given
 * @throws {DataError} where there is no such run, or it took no order to an exchange
 */
export async function measuredOrders(root: string, run?: string): Promise<MeasuredOrders> {
  const name = run ?? listRuns(root).at(-1)?.run;
  if (name === undefined) throw new DataError(`${root}: no recording here`);
  const events = await readTable(root, "order_events", { run: name });
  const orders = await readTable(root, "orders", { run: name });
  const bySource = Map.groupBy(orders.sent_ts.keys(), (i) => `${orders.quote_id[i]} ${orders.side[i]}`);
  /** When the exchange took what a decision sent on a side by a time. */
  const takenTs = (quoteId: number, side: string, sentTs: number) => {
    const i = bySource.get(`${quoteId} ${side}`)?.findLast((i) => orders.sent_ts[i]! <= sentTs);
    return i === undefined ? undefined : orders.accepted_ts[i];
  };
  const rows: { sent: number; exch: number; answered: number }[] = [];
  const sent = new Map<string, number>();
  let [placed, moved] = [0, 0];
  events.event.forEach((event, i) => {
    const id = events.client_id[i]!;
    const localTs = events.local_ts[i]!;
    if (event === "place") {
      placed++;
      sent.set(id, localTs);
    } else if (event === "open") {
      const sentTs = sent.get(id);
      const told = sentTs === undefined ? undefined : takenTs(events.quote_id[i]!, events.side[i]!, sentTs);
      if (sentTs === undefined || told === undefined) return;
      sent.delete(id);
      const exch = told % 1000 === 0 ? told + HALF_A_MILLISECOND : told;
      const between = Math.min(Math.max(exch, sentTs), localTs);
      if (between !== exch) moved++;
      rows.push({ sent: sentTs, exch: between, answered: localTs });
    }
  });
  if (rows.length === 0) {
    throw new DataError(
      `${root}: run ${name} has no order that an exchange took; only live sessions measure latencies`,
    );
  }
  rows.sort((a, b) => a.sent - b.sent);
  return {
    run: name,
    unmeasured: placed - rows.length,
    moved,
    sentTs: Float64Array.from(rows, ({ sent }) => sent),
    exchTs: Float64Array.from(rows, ({ exch }) => exch),
    answeredTs: Float64Array.from(rows, ({ answered }) => answered),
  };
}
