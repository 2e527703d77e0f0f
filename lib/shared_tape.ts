import type { Tape } from "./tape.ts";

const COLUMNS = ["kind", "side", "flags", "exchTs", "localTs", "priceTicks", "qty"] as const;

/** The tape with its columns in memory that worker threads share: handing it to them copies nothing. */
export function shareTape(tape: Tape): Tape {
  const shared = COLUMNS.map((name) => {
    const column = tape[name];
    if (column.buffer instanceof SharedArrayBuffer) return [name, column];
    const memory = new SharedArrayBuffer(column.byteLength);
    const copy = new (column.constructor as typeof Float64Array)(memory as unknown as ArrayBuffer);
    copy.set(column);
    return [name, copy];
  });
  return { ...tape, ...Object.fromEntries(shared) };
}
