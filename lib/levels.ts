/**
 * One side of a level-2 book as a ladder: an array over a window of prices around the best one, a bit a price that says where there is a
 * level, and a hash map for the few levels that lie outside.
 *
 * Prices are given as their rank: ticks for bids, minus ticks for asks, so that better is always greater.
 *
 * @module
 */

/** Prices in the window: 983 USDT below and 327 USDT above the best BTC/USDT bid. */
const WINDOW = 1 << 17;
/** Where in the window the best price is put: most levels are behind it. */
const HOME = WINDOW - (WINDOW >> 2);
/** The best price may come down to here before the window follows it. */
const LOW = WINDOW >> 2;
const NOBODY = -Infinity;

/** Levels by rank. Quantities are not negative; one without a level is 0. */
export class Levels {
  readonly #qty = new Float64Array(WINDOW);
  readonly #bits = new Int32Array(WINDOW >> 5);
  readonly #far = new Map<number, number>();
  /** Rank of the window's first price; undefined before the first level. */
  #base = 0;
  #isPlaced = false;
  /** No level of the window stands above this index. */
  #top = -1;
  #count = 0;

  /** Sets a level's quantity, 0 removes it. Returns the quantity before. */
  set(rank: number, qty: number): number {
    const i = rank - this.#base;
    if (!this.#isPlaced || i < 0 || i >= WINDOW) return this.#setOutside(rank, qty);
    const before = this.#qty[i]!;
    this.#qty[i] = qty;
    if (qty > 0) {
      if (before === 0) {
        this.#bits[i >> 5]! |= 1 << (i & 31);
        this.#count++;
        if (i > this.#top) this.#top = i;
      }
    } else if (before > 0) {
      this.#bits[i >> 5]! &= ~(1 << (i & 31));
      this.#count--;
    }
    return before;
  }

  qty(rank: number): number {
    const i = rank - this.#base;
    if (this.#isPlaced && i >= 0 && i < WINDOW) return this.#qty[i]!;
    return this.#far.get(rank) ?? 0;
  }

  /** Rank of the best level, -Infinity where there is none. */
  get best(): number {
    const top = this.#top;
    // Most of the time nothing has happened to it.
    if (top >= LOW && this.#qty[top]! > 0) return this.#base + top;
    return this.#findBest();
  }

  get size(): number {
    return this.#count + this.#far.size;
  }

  /** Whether there is a level at this rank or behind it. */
  reaches(rank: number): boolean {
    const i = rank - this.#base;
    if (this.#isPlaced && i >= 0 && this.#below(Math.min(i, WINDOW - 1)) >= 0) return true;
    for (const r of this.#far.keys()) if (r <= rank) return true;
    return false;
  }

  clear(): void {
    for (let i = this.#below(this.#top); i >= 0; i = this.#below(i - 1)) this.#qty[i] = 0;
    this.#bits.fill(0);
    this.#far.clear();
    this.#top = -1;
    this.#count = 0;
    this.#isPlaced = false;
  }

  /** Best first, at most `depth` levels, as `[rank, qty]`. */
  top(depth: number): [rank: number, qty: number][] {
    const found: [number, number][] = [];
    // Without a level in the window the best is outside, and finding it brings it in.
    if (this.best === NOBODY) return found;
    for (let i = this.#below(this.#top); i >= 0 && found.length < depth; i = this.#below(i - 1)) {
      found.push([this.#base + i, this.#qty[i]!]);
    }
    if (found.length < depth && this.#far.size > 0) found.push(...[...this.#far].sort((a, b) => b[0] - a[0]));
    return found.length > depth ? found.slice(0, depth) : found;
  }

  /** Index of the highest level of the window that is not above `from`; -1 where there is none. */
  #below(from: number): number {
    if (from < 0) return -1;
    let word = from >> 5;
    // Of the first word only the bits up to `from`.
    let bits = this.#bits[word]! & (0xffffffff >>> (31 - (from & 31)));
    while (bits === 0) {
      if (--word < 0) return -1;
      bits = this.#bits[word]!;
    }
    return (word << 5) + 31 - Math.clz32(bits);
  }

  #findBest(): number {
    this.#top = this.#below(this.#top);
    if (this.#far.size === 0) return this.#top < 0 ? NOBODY : this.#base + this.#top;
    if (this.#top < 0) {
      // What stands outside is never better than what stands inside.
      let best = NOBODY;
      for (const rank of this.#far.keys()) if (rank > best) best = rank;
      this.#move(best - HOME);
    } else if (this.#top < LOW) {
      this.#move(this.#base + this.#top - HOME);
    }
    return this.#base + this.#top;
  }

  #setOutside(rank: number, qty: number): number {
    const isBetter = !this.#isPlaced || rank >= this.#base + WINDOW;
    if (isBetter) {
      if (!(qty > 0)) return 0;
      if (this.#isPlaced) this.#move(rank - HOME);
      this.#base = rank - HOME;
      this.#isPlaced = true;
      return this.set(rank, qty);
    }
    const before = this.#far.get(rank) ?? 0;
    if (qty > 0) this.#far.set(rank, qty);
    else if (before > 0) this.#far.delete(rank);
    return before;
  }

  /** Puts the window's first price elsewhere: every level is set again. */
  #move(base: number): void {
    const levels: [number, number][] = [...this.#far];
    for (let i = this.#below(this.#top); i >= 0; i = this.#below(i - 1)) levels.push([this.#base + i, this.#qty[i]!]);
    this.clear();
    this.#base = base;
    this.#isPlaced = true;
    for (const [rank, qty] of levels) this.set(rank, qty);
  }
}
