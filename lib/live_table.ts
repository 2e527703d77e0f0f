import { figures } from "./plots/figure.ts";
import { annualise } from "./realised_volatility.ts";
import type { Config } from "./schema.ts";
import type { SessionSnapshot } from "./session.ts";
import { createTable, type Table } from "./table.ts";
import type { Market } from "./types.ts";

const UNKNOWN = "–";

/** What the figures need to know beside the snapshot. */
export interface LiveOptions {
  readonly market: Market;
  readonly config: Pick<Config, "risk" | "session">;
  /** Wall clock, Unix time in milliseconds. */
  readonly now: number;
}

/** A running session at a glance: market, quotes, inventory, estimates, and the health of the connection. Pure. */
export function liveTable(snapshot: SessionSnapshot, { market, config, now }: LiveOptions): Table {
  const { quote, warmUp, position, health, counts, recorded } = snapshot;
  const { base, quote: money, rules: { tickSize } } = market;
  const digits = Math.max(0, -Math.floor(Math.log10(tickSize) + 1e-9));
  const price = (value: number | undefined) =>
    value === undefined
      ? UNKNOWN
      : value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const number = (value: number | undefined) => value === undefined ? UNKNOWN : figures(value);
  const age = Math.max(0, ...Object.values(health.lastMessageTs).map((ts) => now - ts));
  const last = snapshot.risk.at(-1);
  const rows: [string, string, string, string][] = [
    ["state", stateText(snapshot), "market time", clockText(snapshot)],
    ["best bid", price(snapshot.bestBid), "best ask", price(snapshot.bestAsk)],
    ["our bid", price(quote?.bid), "our ask", price(quote?.ask)],
    ["limit that bound", quote?.bound ?? UNKNOWN, "mid", price(quote?.mid)],
    [
      `position (${base})`,
      number(position),
      `of the cap ${figures(config.risk.q_max)}`,
      gauge(position / config.risk.q_max),
    ],
    [`equity (${money})`, number(snapshot.equity), "fills / orders", `${snapshot.fills} / ${counts.sent}`],
    [
      "σ, % a year",
      quote?.sigma === undefined ? UNKNOWN : figures(100 * annualise(quote.sigma)),
      "warm-up σ",
      share(warmUp.sigma),
    ],
    ["τ (random flow)", `${number(quote?.tau)} (${number(quote?.tauFloor)})`, "warm-up τ", share(warmUp.tau)],
    [`k (${money}/${base})`, number(quote?.k), "warm-up k", share(warmUp.k)],
    [`κ (${money}/${base}²)`, number(quote?.kappa), `γ (1/${money})`, number(quote?.gamma)],
    [`half-spread k·τ`, number(quote?.halfSpread), "skew ψ = κQ", number(quote?.psi)],
    [
      "connection",
      health.state,
      "last message",
      health.messages.book === 0 ? UNKNOWN : `${figures(age / 1000, 2)} s ago`,
    ],
    [
      "depth / trades",
      `${recorded.depth} / ${recorded.trades}`,
      "gaps / reconnects",
      `${recorded.gaps} / ${health.reconnects}`,
    ],
  ];
  const transition = `last transition: ${last ? `${last.event}, ${last.reason}` : UNKNOWN}`;
  return createTable(`${market.symbol}: session`, ["", "", "", ""], [...rows, [transition]], { align: "lrlr" });
}

/** One line for a log: where the session stands. */
export function liveLine(snapshot: SessionSnapshot, market: Market): string {
  const { now, quote, position, equity, fills, recorded } = snapshot;
  const time = now === undefined ? "--:--:--" : new Date(now / 1000).toISOString().slice(11, 19);
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

function stateText({ state, warmUp }: SessionSnapshot): string {
  if (state !== "warming") return state;
  const left = Math.min(warmUp.sigma, warmUp.tau, warmUp.k);
  return `warming up, ${share(left)}`;
}

function clockText({ now, elapsed, duration }: SessionSnapshot): string {
  if (now === undefined) return UNKNOWN;
  const time = new Date(now / 1000).toISOString().slice(11, 19);
  return duration > 0 ? `${time}, ${Math.round(elapsed)} of ${duration} s` : `${time}, ${Math.round(elapsed)} s`;
}

const fixed = (value: number) => value.toFixed(2).replace("-", "−");
const share = (value: number) => `${Math.floor(100 * value)} %`;

/** −cap ···|··●· +cap, in eleven places. */
function gauge(fraction: number): string {
  const place = 5 + Math.round(5 * Math.max(-1, Math.min(1, fraction)));
  return Array.from({ length: 11 }, (_, i) => i === place ? "●" : i === 5 ? "|" : "·").join("");
}
