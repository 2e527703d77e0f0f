/**
 * Own trades as fills: with the mid that stood before them, and with a fee that can be counted. Pure.
 *
 * @module
 */
import type { FeeRates } from "./fee_rates.ts";
import { createMidHistory } from "./mid_history.ts";
import { sideName } from "./order_requests.ts";
import type { OwnTrade } from "./own_trades.ts";
import { createGrid } from "./ticks.ts";
import type { Fill, Market } from "./types.ts";

/** Makes fills. */
export interface LiveFills {
  /** The best prices, ticks, that the exchange showed at that moment of its clock, microseconds. */
  note(exchTs: number, bestBid: number, bestAsk: number): void;
  /** @param localTs when we learned of it, microseconds */
  fill(order: { readonly side: number; readonly quoteId: number }, trade: OwnTrade, localTs: number): Fill;
}

/** @param rates of fees in a currency that is neither base nor quote */
export function createLiveFills(market: Market, rates: FeeRates): LiveFills {
  const tickGrid = createGrid(market.rules.tickSize);
  const lotGrid = createGrid(market.rules.lotSize);
  const mids = createMidHistory();
  return {
    note: (exchTs, bestBid, bestAsk) =>
      mids.note(exchTs, tickGrid.decimal(bestBid + bestAsk) / 2, tickGrid.decimal(bestAsk - bestBid)),
    fill({ side, quoteId }, trade, localTs) {
      const stood = mids.before(trade.exchTs);
      const feeCurrency = trade.feeCurrency ?? market.quote;
      const isThird = trade.fee !== 0 && feeCurrency !== market.quote && feeCurrency !== market.base;
      const rate = isThird ? rates.rate(feeCurrency) : undefined;
      return {
        type: "fill",
        id: trade.id,
        orderId: trade.orderId,
        side: sideName(side),
        priceTicks: tickGrid.round(trade.price),
        lots: lotGrid.round(trade.qty),
        price: trade.price,
        qty: trade.qty,
        liquidity: trade.liquidity,
        fee: trade.fee,
        feeCurrency,
        ...(rate === undefined ? {} : { feeInQuote: trade.fee * rate }),
        exchTs: trade.exchTs,
        localTs,
        mid: stood?.mid ?? trade.price,
        spread: stood?.spread ?? 0,
        quoteId,
      };
    },
  };
}
