/**
 * Why a fill happened, what it was worth, and why it lost or earned. Pure.
 *
 * @module
 */

import { attribute, type Attribution } from "../attribution.ts";
import { aroundPlot } from "../plots/around.ts";
import { type Figure, figures } from "../plots/figure.ts";
import { createTable, type Table } from "../table.ts";
import { lastAtOrBefore } from "../times.ts";
import type { Fill, OrderRecord, Quote } from "../types.ts";
import { distance, HORIZONS } from "./quote.ts";
import { attributionOf, type ExplainConfig, type Explicable, type Story, storyOf } from "./story.ts";
import { sentOf, termRows } from "./terms.ts";
import { indexOf, timeMeant, type Which } from "./which.ts";
import { type Row, writer } from "./write.ts";

/** Shown before the order was sent, microseconds. */
const BEFORE = 3e6;
/** Longest part of an order's life that is shown, microseconds. */
const LONGEST = 20e6;
/** Shown after the fill, in horizons. */
const AFTER = 1.5;

/** One fill explained. */
export interface FillExplanation {
  readonly fill: Fill;
  /** Undefined where it is not over yet, or was not kept. */
  readonly order: OrderRecord | undefined;
  /** The decision that placed the order; undefined where it was not kept. */
  readonly quote: Quote | undefined;
  /** Its own parts of the run's PnL, quote currency. */
  readonly parts: Attribution;
  /** Why it lost or earned, in a sentence or two. */
  readonly verdict: string;
  readonly table: Table;
  /** Drawn when it is asked for. */
  readonly figure: Figure;
}

/**
 * Explains a fill: the decision behind it, the order's place in the queue, each latency, what it was worth at once and later, its
 * parts of the PnL, and which of them decided.
 *
 * @param source a session, running or ended, a backtest that kept quotes and orders, or a recording read with `readStory`
 * @param which its number from 1 (negative: from the end), its id, a time (the nearest fill), or `worst` or `best` within the horizon
 * @param config of the run: the horizon and the latencies that its attribution uses
 * @throws {RangeError} where there is no such fill, with those there are
 */
export function explainFill(source: Explicable, which: Which, config: ExplainConfig): FillExplanation {
  const story = storyOf(source);
  const index = findFill(story, which, config);
  const fill = story.fills[index]!;
  const { behind } = story;
  const isOrder = ({ id }: OrderRecord) => id === fill.orderId;
  const isQuote = ({ id }: Quote) => id === fill.quoteId;
  const order = story.orders.find(isOrder) ?? behind?.orders.find(isOrder);
  const quote = story.quotes.find(isQuote) ?? behind?.quotes.find(isQuote);
  const parts = attribute([fill], story.path, attributionOf(config));
  const { market } = story;
  const { price, time, value } = writer(market);
  const verb = fill.side === "buy" ? "bought" : "sold";
  const name = `Fill ${index + 1} (${fill.id})`;
  const verdict = verdictOf(name, fill, quote, parts, story);
  const rows: Row[] = [
    ...chronicle(story, fill, order, quote),
    ...worth(story, fill),
    ...partRows(parts, market.quote),
    ...(quote ? termRows(quote, market) : [["the decision was not kept"] as const]),
  ];
  const title = `${name}: ${verb} ${value(fill.qty)} ${market.base} at ${price(fill.price)}, ${time(fill.exchTs)} UTC`;
  const table = createTable(title, ["what", "value", "unit", "how"], rows, { align: "lrll" });
  return {
    fill,
    order,
    quote,
    parts,
    verdict,
    table,
    get figure() {
      return draw(story, fill, order, parts.horizonSeconds * 1e6, verdict.split(". ")[0]!);
    },
  };
}

/** The minutes around it are in the table; the picture is of what decided. */
function draw(story: Story, fill: Fill, order: OrderRecord | undefined, horizonUs: number, title: string): Figure {
  const from = Math.max(order?.sentTs ?? fill.exchTs, fill.exchTs - LONGEST) - BEFORE;
  const moments = [{ ts: fill.localTs + horizonUs, name: `${horizonUs / 1e6} s after` }];
  if (order?.acceptedTs !== undefined) moments.push({ ts: order.acceptedTs, name: "in the book" });
  return aroundPlot(story, { title, span: [from, fill.localTs + AFTER * horizonUs], moments, fills: [fill] });
}

function findFill(story: Story, which: Which, config: ExplainConfig): number {
  const { fills, path } = story;
  const [first, last] = [fills[0], fills.at(-1)];
  if (!first || !last) throw new RangeError("explain: there is no fill");
  const time = timeMeant(which, [first.localTs, path.endTs ?? last.localTs]);
  if (time !== undefined) {
    const distances = fills.map(({ exchTs }) => Math.abs(exchTs - time));
    return distances.indexOf(distances.reduce((a, b) => Math.min(a, b)));
  }
  if (typeof which === "number") return indexOf(which, fills.length, "fill");
  if (which === "worst" || which === "best") {
    const sign = which === "best" ? 1 : -1;
    const worth = fills.map((fill) => sign * atHorizon(attribute([fill], path, attributionOf(config))));
    return worth.indexOf(worth.reduce((a, b) => Math.max(a, b)));
  }
  const index = fills.findIndex(({ id }) => id === which);
  if (index < 0) throw new RangeError(`explain: no fill ${which}; there are ${first.id} to ${last.id}, or give a time`);
  return index;
}

/** From the decision to the moment we knew. */
function chronicle(story: Story, fill: Fill, order: OrderRecord | undefined, quote: Quote | undefined): Row[] {
  const { market: { base } } = story;
  const { time, span, value } = writer(story.market);
  const rows: Row[] = [["how it came about"]];
  if (quote) rows.push([`decision ${quote.id}`, time(quote.localTs), "UTC", order ? `order ${order.id} was sent` : ""]);
  if (order) {
    rows.push([
      "order in the book",
      time(order.acceptedTs),
      "UTC",
      `${span(since(order.sentTs, order.acceptedTs))} after it was sent`,
    ]);
    rows.push(["ahead of it then", value(order.queueAhead), base, distance(order.touchDistance, value)]);
    if (order.cancelSentTs !== undefined && order.cancelSentTs <= fill.exchTs) {
      rows.push([
        "cancel sent",
        time(order.cancelSentTs),
        "UTC",
        `${span(fill.exchTs - order.cancelSentTs)} before the fill: too late`,
      ]);
    } else if (order.cancelSentTs !== undefined && order.cancelSentTs < fill.localTs) {
      rows.push(["cancel sent", time(order.cancelSentTs), "UTC", "after the fill, before we knew of it"]);
    }
  }
  rows.push([
    fill.liquidity === "maker" ? "filled, as maker" : "filled, as taker",
    time(fill.exchTs),
    "UTC",
    order?.acceptedTs === undefined ? "" : `after ${span(fill.exchTs - order.acceptedTs)} in the book`,
  ]);
  rows.push(["known to us", time(fill.localTs), "UTC", `${span(fill.localTs - fill.exchTs)} later`]);
  return rows;
}

const since = (from: number, to: number | undefined) => to === undefined ? undefined : to - from;

/** At once, and at each horizon. */
function worth(story: Story, fill: Fill): Row[] {
  const { market: { base, quote }, path } = story;
  const { price, money, step } = writer(story.market);
  const sign = fill.side === "buy" ? 1 : -1;
  const { ts, mid } = path.mids;
  const rows: Row[] = [
    ["what it was worth"],
    ["mid at the fill", price(fill.mid, 1), `${quote}/${base}`, `spread of the market ${price(fill.spread)}`],
    [
      "price against that mid",
      money(sign * (fill.mid - fill.price) * fill.qty),
      quote,
      "earned at once, before the fee",
    ],
  ];
  for (const seconds of HORIZONS) {
    const at = fill.localTs + seconds * 1e6;
    if (at > (path.endTs ?? -Infinity)) {
      rows.push([`${seconds} s later`, "–", quote, "the run ended before"]);
      continue;
    }
    const later = mid[lastAtOrBefore(ts, at)] ?? fill.mid;
    const moved = sign * (later - fill.mid);
    rows.push([
      `${seconds} s later`,
      money(sign * (later - fill.price) * fill.qty),
      quote,
      `mid ${price(later, 1)}, moved ${step(Math.abs(moved))} ${moved < 0 ? "against us" : "in our favour"}`,
    ]);
  }
  return rows;
}

function partRows(parts: Attribution, unit: string): Row[] {
  const { spread, latency, adverseSelection, inventory, fees, net, horizonSeconds } = parts;
  const money = (value: number) => (value > 0 ? "+" : "") + (value === 0 ? "0" : figures(value, 4));
  return [
    ["its parts of the PnL"],
    ["spread", money(spread), unit, "against the mid when the price could last be changed"],
    ["latency", money(latency), unit, "what the mid moved from there to the fill"],
    ["adverse selection", money(adverseSelection), unit, `what it moved until ${horizonSeconds} s after we knew`],
    ["fee", money(fees), unit, ""],
    [`after ${horizonSeconds} s`, money(spread + latency + adverseSelection + fees), unit, "the sum of the four"],
    ["inventory", money(inventory), unit, "the mid from there to the end of the run"],
    ["net, at the end of the run", money(net), unit, "the sum of all five"],
  ];
}

const atHorizon = ({ spread, latency, adverseSelection, fees }: Attribution) =>
  spread + latency + adverseSelection + fees;

/** The sum after the horizon, and the part that decided its sign. */
function verdictOf(name: string, fill: Fill, quote: Quote | undefined, parts: Attribution, { market }: Story): string {
  const { spread, latency, adverseSelection, fees, horizonSeconds } = parts;
  const result = atHorizon(parts);
  const amount = (value: number) => `${figures(Math.abs(value), 3)} ${market.quote}`;
  const did = result < 0 ? `lost ${amount(result)}` : `earned ${amount(result)}`;
  const start = `${name} ${did} within ${figures(horizonSeconds)} s`;
  const reasons = [
    { size: fees, text: `the fee took ${amount(fees)}, ${feeComment(result - fees, amount)}` },
    {
      size: adverseSelection,
      text: `the mid moved against it by ${
        amount(adverseSelection)
      } afterwards: whoever traded knew more, or was faster`,
    },
    {
      size: latency,
      text: `the mid had moved by ${
        amount(latency)
      } before anything we sent could have changed the price: the quote was stale`,
    },
    { size: spread, text: `its price gave ${amount(spread)} away: ${whyGiven(fill, quote, market)}` },
  ];
  const worst = reasons.reduce((a, b) => b.size < a.size ? b : a);
  if (result >= 0 || worst.size >= 0) {
    const earned = [["spread", spread], ["the move of the mid before the fill", latency], [
      "the move afterwards",
      adverseSelection,
    ]] as const;
    const best = earned.reduce((a, b) => b[1] > a[1] ? b : a);
    return `${start}. Most of it came from ${best[0] === "spread" ? "the spread" : best[0]}: ${amount(best[1])}.`;
  }
  return `${start}. Mostly because ${worst.text}.`;
}

function feeComment(without: number, amount: (value: number) => string): string {
  return without >= 0
    ? `without it the fill would have earned ${amount(without)}`
    : `without it ${amount(without)} would still be lost`;
}

function whyGiven(fill: Fill, quote: Quote | undefined, market: Story["market"]): string {
  if (fill.liquidity === "taker") return "it took, to bring the position down";
  const side = fill.side === "buy" ? "bid" : "ask";
  const sent = quote && sentOf(quote, side, market);
  if (!quote || !sent) return "the decision behind it was not kept";
  if (quote.psi && (fill.side === "buy") === (quote.psi < 0) && Math.abs(quote.psi) > (quote.halfSpread ?? 0)) {
    return `the position of ${figures(quote.inventory)} ${market.base} leaned the quote by ${
      figures(Math.abs(quote.psi))
    }, past the mid`;
  }
  return "the mid had crossed the resting order, which was still within requote_ticks or on its way out";
}
