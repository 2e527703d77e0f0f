/**
 * The consumer's end of a feed: events get their local time and wait here, a bounded number of them.
 *
 * @module
 */
import type { Draft } from "./feed_draft.ts";
import { createQueue } from "./feed_queue.ts";
import type { Book, Gap, GapReason, MarketEvent, Trade } from "./types.ts";

/** Where events go. */
export interface Outlet {
  /** Hands an event over. What follows a gap is exempt from the limit: else the way back could never be longer than it. */
  event(draft: Draft, isExempt?: boolean): void;
  /**
   * Says that the market is unknown. A stream that fell silent is lost that much after its last event, in microseconds of market
   * time: by then we know it, and what the market did meanwhile still met our orders.
   */
  gap(stream: Gap["stream"], reason: GapReason, detail: string, silence?: number): void;
  next(): Promise<IteratorResult<MarketEvent, undefined>>;
  /** What waits is still delivered; then the sequence is over, or throws. */
  end(error?: Error): void;
  /** Events that wait. */
  readonly size: number;
  /** Book messages handed over, snapshots apart; those taken back do not count. */
  readonly deltas: number;
  readonly gaps: number;
}

/**
 * @param options.now local time, microseconds UTC, given the exchange's where it is known
 * @param options.limit most events that may wait
 * @param options.onOverflow the consumer is too slow: these prints were taken back, and a gap says so in place of all that waited
 */
export function createOutlet(options: {
  symbol: string;
  now: (exchTs?: number) => number;
  limit: number;
  onOverflow: (prints: Trade[]) => void;
}): Outlet {
  const { symbol, now, limit } = options;
  const queue = createQueue<MarketEvent>(limit);
  let lastExchTs: number | undefined;
  /** The exchange's time of the last event of each stream. */
  const lastOf: Partial<Record<Gap["stream"], number>> = {};
  let deltas = 0;
  let gaps = 0;

  const gap: Outlet["gap"] = (stream, reason, detail, silence = 0) => {
    const heard = silence > 0 ? lastOf[stream] : undefined;
    const localTs = now(heard === undefined ? lastExchTs : heard + silence);
    // The exchange's time stays where it was: prints of the silence are still to come.
    const event: Gap = { type: "gap", symbol, stream, reason, detail, exchTs: lastExchTs ?? localTs, localTs };
    if (queue.push(event)) gaps++;
    else overflow(stream);
  };

  const overflow = (stream: Gap["stream"], refused?: MarketEvent) => {
    const waiting = queue.drain();
    deltas -= waiting.filter((event) => event.type === "book" && !event.snapshot).length;
    const prints = [...waiting, ...(refused ? [refused] : [])].filter((event) => event.type === "trade");
    gap(stream, "error", `the consumer is too slow: ${waiting.length} events were waiting`);
    options.onOverflow(prints);
  };

  return {
    event(told, isExempt) {
      const { sentTs, ...draft } = { sentTs: undefined, ...told };
      const exchTs = draft.exchTs ?? lastExchTs ?? now();
      lastExchTs = Math.max(lastExchTs ?? -Infinity, exchTs);
      lastOf[draft.type === "book" ? "book" : "trades"] = exchTs;
      const event = { ...draft, exchTs, localTs: now(sentTs ?? exchTs) } as Book | Trade;
      if (!queue.push(event, isExempt)) overflow(event.type === "book" ? "book" : "trades", event);
      else if (event.type === "book" && !event.snapshot) deltas++;
    },
    gap,
    next: queue.next,
    end: queue.end,
    get size() {
      return queue.size;
    },
    get deltas() {
      return deltas;
    },
    get gaps() {
      return gaps;
    },
  };
}
