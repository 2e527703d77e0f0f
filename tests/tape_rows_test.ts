import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { marketOf, runBacktest, startBacktest } from "../lib/backtest.ts";
import type { OpenRule } from "../lib/rule.ts";
import { backtestRule, startRule } from "../lib/rule_backtest.ts";
import { validate } from "../lib/schema.ts";
import { LEVEL, sliceTape, type Tape, TRADE } from "../lib/tape.ts";
import { checkTape } from "../lib/tape_check.ts";
import { impossibleRow, unquotable } from "../lib/tape_rows.ts";
import { syntheticTape } from "./synthetic.ts";

type Writable = { -readonly [K in keyof Tape]: Tape[K] };

const CASES = [
  ["qty", NaN, "must be"],
  ["qty", -1, "must be"],
  ["qty", Infinity, "must be"],
  ["priceTicks", NaN, "must be a whole number > 0"],
  ["priceTicks", -5, "must be a whole number > 0"],
  ["priceTicks", 0, "must be a whole number > 0"],
  ["priceTicks", 1.5, "must be a whole number > 0"],
  ["kind", 9, "must be 0 to 4"],
  ["side", 5, "must be"],
  ["exchTs", NaN, "must be whole microseconds"],
  ["localTs", 0.5, "must be whole microseconds"],
] as const;

const idle: OpenRule = () => ({ everyUs: 1e6, decide() {} });

Deno.test("a backtest refuses a row that cannot be, with its number, value and bound, wherever it stands", () => {
  fc.assert(
    fc.property(fc.constantFrom(...CASES), fc.nat(), ([column, value, bound], seed) => {
      const tape: Writable = syntheticTape({ seed: 1, messages: 20 });
      const rows = [...tape.kind.keys()].filter((i) => tape.kind[i] === LEVEL || tape.kind[i] === TRADE);
      const row = rows[seed % rows.length]!;
      (tape[column] as Float64Array)[row] = value;
      const name = { priceTicks: "price_ticks", exchTs: "exch_ts", localTs: "local_ts" }[column as string] ?? column;
      const runs = [() => runBacktest(tape, validate({})), () => backtestRule(tape, idle, validate({}))];
      for (const run of runs) {
        const error = assertThrows(run, RangeError, `row ${row}: ${name} = ${value}`);
        assertEquals(error.message.includes(bound), true);
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("a row decades ahead of the others is refused, also at the beginning of a part, and not waited for", () => {
  for (const column of ["localTs", "exchTs"] as const) {
    const tape: Writable = syntheticTape({ seed: 1, messages: 20 });
    const last = tape.length - 1;
    tape[column][last]! += 30 * 365 * 86_400e6;
    const name = { exchTs: "exch_ts", localTs: "local_ts" }[column];
    const expected = `row ${last}: ${name} = ${
      tape[column][last]
    }, 10950.0 days after the row before it, must be within 31`;
    assertThrows(() => runBacktest(tape, validate({})), RangeError, expected);
    assertThrows(() => backtestRule(tape, idle, validate({})), RangeError, expected);
    for (const run of [startBacktest(tape, validate({})), startRule(marketOf(tape), idle, validate({}))]) {
      run.push(sliceTape(tape, 0, last));
      assertThrows(() => run.push(sliceTape(tape, last)), RangeError, `row 0: ${name} = ${tape[column][last]}`);
    }
    assertEquals(checkTape(tape).errors, [
      "1 rows over 31 days after the one before: a wrong clock, or two recordings",
    ]);
  }
  const month: Writable = syntheticTape({ seed: 1, messages: 20 });
  for (const column of [month.localTs, month.exchTs]) column[month.length - 1]! += 30 * 86_400e6;
  assertEquals([impossibleRow(month), runBacktest(month, validate({})).rows], [undefined, month.length]);
});

Deno.test("a tape on which nothing can be quoted says why", () => {
  const tape = syntheticTape({ seed: 1, messages: 20 });
  assertEquals(unquotable(tape), undefined);
  const only = (...kinds: number[]) => ({ kind: tape.kind.filter((kind) => kinds.includes(kind)) });
  assertEquals(unquotable(only(TRADE)), "no book, trades alone");
  assertEquals(unquotable(only(TRADE, LEVEL))?.startsWith("no snapshot of the book"), true);
});

Deno.test("a print has a side and a quantity", () => {
  const tape: Writable = syntheticTape({ seed: 1, messages: 20 });
  assertEquals(impossibleRow(tape), undefined);
  const print = tape.kind.indexOf(TRADE);
  tape.qty[print] = 0;
  assertEquals(impossibleRow(tape), `row ${print}: qty = 0, must be > 0 and finite (base)`);
  tape.qty[print] = 1;
  tape.side[print] = 0;
  assertEquals(impossibleRow(tape), `row ${print}: side = 0, must be 1 or -1`);
});
