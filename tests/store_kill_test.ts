import { assert, assertEquals, assertGreater } from "@std/assert";
import fc from "fast-check";
import { listRuns, readTable, tableFiles } from "makerbook/recording.ts";
import { type TableName, TABLES } from "makerbook/store_schema.ts";
import { type DuckDb, openDuckDb } from "../scripts/duckdb.ts";
import { checkTable } from "../scripts/verify.ts";
import { FILL_EVERY, madeUp, madeUpFill } from "./store_writer.ts";

/** Just before an hour ends, so that the runs write to two files a table. */
const START = Date.UTC(2024, 7, 8, 23, 59, 58) * 1000;

/** What a writer said before it died: events appended, and the wall clock. */
type Said = readonly (readonly [events: number, wallMs: number])[];

/** Lets a writer record until enough is said, then kills it with SIGKILL. */
async function recordAndKill(
  root: string,
  run: string,
  flushSeconds: number,
  enough: (said: Said) => boolean,
): Promise<Said> {
  const writer = new URL("store_writer.ts", import.meta.url).href;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", writer, root, run, `${START}`, `${flushSeconds}`],
    stdout: "piped",
  }).spawn();
  const said: [number, number][] = [];
  let rest = "";
  let killed = false;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    for (const line of lines) said.push(line.split(" ").map(Number) as [number, number]);
    if (killed || !enough(said)) continue;
    killed = true;
    child.kill("SIGKILL");
  }
  assertEquals((await child.status).signal, "SIGKILL");
  return said;
}

/** Checks every file and every row; returns how many events of the run survived. */
async function survivors(db: DuckDb, root: string, run: string): Promise<number> {
  for (const table of Object.keys(TABLES) as TableName[]) {
    assertEquals((await checkTable(db, root, table)).problems, []);
  }
  const books = await readTable(root, "orderbook", { run });
  const trades = await readTable(root, "trades", { run });
  for (const [name, { seq, local_ts }, first] of [["orderbook", books, 0], ["trades", trades, 1]] as const) {
    for (const [row, number] of seq.entries()) {
      assertEquals(number, first + 2 * row, `${name} of ${run}: a row is missing or out of order`);
      assertEquals(local_ts[row], START + number * 1000 + 7);
    }
  }
  const bid = books.bid_price.at(-1);
  if (bid) {
    const event = madeUp(books.seq.at(-1)!, START);
    assert(event.type === "book");
    assertEquals(bid, event.changes!.bids.map(([price]) => price));
  }
  return Math.min(books.seq.length, trades.seq.length) * 2;
}

/** Fills of a run in Parquet, and in CSV without their hours. */
async function checkFills(root: string, run: string) {
  const fills = await readTable(root, "fills", { run });
  assertEquals(fills.id, fills.id.map((_, i) => `f${i * FILL_EVERY}`));
  assertEquals(fills.fee, fills.id.map((_, i) => madeUpFill(i * FILL_EVERY, START).fee));
  const files = tableFiles(root, "fills").map((file) => file.replace(/parquet$/, "csv"));
  for (const file of files) {
    const text = await Deno.readTextFile(file).catch(() => "");
    // The last line may be torn: the next recorder cuts it. All others are whole.
    for (const line of text.split("\n").slice(1, -1)) assertEquals(line.split(",").length, 18, `${file}: ${line}`);
  }
}

Deno.test("killed at 20 random moments, each file is whole, holds a beginning of the rows, and is continued", async () => {
  const root = await Deno.makeTempDir({ prefix: "makerbook-" });
  const db = openDuckDb();
  try {
    const moments = fc.sample(fc.integer({ min: 4, max: 60 }), { seed: 20240808, numRuns: 20 });
    let kept = 0;
    for (const [i, moment] of moments.entries()) {
      const run = `run${i}`;
      const said = await recordAndKill(root, run, 0.05, (said) => said.length >= moment);
      const survived = await survivors(db, root, run);
      assert(survived <= said.at(-1)![0] + 250, `${run}: more rows than were ever appended`);
      await checkFills(root, run);
      kept += survived;
    }
    assertGreater(kept, 0);
    // All runs went to the same files, two hours a table.
    assertEquals(tableFiles(root, "trades").map((file) => file.slice(root.length)), [
      "/trades/2024-08-08/23.parquet",
      "/trades/2024-08-09/00.parquet",
    ]);
    assertGreater(listRuns(root).length, 1);
  } finally {
    await db.close();
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("a killed process loses no row older than 5 seconds", async () => {
  const root = await Deno.makeTempDir({ prefix: "makerbook-" });
  const db = openDuckDb();
  try {
    const said = await recordAndKill(root, "long", 5, (said) => said.at(-1)![1] - said[0]![1] > 8_500);
    const survived = await survivors(db, root, "long");
    const end = said.at(-1)![1];
    const old = said.findLast(([, wallMs]) => wallMs <= end - 5_000)![0];
    assertGreater(old, 0);
    assert(survived >= old, `${survived} events survived, ${old} were older than 5 s`);
    console.log(`${survived} of ${said.at(-1)![0]} events survived, ${old} were older than 5 s`);
  } finally {
    await db.close();
    await Deno.remove(root, { recursive: true });
  }
});
