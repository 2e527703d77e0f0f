/**
 * The panel of a running session as HTML: one place, refreshed, readable at 800 px on light and dark pages. Pure.
 *
 * All colour comes from the page's own text colour, but for bars that only repeat what their number says. With text beside it: see
 * {@linkcode liveTable}.
 *
 * @module
 */

import { escapeHtml } from "./html.ts";
import { type LiveOptions, liveTable } from "./live_table.ts";
import { BOUND_MEANING, clockText, eventText, formatter, share, stateText } from "./live_text.ts";
import { COLOUR, figures } from "./plots/figure.ts";
import { annualise } from "./realised_volatility.ts";
import type { SessionSnapshot } from "./session.ts";
import type { Table } from "./table.ts";
import type { Level } from "./types.ts";

const UNKNOWN = "–";
/** Transitions shown. */
const EVENTS = 5;
/** Of the ladder, a side. */
const ROWS = 6;

/** A running session at a glance. The height hardly changes, so that what stands below the panel does not jump. */
export function livePanel(snapshot: SessionSnapshot, options: LiveOptions): Table {
  const { title, text } = liveTable(snapshot, options);
  const sections = [
    head(snapshot, options),
    `<div class="mb-columns">${ladder(snapshot, options)}${model(snapshot, options)}${money(snapshot, options)}</div>`,
    connection(snapshot, options),
    events(snapshot),
  ];
  const html = `<style>${STYLE}</style><section class="mb-live" aria-label="${escapeHtml(title)}">${
    sections.join("")
  }</section>`;
  return { title, text, html };
}

type Line = readonly [name: string, value: string, note?: string];

/** Names and values; a note stands behind the value, less bold. */
function lines(title: string, rows: readonly Line[]): string {
  const cells = rows.map(([name, value, note]) =>
    `<span>${escapeHtml(name)}</span><b>${escapeHtml(value)}${note ? ` <i>${escapeHtml(note)}</i>` : ""}</b>`
  );
  return `<h4>${escapeHtml(title)}</h4><div class="mb-lines">${cells.join("")}</div>`;
}

/** A bar between two shares of its box, with a mark in the middle where it has two sides. */
function bar(from: number, to: number, colour: string, isSigned: boolean): string {
  const [low, high] = [Math.max(0, Math.min(from, to)), Math.min(1, Math.max(from, to))];
  const middle = isSigned ? `<s style="left:50%"></s>` : "";
  return `<div class="mb-bar" aria-hidden="true"><u style="left:${percent(low)};width:${
    percent(high - low)
  };background:${colour}"></u>${middle}</div>`;
}

const percent = (part: number) => `${Math.round(1000 * part) / 10}%`;

function head(snapshot: SessionSnapshot, { market, countdown }: LiveOptions): string {
  const { warmUp, elapsed, duration } = snapshot;
  const parts = [
    `<strong>${escapeHtml(market.symbol)}</strong>`,
    `<strong class="mb-state">${escapeHtml(stateText(snapshot))}</strong>`,
    `<span>market time ${escapeHtml(clockText(snapshot))}</span>`,
  ];
  if (!warmUp.ready) {
    const left = countdown === undefined ? "" : `, about ${figures(Math.ceil(countdown))} market seconds left`;
    parts.push(
      `<span>warm-up: σ ${share(warmUp.sigma)}, τ ${share(warmUp.tau)}, k ${share(warmUp.k)}${left}</span>`,
    );
  }
  const progress = duration > 0 ? bar(0, elapsed / duration, COLOUR.blue, false) : "";
  return `<header>${parts.join("")}</header>${progress}`;
}

/** The book around our orders: asks above, bids below, the mid between. */
function ladder({ ladder, working, quote }: SessionSnapshot, { market }: LiveOptions): string {
  const { price, size } = formatter(market);
  const most = Math.max(1e-300, ...[...ladder.bids, ...ladder.asks].map(([, qty]) => qty));
  const row = (level: Level | undefined, own: Level | undefined, colour: string) => {
    const mark = own ? `<b>◀ ${figures(own[1])}</b>` : "";
    const qty = level === undefined ? "" : escapeHtml(size(level[1]));
    const width = level === undefined ? 0 : level[1] / most;
    const at = (own ?? level)![0];
    return `<span class="mb-depth"><u style="width:${
      percent(width)
    };background:${colour}"></u><em>${qty}</em></span><span>${escapeHtml(price(at))}</span><span>${mark}</span>`;
  };
  /** Levels and our order in one order of price; our order may stand between levels or beyond them. */
  const rows = (levels: readonly Level[], own: Level | undefined, colour: string, sign: number) => {
    const shown: [Level | undefined, Level | undefined][] = levels.map((level) => [
      level,
      own && own[0] === level[0] ? own : undefined,
    ]);
    if (own && !levels.some(([p]) => p === own[0])) {
      const behind = shown.findIndex(([level]) => sign * (level![0] - own[0]) > 0);
      shown.splice(behind < 0 ? shown.length : behind, 0, [undefined, own]);
    }
    const all = shown.map(([level, mine]) => row(level, mine, colour));
    while (all.length < ROWS) all.push("<span>&nbsp;</span><span></span><span></span>");
    return all;
  };
  const asks = rows(ladder.asks, working.ask, COLOUR.orange, 1).reverse();
  const bids = rows(ladder.bids, working.bid, COLOUR.blue, -1);
  const [bid, ask] = [ladder.bids[0]?.[0], ladder.asks[0]?.[0]];
  const isKnown = bid !== undefined && ask !== undefined;
  const middle = `<span class="mb-mid">mid</span><span class="mb-mid">${
    isKnown ? escapeHtml(price((bid + ask) / 2, 1)) : "no book"
  }</span><span></span>`;
  const notes = [
    `wanted: bid ${price(quote?.bid)}, ask ${price(quote?.ask)}`,
    `spread of the market: ${price(isKnown ? ask - bid : undefined)}`,
  ];
  const names = [market.base, "price", "ours"].map((name) => `<span class="mb-name">${escapeHtml(name)}</span>`);
  return `<div><h4>book and our orders</h4><div class="mb-ladder">${names.join("")}${asks.join("")}${middle}${
    bids.join("")
  }</div><div class="mb-note">${notes.map(escapeHtml).join("<br>")}</div></div>`;
}

function model({ quote, kError }: SessionSnapshot, { market: { base, quote: money } }: LiveOptions): string {
  const number = (value: number | undefined) => value === undefined ? UNKNOWN : figures(value);
  const sigma = quote?.sigma === undefined ? UNKNOWN : `${figures(100 * annualise(quote.sigma))} % a year`;
  const rows: Line[] = [
    ["σ volatility", sigma],
    ["τ toxicity", number(quote?.tau), `floor ${number(quote?.tauFloor)}`],
    [`k (${money}/${base})`, `${number(quote?.kRaw)} ± ${number(kError)}`],
    ["γ risk aversion", number(quote?.gamma), `1/${money}`],
    ["κ slope", number(quote?.kappa), `${money}/${base}²`],
    ["half-spread k·τ", number(quote?.halfSpread), money],
    ["skew ψ = κQ", number(quote?.psi), money],
  ];
  const bound = quote === undefined ? UNKNOWN : BOUND_MEANING[quote.bound];
  return `<div>${lines("the quote", rows)}<div class="mb-note">limit that bound it: <b>${
    escapeHtml(quote?.bound ?? UNKNOWN)
  }</b><br>${escapeHtml(bound)}</div></div>`;
}

function money({ position, pnl, fills, counts }: SessionSnapshot, { market, config }: LiveOptions): string {
  const { base, quote } = market;
  const cap = config.risk.q_max;
  const held: Line[] = [[`position`, figures(position), base], [
    "of the cap",
    share(Math.abs(position) / cap),
    `±${figures(cap)}`,
  ]];
  const parts: (readonly [string, number | undefined])[] = [
    ["spread", pnl?.spreadCaptured],
    ["inventory", pnl?.inventoryPnl],
    ["fees", pnl && -pnl.fees],
    ["net", pnl?.equity],
  ];
  const most = Math.max(1e-300, ...parts.map(([, value]) => Math.abs(value ?? 0)));
  const rows = parts.map(([name, value]) =>
    `<span>${name}</span>${
      bar(0.5, 0.5 + (value ?? 0) / most / 2, name === "net" ? "currentColor" : COLOUR.blue, true)
    }<b>${value === undefined ? UNKNOWN : signed(value)}</b>`
  );
  return `<div>${lines("inventory", held)}${bar(0.5, 0.5 + position / cap / 2, COLOUR.green, true)}<h4>PnL (${
    escapeHtml(quote)
  })</h4><div class="mb-parts">${
    rows.join("")
  }</div><div class="mb-note">${fills} fills of ${counts.sent} orders, ${counts.rejected} rejected</div></div>`;
}

const signed = (value: number) => `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(4)}`;

function connection({ health, recorded }: SessionSnapshot, { now, rate }: LiveOptions): string {
  const age = (stream: "book" | "trades") => {
    const last = health.lastMessageTs[stream];
    return last === undefined ? UNKNOWN : `${figures(Math.max(0, now - last) / 1000, 2)} s ago`;
  };
  const parts = [
    `connection <b>${escapeHtml(health.state)}</b>`,
    `book <b>${age("book")}</b>`,
    `trades <b>${age("trades")}</b>`,
    `<b>${rate === undefined ? UNKNOWN : figures(rate, 2)}</b> messages/s`,
    `gaps <b>${recorded.gaps}</b>`,
    `reconnects <b>${health.reconnects}</b>`,
  ];
  return `<footer>${parts.map((part) => `<span>${part}</span>`).join("")}</footer>`;
}

function events({ risk }: SessionSnapshot): string {
  const shown = risk.slice(-EVENTS).reverse().map((event) => `<li>${escapeHtml(eventText(event))}</li>`);
  while (shown.length < EVENTS) shown.push("<li>&nbsp;</li>");
  return `<h4>transitions, newest first</h4><ol>${shown.join("")}</ol>`;
}

// Three times the class: Jupyter styles the tags inside an output itself.
const M = ".mb-live.mb-live.mb-live";
const LINE = "color-mix(in srgb,currentColor 25%,transparent)";
const STYLE = [
  `${M}{font:13px/1.45 system-ui,sans-serif;color:inherit;max-width:800px;container-type:inline-size;border:1px solid ${LINE};border-radius:6px;padding:8px 12px;margin:4px 0;box-sizing:border-box;font-variant-numeric:tabular-nums}`,
  `${M} *{color:inherit;background-color:transparent;box-sizing:border-box}`,
  `${M} header,${M} footer{display:flex;flex-wrap:wrap;gap:2px 18px;align-items:baseline;margin:0;padding:0;min-height:20px}`,
  `${M} footer{border-top:1px solid ${LINE};margin-top:8px;padding-top:5px}`,
  `${M} .mb-state{border:1px solid currentColor;border-radius:4px;padding:0 7px}`,
  `${M} .mb-columns{display:grid;grid-template-columns:minmax(0,1.25fr) minmax(0,1.2fr) minmax(0,1fr);gap:4px 20px;margin-top:4px}`,
  `@container (max-width:600px){${M} .mb-columns{grid-template-columns:1fr}}`,
  `${M} h4{font:600 12px/1.4 system-ui,sans-serif;margin:7px 0 2px;opacity:.8}`,
  `${M} .mb-lines{display:grid;grid-template-columns:auto 1fr;gap:0 10px}`,
  `${M} .mb-lines b{text-align:right;font-weight:600}`,
  `${M} i{font-style:normal;font-weight:400;opacity:.75}`,
  `${M} .mb-ladder{display:grid;grid-template-columns:68px auto 1fr;gap:0 8px;white-space:nowrap}`,
  `${M} .mb-ladder>span:nth-child(3n+2){text-align:right}`,
  `${M} .mb-name{font:600 12px/1.4 system-ui,sans-serif;opacity:.8;text-align:right;overflow:hidden;text-overflow:ellipsis}`,
  `${M} .mb-name:nth-child(3n){text-align:left}`,
  `${M} .mb-depth{position:relative;text-align:right;overflow:hidden}`,
  `${M} .mb-depth u{position:absolute;top:2px;bottom:2px;right:0;opacity:.35;text-decoration:none}`,
  `${M} .mb-depth em{position:relative;font-style:normal;padding-right:4px}`,
  `${M} .mb-mid{font-weight:600;text-align:right;border-top:1px solid ${LINE};border-bottom:1px solid ${LINE}}`,
  `${M} .mb-parts{display:grid;grid-template-columns:auto 1fr auto;gap:0 8px;align-items:center}`,
  `${M} .mb-parts b{text-align:right;font-weight:600;min-width:72px}`,
  `${M} .mb-bar{position:relative;height:9px;border:1px solid ${LINE};margin:3px 0;overflow:hidden}`,
  `${M} .mb-bar u,${M} .mb-bar s{position:absolute;top:0;bottom:0;text-decoration:none}`,
  `${M} .mb-bar s{width:1px;background:currentColor}`,
  `${M} .mb-note{font-size:12px;opacity:.85;margin-top:3px;min-height:17px}`,
  `${M} ol{list-style:none;margin:0;padding:0;font:12px/1.5 ui-monospace,monospace}`,
  `${M} li{margin:0;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}`,
].join("");
