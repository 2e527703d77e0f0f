/**
 * Our orders that rest on one side of the simulated venue, best first, and whether a price concerns any of them: that is asked of each
 * change of the market, and is answered in the same time for one order and for a thousand. Pure.
 *
 * Prices are ranks as in `lib/levels.ts`: ticks for bids, minus ticks for asks.
 *
 * @module
 */

/** What is needed of an order. */
export interface Ranked {
  readonly id: number;
  readonly rank: number;
}

/** Prices share marks where they are this many apart. */
const MARKS = 1 << 12;

/** Orders by rank, then by id. */
export class Resting<Order extends Ranked> {
  readonly orders: Order[] = [];
  /** Number of orders at the ranks that share a mark. */
  readonly #marks = new Uint16Array(MARKS);
  /** Rank of the best and of the worst; both -Infinity without orders. */
  readonly #ends = new Float64Array([-Infinity, Infinity]);

  /** Rank of the best order, -Infinity where there is none. */
  get best(): number {
    return this.#ends[0]!;
  }

  /** Rank of the worst order, Infinity where there is none. */
  get worst(): number {
    return this.#ends[1]!;
  }

  /** False only where no order has this rank. */
  mayHave(rank: number): boolean {
    return rank <= this.#ends[0]! && rank >= this.#ends[1]! && this.#marks[rank & (MARKS - 1)]! > 0;
  }

  add(order: Order): void {
    let at = this.from(order.rank);
    while (at < this.orders.length && this.orders[at]!.rank === order.rank && this.orders[at]!.id < order.id) at++;
    // `splice` makes an array each time.
    if (at === this.orders.length) this.orders.push(order);
    else this.orders.splice(at, 0, order);
    this.#marks[order.rank & (MARKS - 1)]!++;
    this.#measure();
  }

  remove(order: Order): void {
    let at = this.from(order.rank);
    while (at < this.orders.length && this.orders[at] !== order) at++;
    if (at === this.orders.length) return;
    if (at === this.orders.length - 1) this.orders.pop();
    else this.orders.splice(at, 1);
    this.#marks[order.rank & (MARKS - 1)]!--;
    this.#measure();
  }

  /** Index of the first order whose rank is at most `rank`; the number of orders where there is none. */
  from(rank: number): number {
    let low = 0;
    let high = this.orders.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.orders[middle]!.rank > rank) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #measure() {
    const { length } = this.orders;
    this.#ends[0] = length === 0 ? -Infinity : this.orders[0]!.rank;
    this.#ends[1] = length === 0 ? Infinity : this.orders[length - 1]!.rank;
  }
}
