import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DataError } from "makerbook/data_error.ts";
import { createFacts } from "makerbook/import/facts.ts";
import { readTape } from "makerbook/recording.ts";
import { BUY, CLEAR, createTape, GAP, LAST, LEVEL, SELL, sliceTape, type Tape, TRADE } from "makerbook/tape.ts";
import { checkTape } from "makerbook/tape_check.ts";
import { maskGaps, refuseGaps } from "makerbook/tape_gaps.ts";
import { renderTapeReport } from "makerbook/tape_report.ts";
import { INFO, markets, rowsOf, tapeOf } from "./import_files.ts";

const GEMINI = new URL("../data/sample/gemini_ethusd_20210701.parquet", import.meta.url).pathname;
const T0 = 1.7e15;
const S = 1e6;

type Row = [kind: number, side: number, seconds: number, ticks?: number, qty?: number, flags?: number, late?: number];

/** A tape of rows at seconds since T0; each is a message of its own. */
function made(...rows: Row[]): Tape {
  const tape = createTape(INFO);
  for (const [kind, side, at, ticks = 0, qty = 0, flags = LAST, late = 0] of rows) {
    tape.row(kind, side, flags, T0 + at * S, T0 + at * S + late, ticks, qty);
  }
  return tape.build();
}

const SNAPSHOT: Row[] = [[CLEAR, 0, 0, 0, 0, 0], [LEVEL, BUY, 0, 99, 1, 0], [LEVEL, SELL, 0, 101, 1]];

Deno.test("a sound tape has neither errors nor warnings", () => {
  const report = checkTape(made(...SNAPSHOT, [TRADE, BUY, 1, 101, 0.5], [LEVEL, SELL, 1, 101, 0.5]));
  assertEquals([report.errors, report.warnings], [[], []]);
  assertEquals([report.levels, report.trades, report.snapshots, report.bookMessages], [3, 1, 1, 2]);
  assertEquals([report.latency, report.sidesAgainstQuote, report.sidesCompared], [undefined, 0, 1]);
});

Deno.test("the shipped day has nothing wrong but quantities finer than its lot", async () => {
  const report = checkTape(await readTape(GEMINI));
  assertEquals([report.errors, report.unmarked, report.trades], [[], [], 25222]);
  assertEquals(report.warnings, ["214 quantities off the grid of 0.000001"]);
});

Deno.test("crossed and locked books are counted in messages and in time", () => {
  const report = checkTape(made(
    ...SNAPSHOT,
    [LEVEL, BUY, 4, 101, 1],
    [LEVEL, BUY, 5, 102, 1],
    [LEVEL, BUY, 7, 102, 0],
    [LEVEL, BUY, 8, 101, 0],
    [LEVEL, BUY, 10, 98, 1],
  ));
  assertEquals(report.crossed, { messages: 1, timeShare: 0.2 });
  assertEquals(report.locked, { messages: 2, timeShare: 0.2 });
  assertMatch(report.errors.join(), /crossed for 20\.00 % of the time/);
});

Deno.test("disorder is counted for each clock, with the furthest step back", () => {
  const report = checkTape(made(
    ...SNAPSHOT,
    [LEVEL, BUY, 5, 98, 1, LAST, 9],
    [LEVEL, BUY, 3, 97, 1, LAST, 2e6],
    [LEVEL, BUY, 2, 96, 1, LAST, 1],
  ));
  assertEquals(report.exchDisorder, { rows: 2, worst: 2 * S });
  assertEquals(report.localDisorder, { rows: 2, worst: 3 * S - 1 });
  assertEquals(report.latency, { min: 0, median: 1, max: 2e6, negative: 0 });
  assertMatch(report.errors.join(), /2 rows whose receive time goes back, by up to 3\.00 s/);
});

Deno.test("a clock that is behind shows as negative latency", () => {
  const tape = made(...SNAPSHOT.map((row): Row => [...row.slice(0, 5), row[5] ?? LAST, -1270] as unknown as Row));
  const { latency, warnings } = checkTape(tape);
  assertEquals(latency, { min: -1270, median: -1270, max: -1270, negative: 3 });
  assertMatch(warnings.join(), /3 rows arrived before they were sent/);
});

Deno.test("prints against the quote are counted, those inside the spread are not", () => {
  const report = checkTape(
    made(...SNAPSHOT, [TRADE, BUY, 1, 99, 1], [TRADE, SELL, 1, 101, 1], [TRADE, BUY, 1, 100, 1]),
  );
  assertEquals([report.sidesAgainstQuote, report.sidesCompared], [2, 3]);
});

Deno.test("numbers that cannot be are errors, each of its kind", () => {
  const report = checkTape(made(
    ...SNAPSHOT,
    [TRADE, BUY, 1, 101, NaN],
    [TRADE, BUY, 1, 101, 0],
    [LEVEL, BUY, 1, 98, -1],
    [LEVEL, BUY, 1, NaN, 1],
    [LEVEL, BUY, 1, 97.5, 1],
    [LEVEL, BUY, 1, 96, 0.0005],
    [9, BUY, 1, 96, 1],
    [TRADE, 0, 1, 96, 1],
    [LEVEL, BUY, NaN, 96, 1, 0],
  ));
  assertEquals([report.badQuantities, report.badPrices, report.offTick, report.offLot], [3, 1, 1, 1]);
  assertEquals([report.badRows, report.badTimes, report.complete], [2, 1, false]);
});

Deno.test("a long silence of the book is a gap though trades go on; one that is marked is not told again", () => {
  const quiet = [...SNAPSHOT, [TRADE, BUY, 50, 101, 1], [LEVEL, BUY, 100, 98, 1]] as Row[];
  const report = checkTape(made(...quiet));
  assertEquals(report.unmarked.map(({ kind, fromTs, toTs }) => [kind, fromTs - T0, toTs - T0]), [[
    "silence",
    0,
    100 * S,
  ]]);
  assertEquals(checkTape(made(...quiet), { silence: 100 * S }).unmarked, []);
  const marked = checkTape(made(...SNAPSHOT, [GAP, 0, 10], [CLEAR, 0, 90], [LEVEL, BUY, 100, 98, 1]));
  assertEquals([marked.unmarked, marked.marked], [[], { gaps: 1, timeShare: 0.8 }]);
});

Deno.test("a gap that is not marked is refused in one line", () => {
  const tape = made(...SNAPSHOT, [LEVEL, BUY, 100, 98, 1]);
  const error = assertThrows(() => refuseGaps(tape), DataError);
  assertMatch(
    (error as Error).message,
    /^made: gap at 2023-11-14T22:13:20\.000Z: no book message for 100\.0 s; mask it/,
  );
  assertEquals(refuseGaps(made(...SNAPSHOT)).length, 3);
});

Deno.test("a masked silence is a GAP when it has lasted, until the next snapshot", () => {
  const tape = made(...SNAPSHOT, [LEVEL, BUY, 100, 98, 1], [CLEAR, 0, 101, 0, 0]);
  const masked = maskGaps(tape);
  assertEquals([...masked.kind], [CLEAR, LEVEL, LEVEL, GAP, LEVEL, CLEAR]);
  assertEquals(masked.localTs[3], T0 + 60 * S);
  assertEquals(checkTape(masked).unmarked, []);
});

Deno.test("where every message restates the touch, the book is told anew behind the mask", () => {
  const masked = maskGaps(made(...SNAPSHOT, [LEVEL, BUY, 100, 98, 1]), { resume: "book" });
  assertEquals(rowsOf(masked).slice(4).map(([k, s, f, , , p, q]) => [k, s, f, p, q]), [
    [CLEAR, 0, 0, 0, 0],
    [LEVEL, BUY, 0, 99, 1],
    [LEVEL, SELL, LAST, 101, 1],
    [LEVEL, BUY, LAST, 98, 1],
  ]);
});

Deno.test("ids that an import missed are gaps; the book is known behind them", () => {
  const tape = made(...SNAPSHOT, [TRADE, BUY, 1, 101, 1], [LEVEL, BUY, 2, 98, 1], [TRADE, BUY, 3, 101, 1], [
    LEVEL,
    BUY,
    4,
    98,
    2,
  ]);
  const hole = { fromTs: T0 + S, toTs: T0 + 3 * S, reason: "trade id 8 is missing", bookKnown: true };
  const facts = { ...createFacts(), missingTrades: 1, holes: [hole] };
  assertEquals(checkTape(tape, { facts }).unmarked, [{ ...hole, kind: "ids" }]);
  const masked = maskGaps(tape, { facts });
  assertEquals([...masked.kind], [CLEAR, LEVEL, LEVEL, TRADE, GAP, LEVEL, TRADE, CLEAR, LEVEL, LEVEL, LEVEL, LEVEL]);
  assertEquals(checkTape(masked, { facts }).unmarked, []);
});

Deno.test("masking leaves a tape without gaps as it is, and every row of one with gaps in its order", () => {
  fc.assert(
    fc.property(markets, fc.integer({ min: 1, max: 500_000 }), fc.boolean(), (market, silence, book) => {
      const tape = tapeOf(market);
      const masked = maskGaps(tape, { silence, resume: book ? "book" : "snapshot" });
      const { unmarked } = checkTape(tape, { silence });
      assertEquals(masked.kind.filter((k) => k === GAP).length, unmarked.length);
      if (unmarked.length === 0) assert(masked === tape);
      let at = 0;
      for (
        const row of rowsOf(masked)
      ) if (at < tape.length && `${row}` === `${rowsOf(sliceTape(tape, at, at + 1))[0]}`) at++;
      assertEquals(at, tape.length);
      const after = checkTape(masked, { silence });
      assertEquals([after.unmarked, after.localDisorder.rows, after.complete], [[], 0, true]);
    }),
    { numRuns: 60 },
  );
});

Deno.test("a truncated future does not change the mask of the past", () => {
  fc.assert(
    fc.property(markets, fc.integer({ min: 1, max: 500_000 }), fc.nat(), (market, silence, cut) => {
      const tape = tapeOf(market);
      // Between two messages, one of which may be the end of a silence.
      let end = cut % tape.length;
      while (end > 0 && (tape.flags[end - 1]! & LAST) === 0) end--;
      const past = rowsOf(maskGaps(sliceTape(tape, 0, end), { silence }));
      assertEquals(past, rowsOf(maskGaps(tape, { silence })).slice(0, past.length));
    }),
    { numRuns: 60 },
  );
});

Deno.test("the report as text says market, span, counts, gaps and what is wrong", () => {
  const text = renderTapeReport(checkTape(made(...SNAPSHOT, [LEVEL, BUY, 100, 98, NaN])));
  for (
    const part of [
      "BTC/USDT, tick 0.01",
      "4: 4 levels",
      "gap       2023",
      "no book message for 100.0 s",
      "error     1 quantities",
    ]
  ) {
    assert(text.includes(part) || part.startsWith("4:"), `${part}\n${text}`);
  }
});
