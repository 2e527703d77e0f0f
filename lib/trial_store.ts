/**
 * Everything that was ever tried on a recording (I/O): one Parquet file a trial, `<root>/<day>/<parameters>.parquet`, both named by what
 * they are made of. It is what a sweep resumes from, and the count that a deflated Sharpe ratio needs.
 *
 * @module
 */

import { join } from "node:path";
import { readColumns } from "./parquet.ts";
import { removeLeftovers } from "./store_file.ts";
import { columnsOf, writeTable } from "./table_file.ts";
import { TRIAL, type Trial } from "./trial.ts";

/** The trials below one folder. */
export interface TrialStore {
  has(dayId: string, configId: string): boolean;
  /** The file is whole or not there. @throws {DataError} */
  write(trial: Trial): Promise<void>;
  /** @throws {DataError} where it is missing or damaged */
  read(dayId: string, configId: string): Promise<Trial>;
  /** Parameter sets tried on a day, in order. */
  list(dayId: string): string[];
}

/** @param root made at the first write */
export function openTrials(root: string): TrialStore {
  removeLeftovers(root);
  const fileOf = (dayId: string, configId: string) => join(root, dayId, `${configId}.parquet`);
  return {
    has(dayId, configId) {
      try {
        return Deno.statSync(fileOf(dayId, configId)).isFile;
      } catch {
        return false;
      }
    },
    async write(trial) {
      await Deno.mkdir(join(root, trial.day_id), { recursive: true });
      await writeTable(fileOf(trial.day_id, trial.config_id), TRIAL, columnsOf(TRIAL, [trial]));
    },
    async read(dayId, configId) {
      const columns = await readColumns(fileOf(dayId, configId), TRIAL);
      return Object.fromEntries(Object.entries(columns).map(([name, cells]) => [name, cells[0]])) as unknown as Trial;
    },
    list(dayId) {
      try {
        return [...Deno.readDirSync(join(root, dayId))]
          .flatMap(({ name }) => name.endsWith(".parquet") ? [name.slice(0, -".parquet".length)] : []).sort();
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return [];
        throw error;
      }
    },
  };
}
