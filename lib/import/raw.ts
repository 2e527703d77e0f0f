/**
 * Raw Binance WebSocket messages as a tape: one a line, `<receive time in ns> <json>`, with the REST snapshot among them.
 *
 * Order: by the exchange's event time, then by place in the file, as the testnet replays them; `localTs` never goes back. Where the receive
 * clock ran behind the exchange's, all receive times are moved forward by the same amount, so that the fastest message took no time.
 * Diffs follow Binance's rule: they begin with the one that continues the snapshot, and a missing update id is a GAP until the next
 * snapshot that fits.
 *
 * @module
 */

import { binanceUnit, conversionOf } from "./contracts.ts";
import { DataError } from "../data_error.ts";
import { createDraft, mergeDrafts } from "./draft.ts";
import type { ImportFacts } from "./facts.ts";
import type { InputFile } from "./files.ts";
import { marketNames, type MarketOptions } from "./market.ts";
import {
  type DepthMessage,
  type RawMessage,
  readMessages,
  type SnapshotMessage,
  type TradeMessage,
} from "./raw_messages.ts";
import { createIdGaps } from "./trades.ts";
import { BUY, CLEAR, GAP, LAST, LEVEL, SELL, type Tape, TRADE } from "../tape.ts";

/** Whether a file of this name may be a raw recording. */
export function isRawName(name: string): boolean {
  return /\.jsonl$/.test(name);
}

/**
 * Reads the files of one recording.
 *
 * @param options `symbol` chooses one of several recorded together
 * @throws {DataError} one line with file and line, where a message is damaged, the symbol is unclear or no snapshot fits
 */
export async function importRaw(
  place: string,
  files: readonly InputFile[],
  options: MarketOptions,
  facts: ImportFacts,
): Promise<Tape> {
  const { messages, snapshots, venue } = await readMessages(place, files, options.symbol, facts);
  const names = marketNames(place, venue, options.symbol);
  const conversion = conversionOf(`${place}: ${venue}`, binanceUnit(venue), names, options.contractSize);
  const shift = clockShift(messages);
  facts.clockShift = shift;
  const order = Array.from(messages.keys()).sort((a, b) => messages[a]!.eventTs - messages[b]!.eventTs || a - b);
  const hasDepth = messages.some(({ kind }) => kind === "depth");
  if (hasDepth && snapshots.length === 0) {
    throw new DataError(`${place}: has no order book snapshot (a line with lastUpdateId, bids and asks)`);
  }
  const draft = createDraft();
  for (const { priceDecimals, qtyDecimals } of [...snapshots, ...messages]) {
    draft.priceDecimals = Math.max(draft.priceDecimals, priceDecimals);
    draft.qtyDecimals = Math.max(draft.qtyDecimals, qtyDecimals);
  }

  let localTs = -Infinity;
  let lastId: number | undefined;
  let newestId = -1;
  let everKnown = false;
  const seenTrades = new Set<number>();
  const tradeGaps = createIdGaps(0, facts);
  let tradeTs = 0;

  function levels(side: number, prices: Float64Array, qtys: Float64Array, ts: number) {
    for (let i = 0; i < prices.length; i++) draft.row(LEVEL, side, 0, ts, localTs, prices[i]!, qtys[i]!);
  }

  function depth(message: DepthMessage) {
    const { firstId, finalId, previousId, eventTs } = message;
    if (finalId <= newestId) return void facts.duplicates++;
    newestId = finalId;
    const follows = lastId !== undefined && (previousId === undefined ? firstId <= lastId + 1 : previousId === lastId);
    if (!follows) {
      if (lastId !== undefined) draft.row(GAP, 0, LAST, eventTs, localTs, 0, 0);
      lastId = undefined;
      const snapshot = snapshots.find((known) => continues(message, known.lastId));
      if (!snapshot) {
        if (!everKnown) facts.beforeBook++;
        return;
      }
      everKnown = true;
      draft.row(CLEAR, 0, 0, eventTs, localTs, 0, 0);
      levels(BUY, snapshot.bidPrices, snapshot.bidQtys, eventTs);
      levels(SELL, snapshot.askPrices, snapshot.askQtys, eventTs);
      draft.mark(LAST);
    }
    lastId = finalId;
    const before = draft.length;
    levels(BUY, message.bidPrices, message.bidQtys, eventTs);
    levels(SELL, message.askPrices, message.askQtys, eventTs);
    if (draft.length === before) draft.row(LEVEL, 0, LAST, eventTs, localTs, 0, 0);
    else draft.mark(LAST);
  }

  function trade(message: TradeMessage) {
    if (seenTrades.has(message.id)) return void facts.duplicates++;
    seenTrades.add(message.id);
    tradeGaps.seen(message.id, tradeTs, localTs);
    tradeTs = localTs;
    if (message.qty === 0) return void facts.emptyTrades++;
    draft.row(TRADE, message.buyerMaker ? SELL : BUY, LAST, message.eventTs, localTs, message.price, message.qty);
  }

  for (const index of order) {
    const message = messages[index]!;
    localTs = Math.max(localTs, message.receivedTs === undefined ? message.eventTs : message.receivedTs + shift);
    if (message.kind === "depth") depth(message);
    else trade(message);
  }
  if (hasDepth && !everKnown) {
    throw new DataError(`${place}: no depth message continues the snapshot ${snapshots[0]!.lastId}`);
  }
  tradeGaps.settle();
  const source = `raw Binance messages, ${files.length} file${files.length === 1 ? "" : "s"}`;
  return mergeDrafts(place, [draft], { ...names, source }, options, conversion);
}

/** Whether a diff is the first one behind a snapshot: Binance's rules for spot, and for futures, which name the id before. */
function continues({ firstId, finalId, previousId }: DepthMessage, snapshotId: SnapshotMessage["lastId"]): boolean {
  return previousId === undefined
    ? firstId <= snapshotId + 1 && snapshotId + 1 <= finalId
    : firstId <= snapshotId && snapshotId <= finalId;
}

/** How far the receive clock was behind: no message arrives before it is sent. */
function clockShift(messages: readonly RawMessage[]): number {
  let least = 0;
  for (const { receivedTs, eventTs } of messages) {
    if (receivedTs !== undefined) least = Math.min(least, receivedTs - eventTs);
  }
  return -least;
}
