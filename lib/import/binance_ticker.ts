/**
 * Binance's archived `bookTicker`: the best bid and ask of futures after every update that moved them.
 *
 * The archive is not always in the order of its update ids; it is put in that order here.
 *
 * @module
 */

import { DataError } from "../data_error.ts";
import { createDraft } from "./draft.ts";
import type { ImportFacts } from "./facts.ts";
import { columnPlaces, type StreamReader } from "./binance_columns.ts";
import { MAX_STEP_BACK, micros } from "./time.ts";
import { createViews } from "./views.ts";

const COLUMNS = {
  update_id: ["updateid"],
  best_bid_price: ["bestbidprice"],
  best_bid_qty: ["bestbidqty"],
  best_ask_price: ["bestaskprice"],
  best_ask_qty: ["bestaskqty"],
  transaction_time: ["transactiontime"],
};

/** After so long without a row the book starts afresh, so that a masked gap ends there. */
const AFRESH_AFTER = 10e6;

/** Numbers of a row: id, time, bid, its quantity, ask, its quantity. */
const WIDTH = 6;

export function createTickerReader(facts: ImportFacts): StreamReader {
  let rows = new Float64Array(1024 * WIDTH);
  let length = 0;
  let sorted = true;
  let lastId = -Infinity;
  const draft = createDraft();
  return {
    draft,
    file() {
      let at: Record<keyof typeof COLUMNS, number>;
      let width = 0;
      return {
        header(fields, line) {
          const places = columnPlaces(fields, line, COLUMNS, [7]);
          ({ at, width } = places);
          return places.header;
        },
        row(line) {
          if (line.fields !== width) line.fail(`has ${line.fields} columns, expected ${width}`);
          if ((length + 1) * WIDTH > rows.length) {
            const wider = new Float64Array(Math.ceil(rows.length / WIDTH * 1.6) * WIDTH);
            wider.set(rows);
            rows = wider;
          }
          const id = line.integer(at.update_id, "update_id");
          if (id <= lastId) sorted = false;
          lastId = Math.max(lastId, id);
          const time = line.integer(at.transaction_time, "transaction_time");
          const o = length * WIDTH;
          rows[o] = id;
          rows[o + 1] = micros(time) ??
            line.fail(`transaction_time = ${time}, is neither milliseconds nor microseconds of this century`);
          for (
            const [i, name] of (["best_bid_price", "best_bid_qty", "best_ask_price", "best_ask_qty"] as const).entries()
          ) {
            const value = line.decimal(at[name], name);
            if (value < 0) line.fail(`${name} = ${value}, must not be negative`);
            if (i % 2 === 0) draft.priceDecimals = Math.max(draft.priceDecimals, line.decimals);
            else draft.qtyDecimals = Math.max(draft.qtyDecimals, line.decimals);
            rows[o + 2 + i] = value;
          }
          length++;
        },
      };
    },
    settle(place) {
      const order = sorted ? undefined : Uint32Array.from({ length }, (_, i) => i);
      order?.sort((a, b) => rows[a * WIDTH]! - rows[b * WIDTH]! || a - b);
      const { bids, asks, show } = createViews(draft, 1);
      let last = -1;
      let ts = 0;
      for (let n = 0; n < length; n++) {
        const i = order ? order[n]! : n;
        const o = i * WIDTH;
        const id = rows[o]!;
        if (last >= 0 && rows[last] === id) {
          for (let c = 2; c < WIDTH; c++) {
            if (rows[last + c] !== rows[o + c]) {
              throw new DataError(`${place}: update id ${id} comes twice with different values`);
            }
          }
          facts.duplicates++;
          continue;
        }
        if (order && i < n) facts.disordered++;
        const back = ts - rows[o + 1]!;
        if (back > MAX_STEP_BACK) {
          throw new DataError(`${place}: update id ${id}: its time goes back by ${back / 1e6} s`);
        }
        if (back > 0) facts.clamped++;
        const at = Math.max(ts, rows[o + 1]!);
        for (const [side, p] of [[bids, o + 2], [asks, o + 4]] as const) {
          // An empty side is written as zeros.
          side.length = rows[p]! > 0 && rows[p + 1]! > 0 ? 1 : 0;
          side.price[0] = rows[p]!;
          side.qty[0] = rows[p + 1]!;
        }
        show(at, at, at - ts > AFRESH_AFTER, () => place);
        ts = at;
        last = o;
      }
      return draft;
    },
  };
}
