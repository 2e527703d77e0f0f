/**
 * A run of this project's own recorder as a tape: its rows written as the messages they were made from.
 *
 * @module
 */
import { readEvents } from "makerbook/recording.ts";
import type { Level, MarketEvent } from "makerbook/types.ts";
import type { RawMessage, TapeSource } from "./source.ts";

/** Rows turned into messages at a time. */
const BATCH = 10_000;

/**
 * The latest run below a folder that the recorder has written to.
 *
 * Trades fetched before the start or after a gap take their place by time. Rows of gaps are no messages; the snapshot
 * behind a gap is. A recorder that saw no diffs, only the best levels, leaves nothing to replay.
 *
 * @throws {Error} in one line, where there is no run or a file is damaged.
 */
export function recordingSource(root: string): TapeSource {
  return {
    name: root,
    async *messages() {
      const { events } = await readEvents(root);
      const messageOf = messagesOf();
      for (let i = 0; i < events.length; i += BATCH) {
        yield events.slice(i, i + BATCH).flatMap((event, j) => {
          const message = messageOf(event);
          return message === undefined ? [] : [{ json: JSON.stringify(message), place: `${root} event ${i + j}` }];
        }) satisfies RawMessage[];
      }
    },
  };
}

/**
 * A print is told when it is made, but not before what reached the recorder before it: when a message was sent is not recorded,
 * their sequence is.
 */
function messagesOf(): (event: MarketEvent) => Record<string, unknown> | undefined {
  let told = 0;
  return (event) => {
    const message = messageOf(event);
    if (message === undefined || typeof message.E !== "number") return message;
    if (event.type === "trade" && event.origin !== "stream") return message;
    if (event.type === "trade") message.E = Math.max(message.E, told);
    told = Math.max(told, message.E as number);
    return message;
  };
}

function messageOf(event: MarketEvent): Record<string, unknown> | undefined {
  const s = event.symbol.replace("/", "").toUpperCase();
  const E = Math.floor(event.exchTs / 1000);
  if (event.type === "trade") {
    const { id, price, qty, side } = event;
    return { e: "trade", E, s, t: Number(id), p: decimal(price), q: decimal(qty), T: E, m: side === "sell", M: true };
  }
  if (event.type === "gap" || event.lastId === undefined) return undefined;
  const shown = event.changes ?? event;
  const bids = shown.bids.map(text);
  const asks = shown.asks.map(text);
  if (event.snapshot) return { lastUpdateId: event.lastId, bids, asks };
  if (event.changes === undefined || event.firstId === undefined) return undefined;
  return { e: "depthUpdate", E, s, U: event.firstId, u: event.lastId, b: bids, a: asks };
}

const decimal = (value: number): string => value.toFixed(8);
const text = ([price, qty]: Level): [string, string] => [decimal(price), decimal(qty)];
