/**
 * A running session as text: what a terminal, and a notebook without HTML, shows of {@linkcode livePanel}. Pure.
 *
 * @module
 */

import { clockText, eventText, formatter, share, stateText, timeText } from "./live_text.ts";
import { figures } from "./plots/figure.ts";
import { annualise } from "./realised_volatility.ts";
import type { Config } from "./schema.ts";
import type { SessionSnapshot } from "./session.ts";
import { createTable, type Table } from "./table.ts";
import type { Market } from "./types.ts";

const UNKNOWN = "–";
/** Transitions shown. */
const EVENTS = 3;

/** What the figures need to know beside the snapshot. */
export interface LiveOptions {
  readonly market: Market;
  readonly config: Pick<Config, "risk" | "session">;
  /** Wall clock, Unix time in milliseconds. */
  readonly now: number;
  /** Messages a second of wall time. */
  readonly rate?: number;
  /** Market seconds until the warm-up is over, as far as can be told. */
  readonly countdown?: number;
}

/** Market, quotes, inventory, PnL by part, estimates, and the health of the connection. */
export function liveTable(snapshot: SessionSnapshot, options: LiveOptions): Table {
  const { market, config, now, rate, countdown } = options;
  const { quote, warmUp, position, pnl, health, counts, recorded, working } = snapshot;
  const { base, quote: money } = market;
  const { price } = formatter(market);
  const number = (value: number | undefined) => value === undefined ? UNKNOWN : figures(value);
  const age = Math.max(0, ...Object.values(health.lastMessageTs).map((ts) => now - ts));
  const left = warmUp.ready || countdown === undefined ? "" : `, ${figures(Math.ceil(countdown))} s left`;
  const rows: [string, string, string, string][] = [
    ["state", stateText(snapshot), "market time", clockText(snapshot)],
    ["best bid", price(snapshot.bestBid), "best ask", price(snapshot.bestAsk)],
    ["our bid", price(quote?.bid), "our ask", price(quote?.ask)],
    ["bid that works", price(working.bid?.[0]), "ask that works", price(working.ask?.[0])],
    ["limit that bound", quote?.bound ?? UNKNOWN, "mid", price(quote?.mid)],
    [
      `position (${base})`,
      number(position),
      `of the cap ${figures(config.risk.q_max)}`,
      gauge(position / config.risk.q_max),
    ],
    [`spread captured (${money})`, number(pnl?.spreadCaptured), `inventory (${money})`, number(pnl?.inventoryPnl)],
    [`fees (${money})`, number(pnl?.fees), `net (${money})`, number(pnl?.equity)],
    ["fills", String(snapshot.fills), "orders / rejected", `${counts.sent} / ${counts.rejected}`],
    [
      "σ, % a year",
      quote?.sigma === undefined ? UNKNOWN : figures(100 * annualise(quote.sigma)),
      "warm-up σ",
      share(warmUp.sigma) + left,
    ],
    ["τ (random flow)", `${number(quote?.tau)} (${number(quote?.tauFloor)})`, "warm-up τ", share(warmUp.tau)],
    [`k (${money}/${base})`, `${number(quote?.kRaw)} ± ${number(snapshot.kError)}`, "warm-up k", share(warmUp.k)],
    [`κ (${money}/${base}²)`, number(quote?.kappa), `γ (1/${money})`, number(quote?.gamma)],
    [`half-spread k·τ`, number(quote?.halfSpread), "skew ψ = κQ", number(quote?.psi)],
    [
      "connection",
      health.state,
      "last message",
      health.messages.book === 0 ? UNKNOWN : `${figures(age / 1000, 2)} s ago`,
    ],
    ["messages/s", number(rate), "reconnects", String(health.reconnects)],
    [
      "depth / trades",
      `${recorded.depth} / ${recorded.trades}`,
      "gaps",
      String(recorded.gaps),
    ],
  ];
  const events = snapshot.risk.slice(-EVENTS).reverse().map((event) => [eventText(event)]);
  return createTable(`${market.symbol}: session`, ["", "", "", ""], [...rows, ...events], { align: "lrlr" });
}

/** One line for a log: where the session stands. */
export function liveLine(snapshot: SessionSnapshot, market: Market): string {
  const { now, quote, position, equity, fills, recorded } = snapshot;
  const time = now === undefined ? "--:--:--" : timeText(now);
  const parts = [
    `${time} ${snapshot.state}`,
    `mid ${quote?.mid === undefined ? UNKNOWN : fixed(quote.mid)}`,
    `position ${figures(position)} ${market.base}`,
    `equity ${equity === undefined ? UNKNOWN : fixed(equity)} ${market.quote}`,
    `fills ${fills}`,
    `σ ${quote?.sigma === undefined ? UNKNOWN : `${figures(100 * annualise(quote.sigma), 2)} %/a`}`,
    `τ ${quote?.tau === undefined ? UNKNOWN : fixed(quote.tau)}`,
    `k ${quote?.k === undefined ? UNKNOWN : fixed(quote.k)}`,
    `gaps ${recorded.gaps}`,
  ];
  return parts.join(" ");
}

const fixed = (value: number) => value.toFixed(2).replace("-", "−");

/** −cap ···|··●· +cap, in eleven places. */
function gauge(fraction: number): string {
  const place = 5 + Math.round(5 * Math.max(-1, Math.min(1, fraction)));
  return Array.from({ length: 11 }, (_, i) => i === place ? "●" : i === 5 ? "|" : "·").join("");
}
