/**
 * The levels of one side that lie far from the touch: quantities by price, and the best price at hand.
 *
 * A heap holds the prices, each once. One whose level went stays in it with quantity 0 until it comes to the top or there are too many such,
 * so that a change costs the logarithm of the number of levels, also where the best one goes each time.
 *
 * @module
 */

/** So many levels without quantity are kept beside as many as there are with. */
const SPARE = 64;

/** Side +1 is bids, whose highest price is the best, -1 asks. */
export class FarLevels {
  /** Levels there are. */
  size = 0;
  readonly #qty = new Map<number, number>();
  /** Prices as `-side * ticks`, so that the least is the best. */
  #heap: number[] = [];

  constructor(readonly side: number) {}

  /** -Infinity for bids and Infinity for asks where there is none. */
  get best(): number {
    return this.#heap.length > 0 ? -this.side * this.#heap[0]! : -this.side * Infinity;
  }

  get(ticks: number): number {
    return this.#qty.get(ticks) ?? 0;
  }

  /** Sets a level's quantity; what is not above 0 removes it. Returns the quantity before. */
  set(ticks: number, qty: number): number {
    const known = this.#qty.get(ticks);
    const before = known ?? 0;
    const now = qty > 0 ? qty : 0;
    if (known === undefined && now === 0) return 0;
    this.#qty.set(ticks, now);
    this.size += +(now > 0) - +(before > 0);
    if (known === undefined) this.#push(-this.side * ticks);
    if (now === 0) {
      while (this.#heap.length > 0 && this.#qty.get(this.best) === 0) this.#pop();
      if (this.#heap.length > 2 * this.size + SPARE) this.#rebuild();
    }
    return before;
  }

  clear(): void {
    this.size = 0;
    this.#qty.clear();
    this.#heap = [];
  }

  /** In no order. */
  *[Symbol.iterator](): Generator<[ticks: number, qty: number]> {
    for (const level of this.#qty) if (level[1] > 0) yield level;
  }

  #push(key: number) {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0 && heap[(at - 1) >> 1]! > key) {
      heap[at] = heap[(at - 1) >> 1]!;
      at = (at - 1) >> 1;
    }
    heap[at] = key;
  }

  #pop() {
    const heap = this.#heap;
    this.#qty.delete(this.best);
    const key = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= key) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = key;
  }

  /** Forgets the levels without quantity. */
  #rebuild() {
    for (const [ticks, qty] of this.#qty) if (qty === 0) this.#qty.delete(ticks);
    // Numbers in order are a heap.
    this.#heap = Array.from(this.#qty.keys(), (ticks) => -this.side * ticks).sort((a, b) => a - b);
  }
}
