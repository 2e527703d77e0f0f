/**
 * Makes the shipped Gemini day from the two CSV files it was published as.
 *
 * The best bid and ask of second `s` were sampled at its beginning: trades right after `s` print at that quote most often,
 * and ever less often until `s + 1` (docs/data.md has the figures). So a quote counts from `s` on, before the trades of
 * the same microsecond, and nothing is seen before it was there. Only changes become rows: a level that is no longer the best
 * is removed, then the new best is set. Receive times were not recorded: `localTs` is `exchTs`, the backtest adds its feed
 * latency.
 *
 * @module
 */

import { writeTape } from "makerbook/recording.ts";
import { BUY, CLEAR, createTape, LAST, LEVEL, SELL, TRADE } from "makerbook/tape.ts";
import { createGrid } from "makerbook/ticks.ts";

const HELP = `Usage: deno run -A scripts/convert_gemini.ts BBO TRADES OUT

Writes OUT, a tape in Parquet, from Gemini's ETH-USD day as published with ccapi.
  BBO     bbo_1s.csv or bbo_1s.csv.gz: time_seconds, bid_price_bid_size, ask_price_ask_size
  TRADES  trades.csv or trades.csv.gz: time_seconds, price, size, is_buyer_maker
The same input gives the same bytes.`;

const INFO = {
  symbol: "ETH/USD",
  base: "ETH",
  quote: "USD",
  tickSize: 0.01,
  lotSize: 0.000001,
  source: "Gemini ETH-USD 2021-07-01, best bid and ask each second and all trades (crypto-chassis/ccapi, MIT)",
};

interface Best {
  readonly price: number;
  readonly qty: number;
}

/** Microseconds of decimal seconds, digit by digit. */
function micros(seconds: string): number {
  const [whole = "", fraction = ""] = seconds.split(".");
  return Number(whole) * 1e6 + Number(fraction.slice(0, 6).padEnd(6, "0"));
}

async function readCsv(path: string, header: string): Promise<string[][]> {
  const file = await Deno.open(path);
  const bytes = path.endsWith(".gz") ? file.readable.pipeThrough(new DecompressionStream("gzip")) : file.readable;
  const [first, ...lines] = (await new Response(bytes).text()).split(/\r?\n/);
  if (first !== header) throw new Error(`${path}: first line is "${first}", expected "${header}"`);
  return lines.filter((line) => line !== "").map((line) => line.split(","));
}

async function convert(bboPath: string, tradesPath: string, out: string): Promise<void> {
  const quotes = await readCsv(bboPath, "time_seconds,bid_price_bid_size,ask_price_ask_size");
  const trades = await readCsv(tradesPath, "time_seconds,price,size,is_buyer_maker");
  const grid = createGrid(INFO.tickSize);
  const tape = createTape(INFO, 1 << 18);
  const best = (text = ""): Best => {
    const [price = "", qty = ""] = text.split("_");
    return { price: grid.round(Number(price)), qty: Number(qty) };
  };

  let bid: Best | undefined;
  let ask: Best | undefined;

  function quote([seconds = "", bidText, askText]: string[]) {
    const ts = micros(seconds);
    const [newBid, newAsk] = [best(bidText), best(askText)];
    const rows: [kind: number, side: number, price: number, qty: number][] = [];
    if (!bid || !ask) rows.push([CLEAR, 0, 0, 0]);
    // Both old levels go before a new one comes: the book is never crossed halfway.
    if (bid && bid.price !== newBid.price) rows.push([LEVEL, BUY, bid.price, 0]);
    if (ask && ask.price !== newAsk.price) rows.push([LEVEL, SELL, ask.price, 0]);
    if (bid?.price !== newBid.price || bid.qty !== newBid.qty) rows.push([LEVEL, BUY, newBid.price, newBid.qty]);
    if (ask?.price !== newAsk.price || ask.qty !== newAsk.qty) rows.push([LEVEL, SELL, newAsk.price, newAsk.qty]);
    for (const [i, [kind, side, price, qty]] of rows.entries()) {
      tape.row(kind, side, i === rows.length - 1 ? LAST : 0, ts, ts, price, qty);
    }
    [bid, ask] = [newBid, newAsk];
  }

  function trade([seconds = "", price, qty, buyerMaker]: string[]) {
    const ts = micros(seconds);
    tape.row(TRADE, buyerMaker === "1" ? SELL : BUY, LAST, ts, ts, grid.round(Number(price)), Number(qty));
  }

  let next = 0;
  for (const row of quotes) {
    const ts = micros(row[0]!);
    while (next < trades.length && micros(trades[next]![0]!) < ts) trade(trades[next++]!);
    quote(row);
  }
  while (next < trades.length) trade(trades[next++]!);
  await writeTape(out, tape.build());
  console.log(`${out}: ${tape.length} rows from ${quotes.length} quotes and ${trades.length} trades`);
}

if (import.meta.main) {
  const [bbo, trades, out, ...rest] = Deno.args;
  if (Deno.args.includes("--help") || Deno.args.includes("-h")) console.log(HELP);
  else if (!bbo || !trades || !out || rest.length > 0) {
    console.error(HELP);
    Deno.exit(2);
  } else {
    try {
      await convert(bbo, trades, out);
    } catch (error) {
      console.error(error instanceof Error ? error.message : String(error));
      Deno.exit(1);
    }
  }
}
