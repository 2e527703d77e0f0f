import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { runBacktest } from "../lib/backtest.ts";
import type { OpenRule } from "../lib/rule.ts";
import { backtestRule } from "../lib/rule_backtest.ts";
import { validate } from "../lib/schema.ts";
import { LEVEL, type Tape, TRADE } from "../lib/tape.ts";
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
