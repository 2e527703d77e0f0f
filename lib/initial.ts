import { createDesk } from "./engine.ts";
import { figures } from "./plots/figure.ts";
import { annualise } from "./realised_volatility.ts";
import { createRows } from "./rows.ts";
import type { Config } from "./schema.ts";
import { createTable, type Table } from "./table.ts";
import type { Market, Trade } from "./types.ts";

/** What the past alone says of the estimators. Unknown is undefined. */
export interface InitialEstimates {
  /** Return volatility, per sqrt(second). */
  readonly sigma?: number;
  readonly tau?: number;
  /** What tau would be on random flow. */
  readonly tauFloor?: number;
  /** quote per base */
  readonly k?: number;
  /** The mid that the last prints tell, quote per base. */
  readonly mid?: number;
  /** How far each estimator is from being known, 0..1. */
  readonly warmUp: { readonly sigma: number; readonly tau: number; readonly k: number; readonly ready: boolean };
}

/** Estimates after the given prints, by the very strategy that will trade. @param trades oldest first */
export function initialEstimates(trades: readonly Trade[], market: Market, config: Config): InitialEstimates {
  const desk = createDesk(market, config);
  const rows = createRows(market.rules.tickSize, desk.row);
  for (const trade of trades) rows({ ...trade, origin: "backfill" });
  const { warmUp } = desk.maker;
  desk.maker.decide(trades.at(-1)?.exchTs ?? 0);
  const { sigma, tau, tauFloor, k, mid } = desk.maker.explain();
  return { sigma, tau, tauFloor, k: warmUp.k === 1 ? k : undefined, mid, warmUp };
}

/** The estimates as a table, each with its unit and how far it is from being known. */
export function initialTable({ sigma, tau, tauFloor, k, mid, warmUp }: InitialEstimates, market: Market): Table {
  const { base, quote } = market;
  const number = (value: number | undefined) => value === undefined ? "–" : figures(value);
  const share = (value: number) => `${Math.floor(100 * value)} %`;
  const price = sigma === undefined || mid === undefined ? undefined : sigma * mid;
  return createTable("Estimates before the session", ["", "value", "unit", "known"], [
    ["σ, of returns", sigma === undefined ? "–" : sigma.toExponential(3), "per √s", share(warmUp.sigma)],
    ["σ, a year of 365 days", sigma === undefined ? "–" : figures(100 * annualise(sigma)), "%", ""],
    ["σ·m, of the price", number(price), `${quote}/${base} per √s`, ""],
    ["τ, VPIN", number(tau), "share of volume", share(warmUp.tau)],
    ["τ on random flow", number(tauFloor), "share of volume", ""],
    ["k", number(k), `${quote}/${base}`, share(warmUp.k)],
  ]);
}
