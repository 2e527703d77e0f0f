/**
 * The exchange's own order book: every level with the texts the recording has for it.
 *
 * @module
 */

/** Price and quantity as Binance prints them. */
export type LevelText = readonly [price: string, qty: string];

/** A whole book at one update id. */
export interface DepthSnapshot {
  readonly lastUpdateId: number;
  readonly bids: readonly LevelText[];
  readonly asks: readonly LevelText[];
}

/** One `depthUpdate` message, as far as the book needs it. */
export interface DepthUpdate {
  /** First and last update id. */
  readonly U: number;
  readonly u: number;
  readonly b: readonly LevelText[];
  readonly a: readonly LevelText[];
}

/** The book after the last message applied. */
export interface ServerBook {
  /** Forgets everything and takes the snapshot. */
  reset(snapshot: DepthSnapshot): void;
  apply(update: DepthUpdate): void;
  /** The best `limit` levels a side, best first. */
  top(limit: number): DepthSnapshot;
  /** The levels of a side, best first, as far as the caller looks. */
  levels(side: "bids" | "asks"): Generator<LevelText>;
  /** The worst price known of a side. */
  deepest(side: "bids" | "asks"): number | undefined;
  /** What stands at a price; undefined where nothing does. */
  quantity(side: "bids" | "asks", price: number): string | undefined;
  readonly lastUpdateId: number;
}

interface Side {
  /** Best last, so that the busy end of the array is the cheap one to change. */
  readonly prices: number[];
  readonly levels: Map<number, LevelText>;
  readonly sign: 1 | -1;
}

/** An empty book. */
export function createServerBook(): ServerBook {
  const bids: Side = { prices: [], levels: new Map(), sign: 1 };
  const asks: Side = { prices: [], levels: new Map(), sign: -1 };
  let lastUpdateId = 0;
  const fill = (side: Side, levels: readonly LevelText[]) => {
    side.prices.length = 0;
    side.levels.clear();
    for (const level of levels) set(side, level);
  };
  return {
    reset(snapshot) {
      fill(bids, snapshot.bids);
      fill(asks, snapshot.asks);
      lastUpdateId = snapshot.lastUpdateId;
    },
    apply(update) {
      for (const level of update.b) set(bids, level);
      for (const level of update.a) set(asks, level);
      lastUpdateId = update.u;
    },
    top: (limit) => ({ lastUpdateId, bids: best(bids, limit), asks: best(asks, limit) }),
    *levels(name) {
      const { prices, levels } = name === "bids" ? bids : asks;
      for (let i = prices.length - 1; i >= 0; i--) yield levels.get(prices[i] as number) as LevelText;
    },
    deepest: (name) => (name === "bids" ? bids : asks).prices[0],
    quantity: (name, price) => (name === "bids" ? bids : asks).levels.get(price)?.[1],
    get lastUpdateId() {
      return lastUpdateId;
    },
  };
}

function set(side: Side, level: LevelText): void {
  const price = Number(level[0]);
  const known = side.levels.has(price);
  if (Number(level[1]) === 0) {
    if (!known) return;
    side.levels.delete(price);
    side.prices.splice(position(side, price), 1);
    return;
  }
  side.levels.set(price, level);
  if (!known) side.prices.splice(position(side, price), 0, price);
}

/** Where `price` is, or belongs, in the side's order. */
function position(side: Side, price: number): number {
  let low = 0;
  let high = side.prices.length;
  const key = price * side.sign;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((side.prices[middle] as number) * side.sign < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function best(side: Side, limit: number): LevelText[] {
  const levels: LevelText[] = [];
  for (let i = side.prices.length - 1; i >= 0 && levels.length < limit; i--) {
    levels.push(side.levels.get(side.prices[i] as number) as LevelText);
  }
  return levels;
}
