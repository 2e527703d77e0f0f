/**
 * The records every module shares. One vocabulary: readonly, told apart by `type`, each with the exchange's time and ours.
 *
 * Units: prices in quote currency per base unit, quantities in base units, times in integer microseconds UTC
 * (`exchTs`: the exchange's clock; `localTs`: when it reached us). Inside book, orders, fills and tape, prices are integer
 * ticks and own quantities are integer lots.
 *
 * @module
 */

/** Side of an order, or of the aggressor of a trade. */
export type Side = "buy" | "sell";

/** Price in quote per base, quantity in base. A quantity of 0 in a change removes the level. */
export type Level = readonly [price: number, qty: number];

/** One print. `side` is the aggressor's. */
export interface Trade {
  readonly type: "trade";
  readonly symbol: string;
  /** The venue's trade id, as text. */
  readonly id: string;
  readonly side: Side;
  readonly price: number;
  readonly qty: number;
  readonly exchTs: number;
  readonly localTs: number;
  /** How it reached us: streamed, fetched before the start, or fetched after a gap. Streamed when absent. */
  readonly origin?: "stream" | "backfill" | "recovered";
}

/** The book after one message: a copy of its best levels, and what the message changed. */
export interface Book {
  readonly type: "book";
  readonly symbol: string;
  /** Best first, at most `depth` levels. */
  readonly bids: readonly Level[];
  /** Best first, at most `depth` levels. */
  readonly asks: readonly Level[];
  /** True where `changes` is the whole book (the first record, and each after a gap). */
  readonly snapshot: boolean;
  /** Levels this message set; quantity 0 removed one. Absent where the venue's client shows only the result. */
  readonly changes?: { readonly bids: readonly Level[]; readonly asks: readonly Level[] };
  /** First and last update id of the message, where the venue numbers them. A snapshot has only the last. */
  readonly firstId?: number;
  readonly lastId?: number;
  readonly exchTs: number;
  readonly localTs: number;
}

/** Why a stream cannot be trusted. */
export type GapReason = "sequence" | "stale" | "disconnect" | "crossed" | "disorder" | "error";

/** From here on the market state is unknown, until the next snapshot. */
export interface Gap {
  readonly type: "gap";
  readonly symbol: string;
  readonly stream: "book" | "trades";
  readonly reason: GapReason;
  /** One line for a person. */
  readonly detail: string;
  readonly exchTs: number;
  readonly localTs: number;
}

/** Whatever a market feed yields, in order of arrival. */
export type MarketEvent = Book | Trade | Gap;

/** A venue's rules for one symbol. Sizes are decimal steps: 0.01, not a number of digits. */
export interface MarketRules {
  /** Price step, quote per base. */
  readonly tickSize: number;
  /** Quantity step, base. */
  readonly lotSize: number;
  /** Smallest order, base. */
  readonly minQty?: number;
  /** Smallest order value, quote. */
  readonly minNotional?: number;
  /** Best prices now: where given, quotes are clamped so that they cannot take (post-only). */
  readonly bestBid?: number;
  readonly bestAsk?: number;
}

/** What we trade: a symbol, its currencies and its rules. */
export interface Market {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly rules: MarketRules;
}

/** One of our orders as the venue (or its simulation) sees it. */
export interface Order {
  readonly id: number;
  readonly side: Side;
  readonly priceTicks: number;
  readonly lots: number;
  readonly filledLots: number;
  readonly state: "sent" | "resting" | "cancelling" | "filled" | "cancelled" | "rejected";
  /** When we sent it, our clock. */
  readonly sentTs: number;
}

/** The life of one of our orders, told when it is over. What is not known is undefined. */
export interface OrderRecord {
  readonly type: "order";
  readonly id: string;
  /** Number of the quote decision that placed it. */
  readonly quoteId: number;
  readonly side: Side;
  readonly priceTicks: number;
  readonly lots: number;
  /** quote per base */
  readonly price: number;
  /** base */
  readonly qty: number;
  /** When it was sent, our clock. */
  readonly sentTs: number;
  /** When it reached the book, the exchange's clock. */
  readonly acceptedTs?: number;
  /** What stood at its price when it got there, base. */
  readonly queueAhead?: number;
  /** How far behind the best price of its side it then stood, quote per base; negative: it improved on it. */
  readonly touchDistance?: number;
  /** When we asked to cancel it, our clock. */
  readonly cancelSentTs?: number;
  /** base */
  readonly filledQty: number;
  /** When we learned that it was over, our clock. */
  readonly localTs: number;
  /** How it ended; "working" if the run ended first. */
  readonly end: "filled" | "cancelled" | "rejected" | "working";
}

/** One execution of one of our orders. */
export interface Fill {
  readonly type: "fill";
  /** The venue's trade id; the key of the ledger. */
  readonly id: string;
  readonly orderId: string;
  readonly side: Side;
  readonly priceTicks: number;
  readonly lots: number;
  /** quote per base */
  readonly price: number;
  /** base */
  readonly qty: number;
  readonly liquidity: "maker" | "taker";
  /** In `feeCurrency`; negative is a rebate. */
  readonly fee: number;
  readonly feeCurrency: string;
  /** The fee in quote currency, by the price at the time, where `feeCurrency` is neither base nor quote; undefined: not known. */
  readonly feeInQuote?: number;
  /** When it happened, the exchange's clock. */
  readonly exchTs: number;
  /** When we learned of it, our clock. */
  readonly localTs: number;
  /** Mid the moment it happened, quote per base. */
  readonly mid: number;
  /** Best ask minus best bid at that moment, quote per base. */
  readonly spread: number;
  /** Number of the quote decision that placed the order. */
  readonly quoteId: number;
}

/** One decision of the strategy: every term of the formula, so that a quote can be explained afterwards. Unknown is undefined. */
export interface Quote {
  readonly type: "quote";
  /** Counts decisions from 1. */
  readonly id: number;
  readonly localTs: number;
  /** Last mid before the decision, quote per base. */
  readonly mid?: number;
  /** Return volatility, per sqrt(second). */
  readonly sigma?: number;
  readonly gamma?: number;
  /** quote per base^2 */
  readonly kappa?: number;
  /** As used (clamped) and as estimated, quote per base. */
  readonly k?: number;
  readonly kRaw?: number;
  readonly tau?: number;
  /** What tau would be on random flow. */
  readonly tauFloor?: number;
  /** Signed inventory, base. */
  readonly inventory: number;
  /** kappa * inventory, quote per base */
  readonly psi?: number;
  /** k * tau after the minimum half-spread, quote per base */
  readonly halfSpread?: number;
  /** Before rounding and clamping, quote per base. */
  readonly rawBid?: number;
  readonly rawAsk?: number;
  /** As sent; undefined on a side that is not quoted. */
  readonly bid?: number;
  readonly ask?: number;
  /** Size each side, base; 0 when not quoted. */
  readonly bidQty: number;
  readonly askQty: number;
  /** Which limit changed the bare formula; "none" if none did. */
  readonly bound: Bound;
}

/** The limit that bound a quote. */
export type Bound =
  | "none"
  | "warming" // an estimate is not known yet
  | "no_market" // gap, crossed or empty book
  | "killed"
  | "paused" // by hand
  | "halted" // out of the market for a reason that passes, or until a person resets it
  | "min_half_spread"
  | "post_only" // clamped to the touch
  | "q_max_bid" // inventory cap removed the bid
  | "q_max_ask"
  | "min_notional";
