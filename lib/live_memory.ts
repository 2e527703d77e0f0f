/**
 * What must outlive a process (I/O): a kill switch that has latched, and up to which trade the position was known.
 *
 * One small file each below `<paths.data>/live/`, replaced whole, so that a process that dies leaves the old or the new one.
 *
 * @module
 */
import { join } from "node:path";
import { replaceFile } from "./store_file.ts";

/** A kill switch that has latched. */
export interface Latch {
  readonly reason: string;
  /** Unix time, milliseconds. */
  readonly at: number;
  readonly run: string;
}

/** The position that this project's orders made, up to a trade of the account. */
export interface Checkpoint {
  /** The last trade that is counted; "0" where there was none. */
  readonly cursor: string;
  /** Signed, lots. */
  readonly lots: number;
  readonly run: string;
  readonly at: number;
}

/** The files of one market on one account. */
export interface Memory {
  latch(): Promise<Latch | undefined>;
  setLatch(latch: Latch): Promise<void>;
  /** A person's word that trading may go on. */
  clearLatch(): Promise<void>;
  checkpoint(): Promise<Checkpoint | undefined>;
  setCheckpoint(checkpoint: Checkpoint): Promise<void>;
  readonly folder: string;
}

/** Which market it is about. */
export interface MemoryKey {
  readonly id: string;
  readonly environment: string;
  readonly symbol: string;
}

/** @param data the folder of recordings, absolute */
export function openMemory(data: string, { id, environment, symbol }: MemoryKey): Memory {
  const name = `${id}_${environment}_${symbol.toLowerCase()}`.replaceAll(/[^\w]+/g, "_");
  const folder = join(data, "live");
  const path = (what: string) => join(folder, `${name}.${what}.json`);
  // One write at a time: the last word is the last on disk, and there when it resolves; a latch outlives a loss of power.
  let writing: Promise<unknown> = Promise.resolve();
  const write = (what: string, value: unknown) => {
    const next = writing.then(async () => {
      await Deno.mkdir(folder, { recursive: true });
      await replaceFile(path(what), { keep: 0, of: 0, tail: new TextEncoder().encode(JSON.stringify(value) + "\n") });
    });
    writing = next.catch(() => {});
    return next;
  };
  const read = async <T>(what: string, isOne: (value: Partial<T>) => boolean): Promise<T | undefined> => {
    try {
      const value = JSON.parse(await Deno.readTextFile(path(what)));
      if (typeof value !== "object" || value === null || !isOne(value)) throw new Error(JSON.stringify(value));
      return value as T;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw new Error(`${path(what)}: cannot be read: ${error instanceof Error ? error.message : error}`);
    }
  };
  return {
    folder,
    latch: () => read<Latch>("latch", isLatch),
    setLatch: (latch) => write("latch", latch),
    async clearLatch() {
      await writing;
      await Deno.remove(path("latch")).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
    },
    checkpoint: () => read<Checkpoint>("position", isCheckpoint),
    setCheckpoint: (checkpoint) => write("position", checkpoint),
  };
}

const isLatch = ({ reason, at, run }: Partial<Latch>) =>
  typeof reason === "string" && Number.isFinite(at) && typeof run === "string";
const isCheckpoint = ({ cursor, lots, run }: Partial<Checkpoint>) =>
  typeof cursor === "string" && Number.isSafeInteger(lots) && typeof run === "string";
