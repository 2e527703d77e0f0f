import { assert, assertEquals, assertThrows } from "@std/assert";
import { foldDays, foldTrial } from "../lib/trial_folds.ts";
import { searchWorthless } from "../lib/worthless.ts";

Deno.test("foldTrial() keeps every change of equity, in order, and refuses half a period", () => {
  const trial = { day: "2024-08-08", net: 99, returns: [1, 2, 3, 4, 5, 6, 7], period_seconds: 60 };
  const folds = foldTrial(trial, 180);
  assertEquals(folds.map(({ returns }) => returns), [[1, 2, 3], [4, 5, 6], [7]]);
  assertEquals(folds.map(({ net, day }) => [net, day]), [
    [6, "2024-08-08 + 0 s"],
    [15, "2024-08-08 + 180 s"],
    [7, "2024-08-08 + 360 s"],
  ]);
  assertThrows(() => foldTrial(trial, 90), RangeError, "90 s, must be a multiple");
});

Deno.test("searchWorthless(): the plain test is fooled more often the more is tried, the deflated one hardly ever", () => {
  const search = (trials: number) => searchWorthless({ trials, periods: 200, searches: 150, seed: 3 });
  const [few, many] = [search(2), search(20)];
  assert(few.naive < 0.2 && many.naive > 0.4, `${few.naive}, ${many.naive}`);
  assert(many.deflated < 0.1, `${many.deflated}`);
});

Deno.test("foldDays() cuts no stretch across a night, and says what a short recording lacks", () => {
  const day = (name: string, returns: number[]) => ({ day: name, net: 0, returns, period_seconds: 60 });
  const folds = foldDays([day("a", [1, 2, 3]), day("b", [4, 5, 6, 7])], 4);
  assertEquals(folds.map(({ returns }) => returns), [[1, 2], [3], [4, 5], [6, 7]]);
  assertThrows(() => foldDays([day("a", [1, 2])], 3), RangeError, "2 changes of equity, must be >= 3");
});
