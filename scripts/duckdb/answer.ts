/**
 * Answers SQL read from stdin with rows on stdout, one JSON line each; see `scripts/duckdb.ts`.
 *
 * @module
 */

/** What is used of DuckDB. */
interface DuckDb {
  readonly DuckDBInstance: {
    create(path: string): Promise<{
      connect(): Promise<{
        runAndReadAll(sql: string): Promise<{ getRowObjectsJson(): Record<string, unknown>[] }>;
      }>;
    }>;
  };
}

// Not a literal: only who runs this file, with `install.json` beside it, installs DuckDB.
const name = "@duckdb/node-api";
const { DuckDBInstance }: DuckDb = await import(name);
const connection = await (await DuckDBInstance.create(":memory:")).connect();
await connection.runAndReadAll("set TimeZone = 'UTC'");

const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
const out = new TextEncoder();
let rest = "";
for await (const chunk of lines) {
  const parts = (rest + chunk).split("\n");
  rest = parts.pop() ?? "";
  for (const line of parts) {
    let answer: unknown;
    try {
      answer = { rows: (await connection.runAndReadAll(JSON.parse(line))).getRowObjectsJson() };
    } catch (error) {
      answer = { error: error instanceof Error ? error.message : String(error) };
    }
    const bytes = out.encode(JSON.stringify(answer) + "\n");
    for (let done = 0; done < bytes.length;) done += await Deno.stdout.write(bytes.subarray(done));
  }
}
