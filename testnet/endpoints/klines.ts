/**
 * `klines`, `uiKlines`.
 *
 * @module
 */
import { formatUnits } from "../decimal.ts";
import { invalidInterval, invalidValue } from "../errors.ts";
import { formatQuote, intervalOf, type Kline, listKlines, parseTimeZone } from "../klines.ts";
import type { Params } from "../params.ts";
import { type Answer, type Call, symbolOf } from "./endpoint.ts";

export function klines(call: Call): Answer {
  symbolOf(call);
  const { params, exchange: { market, now }, time } = call;
  const name = params.mandatory("interval");
  const interval = intervalOf(name, timeZone(params));
  if (interval === undefined) throw invalidInterval();
  const range = {
    startTs: params.time("startTime"),
    endTs: params.time("endTime"),
    limit: params.limit(500, 1000),
    now: now(),
  };
  return { body: listKlines(market.bars, interval, range).map((kline) => row(kline, time)), weight: 2 };
}

/** The optional `timeZone` parameter, microseconds ahead of UTC. */
export function timeZone(params: Params): number {
  const offset = parseTimeZone(params.text("timeZone") ?? "0");
  if (offset === undefined) throw invalidValue("timeZone");
  return offset;
}

function row({ openTs, closeTs, bar }: Kline, time: (ts: number) => number): unknown[] {
  return [
    time(openTs),
    formatUnits(bar.open),
    formatUnits(bar.high),
    formatUnits(bar.low),
    formatUnits(bar.close),
    formatUnits(bar.volume),
    time(closeTs - 1),
    formatQuote(bar.quoteVolume),
    bar.count,
    formatUnits(bar.takerBuyVolume),
    formatQuote(bar.takerBuyQuoteVolume),
    "0",
  ];
}
