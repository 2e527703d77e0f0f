/**
 * One writer a data folder (I/O): the operating system's file lock, which a dying process gives back by itself.
 *
 * @module
 */

import { DataError } from "./data_error.ts";

/** A lock that is held. */
export interface FolderLock {
  release(): void;
}

/**
 * Takes the lock of a data folder, creating the folder where needed.
 *
 * @param owner who holds it, for the message another one gets
 * @throws {DataError} one line: the folder cannot be written, or who holds it
 */
export function lockFolder(root: string, owner: string): FolderLock {
  const path = `${root}/.lock`;
  let file: Deno.FsFile;
  try {
    Deno.mkdirSync(root, { recursive: true });
    file = Deno.openSync(path, { read: true, write: true, create: true });
  } catch (error) {
    throw new DataError(`${root}: cannot record here (${error instanceof Error ? error.message : String(error)})`);
  }
  if (!file.tryLockSync(true)) {
    file.close();
    throw new DataError(
      `${root}: another recorder writes here (${holder(path)}); stop it, or set paths.data to another folder`,
    );
  }
  file.truncateSync(0);
  file.writeSync(new TextEncoder().encode(`${owner}, process ${Deno.pid}\n`));
  return {
    release() {
      file.truncateSync(0);
      file.close();
    },
  };
}

function holder(path: string): string {
  try {
    return Deno.readTextFileSync(path).trim() || "just starting";
  } catch {
    // Some systems do not let a locked file be read.
    return "unknown process";
  }
}
