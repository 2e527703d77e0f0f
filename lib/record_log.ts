/**
 * Records of one shape, kept as columns: what a session has done is some numbers, and as objects hours of it would take the memory
 * several times over. Pure.
 *
 * @module
 */

/**
 * How a field is kept. `number` is always known; `number?` may be undefined; `extra` is left out of the record where it is not known;
 * `id` is text, of digits in most cases; `name` is one of few texts.
 */
export type FieldKind = "number" | "number?" | "extra" | "id" | "name";

/** The fields of a record beside its `type`. */
export type Fields<T> = Readonly<Record<Exclude<keyof T & string, "type">, FieldKind>>;

/** Records in the order in which they came. */
export interface RecordLog<T> {
  push(record: T): void;
  /** Records that are kept. */
  readonly length: number;
  /** Records that ever came. */
  readonly total: number;
  /** Copies of all that are kept, oldest first. */
  all(): T[];
  /** A copy of the latest whose field has this value; undefined where there is none. */
  latest(field: Exclude<keyof T & string, "type">, value: number | string): T | undefined;
}

/** What is kept. */
export interface RecordLogOptions<T> {
  readonly type: T extends { readonly type: infer Name extends string } ? Name : never;
  readonly fields: Fields<T>;
  /** At least so many of the latest records, and less than two pieces of {@linkcode PIECE} more; all of them where it is not given. */
  readonly keep?: number;
}

/** Records that share their columns. */
export const PIECE = 1024;

interface Piece {
  /** One column after the other; NaN where a value is not known. */
  readonly numbers: Float64Array;
  /** Ids that are not numbers, by their place in `numbers`. */
  readonly texts: Map<number, string>;
  length: number;
}

/** An empty log. */
export function createRecordLog<T extends { readonly type: string }>(options: RecordLogOptions<T>): RecordLog<T> {
  const { type, keep = Infinity } = options;
  const fields = Object.entries<FieldKind>(options.fields);
  const names: string[] = [];
  const places = new Map<string, number>();
  let pieces: Piece[] = [];
  let total = 0;

  /** Memory that has been used once is used again. */
  function nextPiece(): Piece {
    const isFull = (pieces.length - 1) * PIECE >= keep;
    const oldest = isFull
      ? pieces[0]!
      : { numbers: new Float64Array(fields.length * PIECE), texts: new Map(), length: 0 };
    if (isFull) pieces = pieces.slice(1);
    oldest.length = 0;
    oldest.texts.clear();
    pieces.push(oldest);
    return oldest;
  }

  function placeOf(name: string): number {
    const known = places.get(name);
    if (known !== undefined) return known;
    places.set(name, names.length);
    return names.push(name) - 1;
  }

  function valueAt({ numbers, texts }: Piece, field: number, i: number): number | string | undefined {
    const at = field * PIECE + i;
    const value = numbers[at]!;
    const kind = fields[field]![1];
    if (kind === "name") return names[value];
    if (kind === "id") return texts.get(at) ?? String(value);
    return kind !== "number" && Number.isNaN(value) ? undefined : value;
  }

  function record(piece: Piece, i: number): T {
    const found: Record<string, unknown> = { type };
    fields.forEach(([name, kind], field) => {
      const value = valueAt(piece, field, i);
      if (value !== undefined || kind !== "extra") found[name] = value;
    });
    return found as unknown as T;
  }

  return {
    push(record) {
      const last = pieces.at(-1);
      const piece = last === undefined || last.length === PIECE ? nextPiece() : last;
      fields.forEach(([name, kind], field) => {
        const at = field * PIECE + piece.length;
        const value = (record as Record<string, unknown>)[name];
        if (kind === "name") piece.numbers[at] = placeOf(value as string);
        else if (kind !== "id") piece.numbers[at] = (value ?? NaN) as number;
        else if (isWhole(value as string)) piece.numbers[at] = Number(value);
        else piece.texts.set(at, value as string);
      });
      piece.length++;
      total++;
    },
    get length() {
      return pieces.reduce((sum, { length }) => sum + length, 0);
    },
    get total() {
      return total;
    },
    latest(name, value) {
      const field = fields.findIndex(([known]) => known === name);
      for (const piece of pieces.toReversed()) {
        for (let i = piece.length - 1; i >= 0; i--) if (valueAt(piece, field, i) === value) return record(piece, i);
      }
      return undefined;
    },
    all: () => pieces.flatMap((piece) => Array.from({ length: piece.length }, (_, i) => record(piece, i))),
  };
}

/** Whether the number says all that the text does. */
function isWhole(id: string): boolean {
  const number = Number(id);
  return Number.isSafeInteger(number) && String(number) === id;
}
