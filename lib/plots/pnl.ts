/**
 * Where the money came from: the parts of PnL over time, before fees and after.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { COLOUR, createFigure, emptyFigure, type Figure, figures } from "./figure.ts";
import type { LedgerPath } from "../ledger.ts";
import { linesPanel } from "./lines.ts";

const ZERO = Plot.ruleY([0], { stroke: "currentColor", strokeOpacity: 0.5 });

/** What a figure of money needs to know. */
export interface MoneyOptions {
  /** Quote currency, for the axis. */
  readonly quote: string;
  /** Of the fees, as in the configuration: `Binance spot, VIP 0`. */
  readonly feeLabel?: string;
}

/** What of a run's books is drawn. */
export type MoneyPath = Pick<LedgerPath, "curve" | "final" | "endTs">;

/** The points of the curve and the state at the end, which lies between two of them. */
function whole({ curve, final, endTs }: MoneyPath) {
  const column = (key: "equity" | "spreadCaptured" | "inventoryPnl" | "fees") =>
    final === undefined ? [...curve[key]] : [...curve[key], final[key]];
  return {
    ts: final === undefined || endTs === undefined ? [...curve.ts] : [...curve.ts, endTs],
    equity: column("equity"),
    spreadCaptured: column("spreadCaptured"),
    inventoryPnl: column("inventoryPnl"),
    fees: column("fees"),
  };
}

/** Before fees: spread captured at the fill, and what the inventory gained or lost afterwards; both add up to gross PnL. */
export function grossPlot(path: MoneyPath, { quote }: MoneyOptions): Figure {
  const curve = whole(path);
  const last = curve.ts.length - 1;
  if (last < 1) return emptyFigure("Gross PnL and its two parts", "fewer than two points of the equity curve");
  const gross = curve.spreadCaptured.map((captured, i) => captured + curve.inventoryPnl[i]!);
  const [earned, moved, total] = [curve.spreadCaptured[last]!, curve.inventoryPnl[last]!, gross[last]!];
  const title = `Before fees, ${figures(total)} ${quote}: the spread gave ${figures(earned)}, the inventory ${
    figures(moved)
  }`;
  const caption =
    "Spread captured is what each fill earned against the mid of its moment. Inventory is position × moves of the " +
    "mid, so it holds both adverse selection and luck. A maker lives if the first outgrows the second's losses.";
  const lines = [
    { name: "spread", colour: COLOUR.blue, dash: "7 3", ts: curve.ts, values: curve.spreadCaptured },
    { name: "inventory", colour: COLOUR.orange, dash: "2 3", ts: curve.ts, values: curve.inventoryPnl },
    { name: "gross", colour: COLOUR.ink, width: 2.2, ts: curve.ts, values: gross },
  ];
  return createFigure(title, caption, [linesPanel(lines, { label: `PnL (${quote})`, showLast: true, below: [ZERO] })]);
}

/** After fees: gross PnL, fees paid, and what is left. */
export function netPlot(path: MoneyPath, { quote, feeLabel }: MoneyOptions): Figure {
  const curve = whole(path);
  const last = curve.ts.length - 1;
  if (last < 1) return emptyFigure("Gross PnL, fees, and net PnL", "fewer than two points of the equity curve");
  const gross = curve.equity.map((equity, i) => equity + curve.fees[i]!);
  const paid = curve.fees.map((fee) => -fee);
  const title = `After fees, ${figures(curve.equity[last]!)} ${quote}: gross ${figures(gross[last]!)}, fees ${
    figures(paid[last]!)
  }`;
  const caption =
    `Net = gross − fees${
      feeLabel ? ` (${feeLabel})` : ""
    }. Where the fee line and the net line lie on each other, the fee ` +
    "schedule decides, not the quotes.";
  const lines = [
    { name: "gross", colour: COLOUR.blue, dash: "7 3", ts: curve.ts, values: gross },
    { name: "−fees", colour: COLOUR.pink, dash: "2 3", ts: curve.ts, values: paid },
    { name: "net", colour: COLOUR.ink, width: 2.2, ts: curve.ts, values: curve.equity },
  ];
  return createFigure(title, caption, [linesPanel(lines, { label: `PnL (${quote})`, showLast: true, below: [ZERO] })]);
}
