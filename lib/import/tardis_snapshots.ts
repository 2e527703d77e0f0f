/**
 * Tardis `book_snapshot_25` and `book_snapshot_5`: the best levels of both sides whenever one of them changed.
 *
 * @module
 */

import type { CsvLine } from "./csv_columns.ts";
import { createDraft } from "./draft.ts";
import { inOrder, type TardisReader } from "./tardis.ts";
import { createViews, type ViewSide } from "./views.ts";

/** After so long without a row the book starts afresh, so that a masked gap ends there. */
const AFRESH_AFTER = 10e6;

/** @param fields the file's header */
export function createSnapshotReader(fields: readonly string[]): TardisReader {
  const at = { bids: placesOf(fields, "bids"), asks: placesOf(fields, "asks") };
  const draft = createDraft();
  const { bids, asks, show } = createViews(draft, Math.max(at.bids.length, at.asks.length));
  let lastTs = -Infinity;

  function fill(side: ViewSide, places: readonly [price: number, amount: number][], line: CsvLine) {
    side.length = 0;
    for (const [priceAt, amountAt] of places) {
      // A book with fewer levels leaves the rest empty.
      if (line.empty(priceAt) && line.empty(amountAt)) continue;
      const price = line.decimal(priceAt, fields[priceAt]!);
      draft.priceDecimals = Math.max(draft.priceDecimals, line.decimals);
      const qty = line.decimal(amountAt, fields[amountAt]!);
      draft.qtyDecimals = Math.max(draft.qtyDecimals, line.decimals);
      if (!(price > 0)) line.fail(`${fields[priceAt]} = ${price}, must be > 0`);
      if (qty < 0) line.fail(`${fields[amountAt]} = ${qty}, must not be negative`);
      if (qty === 0) continue;
      side.price[side.length] = price;
      side.qty[side.length++] = qty;
    }
  }

  return {
    row(line, exchTs, localTs) {
      inOrder(line, lastTs, localTs);
      fill(bids, at.bids, line);
      fill(asks, at.asks, line);
      show(exchTs, localTs, localTs - lastTs > AFRESH_AFTER, () => line.place);
      lastTs = localTs;
    },
    end() {},
    settle: () => draft,
  };
}

function placesOf(fields: readonly string[], side: string): [price: number, amount: number][] {
  const places: [number, number][] = [];
  for (let level = 0;; level++) {
    const price = fields.indexOf(`${side}[${level}].price`);
    const amount = fields.indexOf(`${side}[${level}].amount`);
    if (price < 0 || amount < 0) return places;
    places.push([price, amount]);
  }
}
