/**
 * Rows of a market in growing typed columns. What a price is (ticks, or a decimal whose step is not known yet) is the owner's to say.
 *
 * @module
 */

/** The columns as they are; longer than the rows they hold. */
export interface Columns {
  readonly kind: Uint8Array;
  readonly side: Int8Array;
  readonly flags: Uint8Array;
  readonly exchTs: Float64Array;
  readonly localTs: Float64Array;
  readonly price: Float64Array;
  readonly qty: Float64Array;
}

/** Columns that take rows. */
export interface RowColumns {
  row(kind: number, side: number, flags: number, exchTs: number, localTs: number, price: number, qty: number): void;
  readonly length: number;
  /** Valid until the next row. */
  readonly columns: Columns;
}

/** By how much the columns grow when they are full: little enough for tapes that nearly fill the memory. */
const GROWTH = 1.6;

/** @param capacity rows to make room for at first */
export function createRowColumns(capacity = 1024): RowColumns {
  let length = 0;
  let room = Math.max(1, capacity);
  let kind = new Uint8Array(room);
  let side = new Int8Array(room);
  let flags = new Uint8Array(room);
  let exchTs = new Float64Array(room);
  let localTs = new Float64Array(room);
  let price = new Float64Array(room);
  let qty = new Float64Array(room);
  const wider = <T extends Uint8Array | Int8Array | Float64Array>(old: T, made: T): T => (made.set(old), made);

  function grow() {
    room = Math.ceil(room * GROWTH);
    kind = wider(kind, new Uint8Array(room));
    side = wider(side, new Int8Array(room));
    flags = wider(flags, new Uint8Array(room));
    exchTs = wider(exchTs, new Float64Array(room));
    localTs = wider(localTs, new Float64Array(room));
    price = wider(price, new Float64Array(room));
    qty = wider(qty, new Float64Array(room));
  }

  return {
    row(k, s, f, e, l, p, q) {
      if (length === room) grow();
      kind[length] = k;
      side[length] = s;
      flags[length] = f;
      exchTs[length] = e;
      localTs[length] = l;
      price[length] = p;
      qty[length] = q;
      length++;
    },
    get length() {
      return length;
    },
    get columns() {
      return { kind, side, flags, exchTs, localTs, price, qty };
    },
  };
}
