/**
 * The terms of one decision as rows of a table: the formula of {@linkcode makeQuotes}, from the mid to what was sent. Pure.
 *
 * @module
 */

import { BOUND_MEANING } from "../live_text.ts";
import { annualise } from "../realised_volatility.ts";
import { createGrid } from "../ticks.ts";
import type { Market, Quote } from "../types.ts";
import { type Row, writer } from "./write.ts";

/** What rounding and clamping made of one side. */
export interface Sent {
  readonly raw: number;
  readonly price: number;
  /** From the formula's price to the tick: down for a bid, up for an ask. */
  readonly rounding: number;
  /** From there to what was sent: kept from taking, or apart from the other side. */
  readonly clamp: number;
}

/** Undefined on a side that is not quoted. */
export function sentOf(quote: Quote, side: "bid" | "ask", { rules: { tickSize } }: Market): Sent | undefined {
  const [raw, price] = side === "bid" ? [quote.rawBid, quote.bid] : [quote.rawAsk, quote.ask];
  if (raw === undefined || price === undefined) return undefined;
  const grid = createGrid(tickSize);
  const rounded = grid.decimal(side === "bid" ? grid.floor(raw) : grid.ceil(raw));
  return { raw, price, rounding: rounded - raw, clamp: price - rounded };
}

/** Rows: term, value, unit, what it is. A row of one cell heads a group. */
export function termRows(quote: Quote, market: Market): Row[] {
  const { base, quote: money } = market;
  const { value, price, step } = writer(market);
  const { mid, sigma, gamma, kappa, k, kRaw, tau, tauFloor, inventory, psi, halfSpread, bound } = quote;
  const sigmaPrice = sigma !== undefined && mid !== undefined ? sigma * mid : undefined;
  const carried = kappa !== undefined && gamma !== undefined && sigmaPrice
    ? kappa / (gamma * sigmaPrice ** 2)
    : undefined;
  const bare = k !== undefined && tau !== undefined ? k * tau : undefined;
  const rows: Row[] = [
    ["the formula: ask, bid = m ± k·τ − ψ"],
    ["mid m", price(mid, 1), `${money}/${base}`, "last mid before the decision"],
    ["volatility σ", sigma === undefined ? value(sigma) : value(100 * annualise(sigma)), "% a year", "of returns"],
    ["σ of the price, m·σ", value(sigmaPrice), `${money}/${base}/√s`, ""],
    [
      "toxicity τ",
      value(tau),
      "share of volume",
      tauFloor === undefined ? "" : `random flow would show ${value(tauFloor)}`,
    ],
    [
      "k",
      value(k),
      `${money}/${base}`,
      kRaw !== undefined && kRaw !== k ? `estimated ${value(kRaw)}, clamped` : "as estimated",
    ],
    ["k·τ", value(bare), `${money}/${base}`, "for informed takers"],
    ["half-spread", value(halfSpread), `${money}/${base}`, halfSpread !== bare ? "the configured least" : "k·τ"],
    ["position Q", value(inventory), base, inventory > 0 ? "long" : inventory < 0 ? "short" : "flat"],
    ["risk aversion γ", value(gamma), `1/${money}`, ""],
    ["Δ/n", value(carried), "s", "time an inventory is carried, shared by the dealers"],
    ["slope κ = γ(mσ)²Δ/n", value(kappa), `${money}/${base}²`, ""],
    ["skew ψ = κ·Q", value(psi), `${money}/${base}`, psi ? "both quotes lean against the position" : "no lean"],
  ];
  for (const side of ["ask", "bid"] as const) {
    rows.push([side === "ask" ? "our ask" : "our bid"]);
    const sent = sentOf(quote, side, market);
    if (sent === undefined) {
      rows.push([side, "–", "", "not quoted"]);
      continue;
    }
    const formula = side === "ask" ? "m + half-spread − ψ" : "m − half-spread − ψ";
    rows.push([formula, price(sent.raw, 3), `${money}/${base}`, "before rounding"]);
    rows.push([
      "rounding",
      step(sent.rounding),
      `${money}/${base}`,
      side === "ask" ? "up to the tick" : "down to the tick",
    ]);
    rows.push(["clamp", step(sent.clamp), `${money}/${base}`, sent.clamp === 0 ? "none" : "so that it does not take"]);
    rows.push([
      "sent",
      price(sent.price),
      `${money}/${base}`,
      `${value(side === "ask" ? quote.askQty : quote.bidQty)} ${base}`,
    ]);
  }
  rows.push(["limit"], ["limit that bound it", bound, "", BOUND_MEANING[bound]]);
  return rows;
}
