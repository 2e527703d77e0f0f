/**
 * `ticker/price`, `ticker/24hr`, `ticker/tradingDay`, `ticker`, `avgPrice`.
 *
 * @module
 */
import { formatUnits } from "../decimal.ts";
import { badRequest, invalidValue } from "../errors.ts";
import { averagePrice, bestPrices, DAY, type Ticker, tickerOf, windowOpen } from "../tickers.ts";
import { type Answer, type Call, mandatorySymbolsOf, symbolOf, symbolsOf } from "./endpoint.ts";
import { timeZone } from "./klines.ts";

export function price(call: Call): Answer {
  const { list } = symbolsOf(call);
  const { market, info } = call.exchange;
  const last = market.tape.trades.price.at(market.tradeCount - 1) ?? 0n;
  const row = { symbol: info.symbol, price: formatUnits(last) };
  return { body: list ? [row] : row, weight: list ? 4 : 2 };
}

export function ticker24hr(call: Call): Answer {
  const { list, named } = symbolsOf(call);
  const mini = isMini(call);
  const { market, info } = call.exchange;
  const now = call.exchange.now();
  const ticker = tickerOf(market, now - DAY, now);
  const lastQty = formatUnits(market.tape.trades.qty.at(market.tradeCount - 1) ?? 0n);
  const row = mini ? miniRow(info.symbol, ticker, call) : {
    symbol: info.symbol,
    priceChange: ticker.priceChange,
    priceChangePercent: ticker.priceChangePercent,
    weightedAvgPrice: ticker.weightedAvgPrice,
    prevClosePrice: ticker.prevClosePrice,
    lastPrice: ticker.lastPrice,
    lastQty,
    ...bestPrices(market),
    openPrice: ticker.openPrice,
    highPrice: ticker.highPrice,
    lowPrice: ticker.lowPrice,
    ...totals(ticker, call),
  };
  return { body: list ? [row] : row, weight: named ? 2 : 80 };
}

export function tradingDay(call: Call): Answer {
  const { list } = mandatorySymbolsOf(call);
  const offset = timeZone(call.params);
  const mini = isMini(call);
  const now = call.exchange.now();
  const openTs = Math.floor((now + offset) / DAY) * DAY - offset;
  return windowAnswer(call, list, mini, openTs, openTs + DAY - 1000);
}

export function rollingWindow(call: Call): Answer {
  const { list } = mandatorySymbolsOf(call);
  const window = windowSize(call.params.text("windowSize") ?? "1d");
  if (window === undefined) throw invalidValue("windowSize");
  const mini = isMini(call);
  const now = call.exchange.now();
  return windowAnswer(call, list, mini, windowOpen(now, window), now);
}

export function avgPrice(call: Call): Answer {
  symbolOf(call);
  const { price, lastTradeTs } = averagePrice(call.exchange.market, call.exchange.now());
  return { body: { mins: 5, price, closeTime: call.time(lastTradeTs) }, weight: 2 };
}

function windowAnswer(call: Call, list: boolean, mini: boolean, openTs: number, closeTs: number): Answer {
  const { market, info } = call.exchange;
  const ticker = { ...tickerOf(market, openTs, call.exchange.now()), closeTs };
  const row = mini ? miniRow(info.symbol, ticker, call) : {
    symbol: info.symbol,
    priceChange: ticker.priceChange,
    priceChangePercent: ticker.priceChangePercent,
    weightedAvgPrice: ticker.weightedAvgPrice,
    ...prices(ticker),
    ...totals(ticker, call),
  };
  return { body: list ? [row] : row, weight: 4 };
}

function isMini({ params }: Call): boolean {
  return params.choice("type", ["FULL", "MINI"], () => badRequest(-1139, "Invalid ticker type.")) === "MINI";
}

function miniRow(symbol: string, ticker: Ticker, call: Call) {
  return { symbol, ...prices(ticker), ...totals(ticker, call) };
}

function prices(ticker: Ticker) {
  const { openPrice, highPrice, lowPrice, lastPrice } = ticker;
  return { openPrice, highPrice, lowPrice, lastPrice };
}

function totals(ticker: Ticker, { time }: Call) {
  const { volume, quoteVolume, firstId, lastId, count } = ticker;
  return {
    volume,
    quoteVolume,
    openTime: time(ticker.openTs),
    closeTime: time(ticker.closeTs),
    firstId,
    lastId,
    count,
  };
}

/** `1m`…`59m`, `1h`…`23h`, `1d`…`7d`, in microseconds; undefined for anything else. */
export function windowSize(text: string): number | undefined {
  const match = /^(\d{1,2})([mhd])$/.exec(text);
  if (match === null) return undefined;
  const n = Number(match[1]);
  const [unit, most] = { m: [60_000_000, 59], h: [3_600_000_000, 23], d: [DAY, 7] }[match[2] as "m" | "h" | "d"] as [
    number,
    number,
  ];
  return n >= 1 && n <= most ? n * unit : undefined;
}
