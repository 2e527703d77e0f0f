/**
 * Binance's archived `bookDepth`: how much rests within 1 % to 5 % of the mid, twice a minute.
 *
 * These are bands, not levels: the cumulative quantity and its value. A band becomes one level at its mean price, the value it
 * adds divided by the quantity it adds. Sums are right to a tick; the touch is not there, so that nothing can be quoted by it.
 *
 * @module
 */

import type { CsvLine } from "./csv_columns.ts";
import { columnPlaces, type StreamReader } from "./binance_columns.ts";
import { createDraft } from "./draft.ts";
import type { ImportFacts } from "./facts.ts";
import { decimalsOf } from "./market.ts";
import { plausible } from "./time.ts";
import { createViews, type ViewSide } from "./views.ts";
import { createGrid } from "../ticks.ts";

const COLUMNS = {
  timestamp: ["timestamp"],
  percentage: ["percentage"],
  depth: ["depth"],
  notional: ["notional"],
};

const MAX_BANDS = 64;

/** Digits of a band's mean price, where neither a tick size is given nor trades tell one. */
const DIGITS = 7;

/** Samples come twice a minute. */
const AFRESH_AFTER = 120e6;

interface Band {
  readonly percentage: number;
  readonly depth: number;
  readonly notional: number;
}

export function createBandReader(facts: ImportFacts, tickSize?: number): StreamReader {
  facts.bands = true;
  const draft = createDraft();
  const { bids, asks, show } = createViews(draft, MAX_BANDS);
  const grid = tickSize === undefined ? undefined : createGrid(tickSize);
  let ts = 0;
  let shownTs = 0;
  let bands: Band[] = [];
  let begun = "";

  function flush() {
    if (bands.length === 0) return;
    for (const [side, sign] of [[bids, -1], [asks, 1]] as const) {
      const own = bands.filter(({ percentage }) => Math.sign(percentage) === sign)
        .sort((a, b) => Math.abs(a.percentage) - Math.abs(b.percentage));
      fill(side, own, sign);
    }
    show(ts, ts, shownTs > 0 && ts - shownTs > AFRESH_AFTER, () => begun);
    shownTs = ts;
    bands = [];
  }

  function fill(side: ViewSide, own: readonly Band[], sign: number) {
    side.length = 0;
    let depth = 0;
    let notional = 0;
    for (const band of own) {
      const qty = Number((band.depth - depth).toPrecision(12));
      const mean = (band.notional - notional) / qty;
      const price = grid ? grid.decimal(grid.round(mean)) : Number(mean.toPrecision(DIGITS));
      const before = side.price[side.length - 1];
      // A band that adds nothing has no mean price; one that lies inside the last is a rounding of next to nothing.
      if (qty > 0 && price > 0 && (before === undefined || (price - before) * sign > 0)) {
        draft.priceDecimals = decimalsOf(price, draft.priceDecimals);
        side.price[side.length] = price;
        side.qty[side.length++] = qty;
        depth = band.depth;
        notional = band.notional;
      }
    }
  }

  return {
    draft,
    file() {
      let at: Record<keyof typeof COLUMNS, number>;
      let width = 0;
      return {
        header(fields, line) {
          const places = columnPlaces(fields, line, COLUMNS, [4]);
          ({ at, width } = places);
          return places.header;
        },
        row(line) {
          if (line.fields !== width) line.fail(`has ${line.fields} columns, expected ${width}`);
          const now = secondsOf(line, at.timestamp);
          if (now < ts) line.fail(`timestamp goes back by ${(ts - now) / 1e6} s`);
          if (now > ts) flush();
          if (bands.length === 0) begun = line.place;
          ts = now;
          const percentage = signed(line, at.percentage);
          const depth = line.decimal(at.depth, "depth");
          draft.qtyDecimals = Math.max(draft.qtyDecimals, line.decimals);
          const notional = line.decimal(at.notional, "notional");
          if (depth < 0 || notional < 0) line.fail(`depth = ${depth}, notional = ${notional}, must not be negative`);
          if (bands.some((band) => band.percentage === percentage)) {
            facts.duplicates++;
            return;
          }
          if (bands.length >= MAX_BANDS) line.fail(`is one of more than ${MAX_BANDS} bands of a moment`);
          bands.push({ percentage, depth, notional });
        },
      };
    },
    settle() {
      flush();
      return draft;
    },
  };
}

/** `2024-03-01 00:00:09`, UTC, or milliseconds. */
function secondsOf(line: CsvLine, field: number): number {
  const text = line.text(field);
  const [, date, time] = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})$/.exec(text) ?? [];
  const ts = date === undefined ? line.integer(field, "timestamp") * 1000 : Date.parse(`${date}T${time}Z`) * 1000;
  return plausible(ts) ?? line.fail(`timestamp = ${text.slice(0, 40)}, is no time of this century`);
}

function signed(line: CsvLine, field: number): number {
  const value = line.decimal(field, "percentage");
  return value !== 0 && Math.abs(value) < 100
    ? value
    : line.fail(`percentage = ${value}, must be within 100 and not 0`);
}
