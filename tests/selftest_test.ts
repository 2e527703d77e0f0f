import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { CHECKS, runUnitTests } from "../lib/selftest.ts";

for (const { name, run } of CHECKS) Deno.test(`notebook check: ${name}`, run);

Deno.test("runUnitTests() reports every check with its time", () => {
  const { results, text } = runUnitTests();
  assertEquals(results.map(({ name }) => name), CHECKS.map(({ name }) => name));
  assert(results.every(({ ok, ms }) => ok && ms >= 0));
  assertMatch(text, new RegExp(`^${CHECKS.length} checks passed`));
});

Deno.test("runUnitTests() throws and names each check that failed", () => {
  const failing = (name: string) => ({
    name,
    run: () => {
      throw new Error(`${name} broke`);
    },
  });
  assertThrows(
    () => runUnitTests([failing("one"), { name: "two", run: () => {} }, failing("three")]),
    Error,
    "2 of 3 checks failed\none: one broke\nthree: three broke",
  );
});
