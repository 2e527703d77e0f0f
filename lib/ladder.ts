/**
 * A level-2 book as two arrays over a window of prices around the touch, with a bit for each level that exists, and `far_levels.ts` for the
 * few that lie outside. Setting a level takes the same time however many there are; the touch is looked for only when it is asked for.
 *
 * The fields are for the loops over rows (`paper.ts`, `rule_desk.ts`), which read them once and do by themselves what {@linkcode Ladder.set}
 * does; they are read again after each call of it.
 *
 * @module
 */

import { FarLevels } from "./far_levels.ts";

/** Prices in a new window, and in the largest: 5243 USDT to both sides of the BTC/USDT mid. */
const FIRST_WINDOW = 1 << 12;
const LAST_WINDOW = 1 << 20;
/** A window with so many levels outside grows, by this power of two, where it then has as many inside. */
const MANY = 64;
const GROWTH = 2;

/** Prices in ticks and quantities of each side. */
export type Levels = readonly [bids: readonly Level[], asks: readonly Level[]];
type Level = readonly [ticks: number, qty: number];

/** Bids come first in each array, asks a window later. Sides are +1 and -1. */
export class Ladder {
  /** Quantity by price, 0 where there is no level. */
  qty = new Float64Array(2 * FIRST_WINDOW);
  /** One bit a price. */
  bits = new Int32Array(2 * FIRST_WINDOW >> 5);
  /** Number of prices in the window; a power of two. */
  window = FIRST_WINDOW;
  /** Price of the window's first place, ticks; NaN before the first level, so that no price lies in the window. */
  base = NaN;
  /**
   * No bid stands above the first place, no ask below minus the second: how much better than its best each side may be. Places are counted
   * from `base`.
   */
  readonly hint = new Int32Array([-1, -FIRST_WINDOW]);
  readonly #far: readonly [FarLevels, FarLevels] = [new FarLevels(1), new FarLevels(-1)];
  /** Best price of each side outside the window. */
  readonly #farBest = new Float64Array([-Infinity, Infinity]);
  /** Slow calls to wait for before the window moves again, so that moving costs little on the whole. */
  #patience = 0;

  /** Sets a level's quantity, 0 removes it. Returns the quantity before. */
  set(side: number, ticks: number, qty: number): number {
    const place = ticks - this.base;
    if (!(place >= 0 && place < this.window)) return this.#setOutside(side, ticks, qty);
    const ask = side >>> 31;
    const at = (place | 0) + ask * this.window;
    const before = this.qty[at]!;
    this.qty[at] = qty;
    this.bits[at >> 5] = this.bits[at >> 5]! & ~(1 << (at & 31)) | +(qty > 0) << (at & 31);
    if (side * place > this.hint[ask]! && qty > 0) this.hint[ask] = side * place;
    return before;
  }

  quantity(side: number, ticks: number): number {
    const place = ticks - this.base;
    if (place >= 0 && place < this.window) return this.qty[(place | 0) + (side >>> 31) * this.window]!;
    return this.#far[side >>> 31]!.get(ticks);
  }

  /** -Infinity where there is none. */
  get bestBid(): number {
    const place = this.hint[0]!;
    if (place >= 0 && this.qty[place]! > 0) return Math.max(this.base + place, this.#farBest[0]!);
    return this.#findBest(0);
  }

  /** Infinity where there is none. */
  get bestAsk(): number {
    const place = -this.hint[1]!;
    if (place < this.window && this.qty[this.window + place]! > 0) {
      return Math.min(this.base + place, this.#farBest[1]!);
    }
    return this.#findBest(1);
  }

  /** Whether no level outside the window is better than one inside would be. */
  get isBestInside(): boolean {
    return this.#farBest[0]! < this.base && this.#farBest[1]! >= this.base + this.window;
  }

  size(side: number): number {
    let count = this.#far[side >>> 31]!.size;
    const words = this.window >> 5;
    for (let w = 0, from = (side >>> 31) * words; w < words; w++) {
      for (let bits = this.bits[from + w]!; bits !== 0; bits &= bits - 1) count++;
    }
    return count;
  }

  /** Whether there is a level of the side at this price or behind it. */
  reaches(side: number, ticks: number): boolean {
    const place = Math.max(-1, Math.min(this.window, ticks - this.base));
    const found = side > 0 ? this.#below(place) >= 0 : this.#above(place) < this.window;
    if (found) return true;
    for (const [t] of this.#far[side >>> 31]!) if (side * (ticks - t) >= 0) return true;
    return false;
  }

  /** Best first, at most `depth` levels. */
  top(side: number, depth: number): [ticks: number, qty: number][] {
    if (this.#far[side >>> 31]!.size > 0 && depth > 1) {
      return this.#all(side).sort((a, b) => side * (b[0] - a[0])).slice(0, depth);
    }
    const found: [number, number][] = [];
    const best = side > 0 ? this.bestBid : this.bestAsk;
    if (best === -Infinity || best === Infinity) return found;
    for (let t = best - this.base; t >= 0 && t < this.window && found.length < depth;) {
      found.push([this.base + t, this.quantity(side, this.base + t)]);
      t = side > 0 ? this.#below(t - 1) : this.#above(t + 1);
    }
    return found;
  }

  clear(): void {
    for (let ask = 0; ask < 2; ask++) {
      const words = this.window >> 5;
      for (let w = ask * words; w < (ask + 1) * words; w++) {
        for (let bits = this.bits[w]!; bits !== 0; bits &= bits - 1) {
          this.qty[(w << 5) + 31 - Math.clz32(bits & -bits)] = 0;
        }
        this.bits[w] = 0;
      }
      this.#far[ask]!.clear();
    }
    this.#farBest[0] = -Infinity;
    this.#farBest[1] = Infinity;
    this.hint[0] = -1;
    this.hint[1] = -this.window;
    this.base = NaN;
  }

  /** All levels, to be set again with {@linkcode Ladder.take}: a price and a quantity each, of bids and of asks. */
  levels(): Levels {
    return [this.#all(1), this.#all(-1)];
  }

  /** Has these levels and no others. */
  take([bids, asks]: Levels): void {
    this.clear();
    for (const [ticks, qty] of bids) this.set(1, ticks, qty);
    for (const [ticks, qty] of asks) this.set(-1, ticks, qty);
  }

  /** Place of the highest bid that is not above `from`; -1 where there is none. */
  #below(from: number): number {
    if (from < 0) return -1;
    const last = Math.min(from, this.window - 1);
    let word = last >> 5;
    // Of the first word only the places up to the last.
    let bits = this.bits[word]! & (0xffffffff >>> (31 - (last & 31)));
    while (bits === 0) {
      if (--word < 0) return -1;
      bits = this.bits[word]!;
    }
    return (word << 5) + 31 - Math.clz32(bits);
  }

  /** Place of the lowest ask that is not below `from`; the window's width where there is none. */
  #above(from: number): number {
    if (from >= this.window) return this.window;
    const first = Math.max(from, 0);
    const words = this.window >> 5;
    let word = first >> 5;
    let bits = this.bits[words + word]! & (-1 << (first & 31));
    while (bits === 0) {
      if (++word === words) return this.window;
      bits = this.bits[words + word]!;
    }
    return (word << 5) + 31 - Math.clz32(bits & -bits);
  }

  #findBest(ask: number): number {
    if (ask === 0) this.hint[0] = this.#below(this.hint[0]!);
    else this.hint[1] = -this.#above(-this.hint[1]!);
    const place = ask === 0 ? this.hint[0]! : -this.hint[1]!;
    const isInside = place >= 0 && place < this.window;
    const inside = isInside ? this.base + place : ask === 0 ? -Infinity : Infinity;
    const outside = this.#farBest[ask]!;
    const best = ask === 0 ? Math.max(inside, outside) : Math.min(inside, outside);
    const edge = this.window >> 3;
    const isHome = isInside && place >= edge && place < this.window - edge;
    if (!isHome && this.#far[ask]!.size > 0) this.#follow(best);
    return best;
  }

  #setOutside(side: number, ticks: number, qty: number): number {
    if (Number.isNaN(this.base)) {
      // A price that is none must not become the window's.
      if (!(qty > 0) || !Number.isFinite(ticks)) return 0;
      this.base = ticks - (this.window >> 1);
      return this.set(side, ticks, qty);
    }
    if (Number.isNaN(ticks)) return 0;
    const ask = side >>> 31;
    const far = this.#far[ask]!;
    const before = far.set(ticks, qty);
    this.#farBest[ask] = far.best;
    if (qty > 0 && far.size > MANY && this.window < LAST_WINDOW) {
      this.#follow(this.base + (this.window >> 1), GROWTH);
    }
    return before;
  }

  /** Puts the window's middle at a price, perhaps a wider window: every level is set again. */
  #follow(middle: number, growth = 0): void {
    if (--this.#patience > 0) return;
    const levels = this.levels();
    this.clear();
    // A wide window with next to nothing in it takes long to look through.
    const wide = Math.min(this.window << growth, LAST_WINDOW);
    if (growth > 0 && levels.flat().filter(([ticks]) => Math.abs(ticks - middle) < wide / 2).length > MANY) {
      this.#widen(wide);
    }
    this.base = middle - (this.window >> 1);
    this.#patience = Infinity;
    for (const [ticks, qty] of levels[0]) this.set(1, ticks, qty);
    for (const [ticks, qty] of levels[1]) this.set(-1, ticks, qty);
    this.#patience = levels[0].length + levels[1].length;
  }

  /** An empty window of another size. */
  #widen(window: number) {
    this.window = window;
    this.qty = new Float64Array(2 * window);
    this.bits = new Int32Array(2 * window >> 5);
    this.hint[1] = -window;
  }

  #all(side: number): [number, number][] {
    const levels: [number, number][] = [...this.#far[side >>> 31]!];
    const words = this.window >> 5;
    for (let w = 0, from = (side >>> 31) * words; w < words; w++) {
      for (let bits = this.bits[from + w]!; bits !== 0; bits &= bits - 1) {
        const place = (w << 5) + 31 - Math.clz32(bits & -bits);
        levels.push([this.base + place, this.qty[place + (side >>> 31) * this.window]!]);
      }
    }
    return levels;
  }
}
