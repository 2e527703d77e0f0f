/**
 * Our books beside the venue's: orders, position, balances. Pure.
 *
 * @module
 */
import type { BalanceRow } from "./balance_check.ts";
import type { WorkingOrder } from "./live_broker.ts";
import type { VenueOrder } from "./order_requests.ts";
import { createTable, type Table } from "./table.ts";
import type { Market } from "./types.ts";

/** A comparison with the venue. `problems` is empty where both say the same. */
export interface VenueReport extends Table {
  readonly problems: readonly string[];
  /** Whether the venue answered all that was asked. */
  readonly isAnswered: boolean;
  /** Orders of this run that we believe open, and those that the venue shows. */
  readonly openOrders: { readonly ours: number; readonly venue: number | undefined };
  /** Orders of others on the same account. */
  readonly foreign: readonly VenueOrder[];
  /** Own trades counted since the start. */
  readonly trades: number;
  /** Of this project's orders, base. */
  readonly position: number;
  readonly balances: readonly BalanceRow[];
}

/** What was found. */
export interface VenueFindings {
  readonly market: Market;
  readonly problems: readonly string[];
  readonly working: readonly WorkingOrder[];
  readonly venueOrders: number | undefined;
  readonly foreign: readonly VenueOrder[];
  readonly trades: number;
  readonly rows: readonly BalanceRow[];
  readonly position: number;
  readonly isAnswered: boolean;
}

const UNKNOWN = "unknown";

export function createVenueReport(found: VenueFindings): VenueReport {
  const { market, problems, working, venueOrders, foreign, trades, rows, position, isAnswered } = found;
  const ours = working.filter(({ state }) => state === "open").length;
  const verdict = (isEqual: boolean) => isEqual ? "equal" : "DIFFERENT";
  const table = createTable(
    `${market.symbol}: our books and the venue's`,
    ["", "ours", "venue", ""],
    [
      [
        "open orders of this run",
        String(ours),
        String(venueOrders ?? UNKNOWN),
        venueOrders === undefined ? "" : verdict(ours === venueOrders),
      ],
      ["orders of others, left alone", "", String(foreign.length), ""],
      [`position of our orders (${market.base})`, String(position), "", `${trades} trades`],
      ...rows.map(({ currency, expected, venue, difference }) => [
        `balance (${currency})`,
        String(expected),
        String(venue),
        verdict(difference === 0),
      ]),
      ...(rows.length === 0 ? [["balances", "", UNKNOWN, ""]] : []),
    ],
  );
  return {
    ...table,
    problems,
    isAnswered,
    openOrders: { ours, venue: venueOrders },
    foreign,
    trades,
    position,
    balances: rows,
  };
}
