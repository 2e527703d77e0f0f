/**
 * DuckDB as the independent reader of what we record (I/O).
 *
 * It runs as a child process with a configuration and a lock file of its own: DuckDB unpacks to 141 MB, and whatever is in the
 * project's lock file is installed by every task, also by those that never need it.
 *
 * @module
 */

/** A running DuckDB. */
export interface DuckDb {
  /**
   * Rows of a query. Integers beyond 32 bits and times come as text, DOUBLE as numbers, LIST as arrays.
   *
   * @throws {Error} with DuckDB's message
   */
  query(sql: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** Starts DuckDB; the first time, this installs it below `scripts/duckdb/`. */
export function openDuckDb(): DuckDb {
  const here = (name: string) => `${import.meta.dirname}/duckdb/${name}`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--config", here("install.json"), here("answer.ts")],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";

  async function line(): Promise<string> {
    while (!rest.includes("\n")) {
      const { done, value } = await reader.read();
      if (done) throw new Error("DuckDB ended: it could not be installed or started (see above)");
      rest += value;
    }
    const end = rest.indexOf("\n");
    const first = rest.slice(0, end);
    rest = rest.slice(end + 1);
    return first;
  }

  let turn: Promise<unknown> = Promise.resolve();
  return {
    query(sql) {
      const answer = turn.then(async () => {
        await writer.write(new TextEncoder().encode(JSON.stringify(sql) + "\n"));
        const { rows, error } = JSON.parse(await line()) as { rows?: Record<string, unknown>[]; error?: string };
        if (!rows) throw new Error(error);
        return rows;
      });
      turn = answer.catch(() => {});
      return answer;
    },
    async close() {
      await turn;
      await writer.close();
      await reader.cancel();
      await child.status;
    },
  };
}
