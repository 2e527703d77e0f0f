import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { readTape } from "makerbook/recording.ts";
import { BUY, SELL } from "makerbook/tape.ts";
import { type Made, tapeOf, tardisBook, tardisTrades } from "./import_files.ts";

const ROOT = new URL("..", import.meta.url).pathname;

async function run(...args: string[]) {
  const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", join(ROOT, "scripts/import.ts"), ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, said: decode(stderr).trim(), printed: decode(stdout) };
}

const SNAPSHOT: Made = {
  type: "book",
  snapshot: true,
  levels: [{ side: BUY, ticks: 100_001, lots: 1 }, { side: SELL, ticks: 100_003, lots: 7 }],
  step: 1,
};

async function withFiles(market: readonly Made[], test: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "makerbook-" });
  try {
    const tape = tapeOf(market);
    await Deno.mkdir(join(folder, "in"));
    await Deno.writeTextFile(join(folder, "in/binance_trades.csv"), tardisTrades(tape));
    await Deno.writeTextFile(join(folder, "in/binance_incremental_book_L2.csv"), tardisBook(tape));
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("deno task import explains itself", async () => {
  const { code, printed } = await run("--help");
  assertEquals(code, 0);
  for (const word of ["deno task import", "tardis", "binance", "hftbacktest", "raw", "--out", "--gaps"]) {
    assert(printed.includes(word), word);
  }
});

Deno.test("deno task import masks what is missing, prints the report and writes the tape", async () => {
  const later: Made = { type: "trade", side: BUY, ticks: 100_003, lots: 2, step: 90e6 };
  await withFiles([SNAPSHOT, later, { ...SNAPSHOT, step: 5 }], async (folder) => {
    const out = join(folder, "x.parquet");
    const { code, printed, said } = await run("--from", "tardis", join(folder, "in"), "--out", out);
    assertEquals([code, said], [0, ""]);
    assertMatch(printed, /masked 2 gaps, the first: .*/);
    assertMatch(printed, /market +BTC\/USDT, tick 0\.01, lot 0\.001/);
    const tape = await readTape(out);
    assertEquals([...tape.kind].filter((kind) => kind === 3).length, 2);
    const refused = await run(
      "--from",
      "tardis",
      join(folder, "in"),
      "--gaps",
      "refuse",
      "--out",
      join(folder, "y.parquet"),
    );
    assertEquals(refused.code, 1);
    assertMatch(refused.said, /^Tardis binance .*: gap at 2024-03-01T.*; mask it or leave it out$/);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).toSorted(), ["in", "x.parquet"]);
  });
});

Deno.test("deno task import refuses in one line and writes nothing", async () => {
  await withFiles([SNAPSHOT], async (folder) => {
    const out = join(folder, "x.parquet");
    const cases: [string[], RegExp, number][] = [
      [["--from", "tardi", folder], /^--from = tardi, must be binance, .*did you mean tardis\?$/, 2],
      [[folder], /^--from is missing, must be binance, tardis, hftbacktest, raw, parquet$/, 2],
      [["--from", "tardis"], /^no file or folder given, see --help$/, 2],
      [["--from", "tardis", "nowhere", "--out", out], /^nowhere: no such file or folder$/, 1],
      [
        ["--from", "tardis", join(folder, "in"), "--out", "x.csv"],
        /^--out = x\.csv, must end in \.parquet or \.npz$/,
        2,
      ],
      [
        ["--from", "tardis", join(folder, "in"), "--tick", "0.05", "--out", out],
        /is not a multiple of the tick size 0\.05$/,
        1,
      ],
    ];
    for (const [args, expected, status] of cases) {
      const { code, said } = await run(...args);
      assertEquals(code, status, said);
      assertMatch(said, expected);
    }
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["in"]);
  });
});
