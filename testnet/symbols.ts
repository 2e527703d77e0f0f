/**
 * A symbol's trading rules as `exchangeInfo` states them: known ones from a sample of Binance's own answer, others inferred.
 *
 * @module
 */
import known from "./symbols.json" with { type: "json" };
import { depthOf } from "./message.ts";
import { formatUnits, parseUnits } from "./decimal.ts";
import type { Tape } from "./tape.ts";

/** One element of `exchangeInfo.symbols[].filters`. */
export type SymbolFilter = Readonly<Record<string, unknown>>;

/** One element of `exchangeInfo.symbols`. */
export interface SymbolInfo {
  readonly symbol: string;
  readonly baseAsset: string;
  readonly quoteAsset: string;
  readonly filters: readonly SymbolFilter[];
  readonly permissionSets: readonly (readonly string[])[];
  readonly [key: string]: unknown;
}

const NONE = "0.00000000";

/** Currencies that symbols end with, longest first, so that `BTCFDUSD` is not split at `USD`. */
const QUOTES = [
  ...["FDUSD", "USDT", "USDC", "TUSD", "BUSD", "USDP", "USD1", "BIDR", "IDRT", "DOGE", "EURI"],
  ...["BTC", "ETH", "BNB", "EUR", "TRY", "BRL", "GBP", "AUD", "JPY", "RUB", "UAH", "ZAR", "PLN", "ARS", "MXN", "USD"],
  ...["DAI", "TRX", "XRP", "SOL", "DOT"],
].sort((a, b) => b.length - a.length);

/** The rules of the tape's symbol. */
export function symbolInfo(tape: Tape): SymbolInfo {
  const found = (known as unknown as SymbolInfo[]).find((info) => info.symbol === tape.symbol);
  return found ?? inferSymbol(tape);
}

/** Whether Binance's own rules for the symbol are at hand. */
export function isKnownSymbol(symbol: string): boolean {
  return (known as unknown as SymbolInfo[]).some((info) => info.symbol === symbol);
}

/** Base and quote asset of a symbol; an unknown quote takes the last three letters. */
export function splitSymbol(symbol: string): [base: string, quote: string] {
  const quote = QUOTES.find((asset) => symbol.length > asset.length && symbol.endsWith(asset)) ?? symbol.slice(-3);
  return [symbol.slice(0, symbol.length - quote.length), quote];
}

/** Tick and lot are the largest 1, 2 or 5 times a power of ten that divides every price and quantity seen. */
function inferSymbol(tape: Tape): SymbolInfo {
  const [baseAsset, quoteAsset] = splitSymbol(tape.symbol);
  const price = { divisor: 0n, largest: 0n };
  const qty = { divisor: 0n, largest: 0n };
  const see = (what: typeof price, value: bigint) => {
    what.divisor = gcd(what.divisor, value);
    if (value > what.largest) what.largest = value;
  };
  const level = (text: readonly [string, string]) => {
    see(price, parseUnits(text[0]));
    see(qty, parseUnits(text[1]));
  };
  for (const snapshot of tape.snapshots) for (const row of [...snapshot.bids, ...snapshot.asks]) level(row);
  for (const event of tape.events) {
    if (event.kind !== "depth") continue;
    const update = depthOf(event.text);
    for (const row of [...update.b, ...update.a]) level(row);
  }
  for (let i = 0; i < tape.trades.length; i++) {
    see(price, tape.trades.price.at(i) as bigint);
    see(qty, tape.trades.qty.at(i) as bigint);
  }
  const tickSize = formatUnits(step(price.divisor));
  const stepSize = formatUnits(step(qty.divisor));
  const template = known[0] as unknown as SymbolInfo;
  const of = (type: string) => template.filters.find(({ filterType }) => filterType === type) as SymbolFilter;
  const maxPrice = bound("922327", price.largest);
  const maxQty = bound("92141578", qty.largest);
  const filters = [
    { filterType: "PRICE_FILTER", minPrice: tickSize, maxPrice, tickSize },
    { filterType: "LOT_SIZE", minQty: stepSize, maxQty, stepSize },
    of("ICEBERG_PARTS"),
    { filterType: "MARKET_LOT_SIZE", minQty: NONE, maxQty, stepSize: NONE },
    of("TRAILING_DELTA"),
    of("PERCENT_PRICE_BY_SIDE"),
    { ...of("NOTIONAL"), ...notionalOf(quoteAsset) },
    of("MAX_NUM_ORDERS"),
    of("MAX_NUM_ALGO_ORDERS"),
  ];
  return { ...template, symbol: tape.symbol, baseAsset, quoteAsset, filters };
}

/** What is usual, or as many times ten as leaves room for a thousand times the largest that was seen. */
function bound(usual: string, largest: bigint): string {
  let found = parseUnits(usual);
  while (found < 1000n * largest) found *= 10n;
  return formatUnits(found);
}

/** The bounds of a known symbol in that currency; without one there is no smallest order, and none too large to be meant. */
function notionalOf(quoteAsset: string) {
  const same = (known as unknown as SymbolInfo[]).find((info) => info.quoteAsset === quoteAsset);
  const found = same?.filters.find(({ filterType }) => filterType === "NOTIONAL");
  return {
    minNotional: found?.minNotional ?? NONE,
    maxNotional: found?.maxNotional ?? "92233720368.00000000",
  };
}

function gcd(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

function step(divisor: bigint): bigint {
  let best = 1n;
  for (let power = 1n; power <= divisor; power *= 10n) {
    for (const digit of [1n, 2n, 5n]) if (divisor % (digit * power) === 0n) best = digit * power;
  }
  return best;
}
