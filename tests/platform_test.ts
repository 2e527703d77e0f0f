import {
  assert,
  assertAlmostEquals,
  assertEquals,
  AssertionError,
  assertMatch,
  assertNotEquals,
  assertObjectMatch,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { parse as parseDotenv } from "@std/dotenv";
import { parse as parseYaml, stringify } from "@std/yaml";
import { createProgress, progressFile, progressLine } from "../lib/progress.ts";
import { configurationPage } from "../scripts/docs.ts";
import { positive, readOptions } from "../scripts/options.ts";
import { Stop } from "../scripts/steps.ts";

Deno.test("assertEquals() takes 0 for -0 and NaN for NaN, and tells undefined from absent", () => {
  assertEquals(0, -0);
  assertEquals([NaN], [NaN]);
  assertEquals<unknown>(Object.assign(Object.create(null), { a: 1 }), { a: 1 });
  assertNotEquals<unknown>({ a: undefined }, {});
  assertNotEquals<unknown>([1], { 0: 1 });
  assertNotEquals<unknown>(1, "1");
  assertThrows(() => assertStrictEquals(0, -0), AssertionError);
});

Deno.test("assertEquals() looks into maps, sets, dates, typed arrays, errors and circles", () => {
  assertEquals(new Map([[{ a: 1 }, [1]]]), new Map([[{ a: 1 }, [1]]]));
  assertNotEquals(new Set([1, 2]), new Set([1, 3]));
  assertNotEquals(new Set([{ a: 1 }, { a: 1 }]), new Set([{ a: 1 }, { a: 2 }]));
  assertNotEquals(new Date(1), new Date(2));
  assertNotEquals(new Float64Array([1, 2]), new Float64Array([1, 3]));
  assertNotEquals<unknown>(new Float64Array([1]), new Float32Array([1]));
  assertNotEquals(new Error("a"), new Error("b"));
  const circle = (): unknown[] => {
    const list: unknown[] = [1];
    list.push(list);
    return list;
  };
  assertEquals(circle(), circle());
});

Deno.test("a failed assertEquals() shows both values and the message", () => {
  const error = assertThrows(() => assertEquals({ price: 1 }, { price: 2 }, "the quote"), AssertionError);
  assertMatch(error.message, /^Values are not equal: the quote/);
  assertMatch(error.message, /price: 1[\s\S]*price: 2/);
});

Deno.test("assertAlmostEquals() allows 1e-7 of the expected value, or the tolerance given", () => {
  assertAlmostEquals(1 + 9e-8, 1);
  assertThrows(() => assertAlmostEquals(1 + 2e-7, 1), AssertionError, "to be close to");
  assertAlmostEquals(0.1, 0.2, 0.11);
  assertThrows(() => assertAlmostEquals(NaN, 1), AssertionError);
});

Deno.test("assertThrows() checks class and text, returns the error, and fails where nothing is thrown", async () => {
  const boom = () => {
    throw new RangeError("gamma = -1, must be > 0");
  };
  assertEquals(assertThrows(boom, RangeError, "gamma").message, "gamma = -1, must be > 0");
  assertThrows(() => assertThrows(boom, TypeError), AssertionError, 'to be instance of "TypeError"');
  assertThrows(() => assertThrows(boom, RangeError, "kappa"), AssertionError, "to include");
  assertThrows(() => assertThrows(() => 1), AssertionError, "Expected function to throw");
  const error = await assertRejects(() => Promise.reject(new RangeError("late")), RangeError, "late");
  assert(error instanceof RangeError);
  await assertRejects(() => assertRejects(() => Promise.resolve(1)), AssertionError, "Expected function to reject");
  await assertRejects(() => assertRejects(boom), AssertionError, "Function throws when expected to reject");
});

Deno.test("assertObjectMatch() compares only the keys that are expected", () => {
  assertObjectMatch({ a: { b: 1, c: 2 }, d: [1, { e: 1, f: 2 }] }, { a: { b: 1 }, d: [1, { e: 1 }] });
  assertThrows(() => assertObjectMatch({ a: { b: 1 } }, { a: { b: 1, c: undefined } }), AssertionError);
});

Deno.test("YAML: n, yes and n+1 are text, numbers are numbers, an empty document is null", () => {
  assertEquals(parseYaml("{ a: n, b: yes, c: n+1, d: 1e-3, e: -2, f: null, g: true, h: .inf }"), {
    a: "n",
    b: "yes",
    c: "n+1",
    d: 0.001,
    e: -2,
    f: null,
    g: true,
    h: Infinity,
  });
  assertEquals(parseYaml(""), null);
});

Deno.test("YAML: an error is a SyntaxError with its line, and so is a key given twice", () => {
  assertThrows(() => parseYaml("a: 1\nb: 'x\n"), SyntaxError, "at line ");
  assertThrows(() => parseYaml("a: 1\n b: 2\n"), SyntaxError, "line 1");
  assertThrows(() => parseYaml("a: 1\na: 2\n"), SyntaxError);
  assertEquals(parseYaml("a: 1\na: 2\n", { allowDuplicateKeys: true }), { a: 2 });
});

Deno.test("YAML: what stringify() writes, parse() reads back", () => {
  const value = { a: 1, b: ["x: y", "1", null, true], c: { d: "it's", e: -0.5, f: "" } };
  assertEquals(parseYaml(stringify(value)), value);
  assertThrows(() => stringify({ a: undefined }), TypeError);
});

Deno.test(".env: quotes, comments, escapes and references follow the original's rules", () => {
  const text =
    `A=1 # one\nexport B='x $A'\nC="l\\nm"\nD=a$A\nE=\n# F=1\nG="a#b"\nH={"a": "b"}\nI=\\$A\nJ=\${A}-\${NO_SUCH_NAME:-z}\n`;
  assertEquals(parseDotenv(text), {
    A: "1",
    B: "x $A",
    C: "l\nm",
    D: "a1",
    E: "",
    G: "a#b",
    H: '{"a": "b"}',
    I: "\\$A",
    J: "1-z",
  });
});

const read = (path: string) => Deno.readTextFile(new URL(`../${path}`, import.meta.url));

Deno.test("deno.lock pins every npm package exactly, and names no registry", async () => {
  const lock = JSON.parse(await read("deno.lock"));
  const { imports } = JSON.parse(await read("deno.json")) as { imports: Record<string, string> };
  for (const specifier of Object.values(imports).filter((target) => target.startsWith("npm:"))) {
    assertMatch(specifier, /@\d+\.\d+\.\d+$/);
    assert(specifier in lock.specifiers, specifier);
  }
  assertEquals(/https?:/.test(JSON.stringify(lock)), false);
});

Deno.test("docs/configuration.md is what `deno task docs` writes", async () => {
  const squash = (text: string) => text.replaceAll(/-{3,}/g, "---").replaceAll(/\s+/g, " ");
  assertEquals(squash(await read("docs/configuration.md")), squash(configurationPage()));
});

Deno.test("options are read with = or a space, and a wrong one is refused by name", () => {
  const known = { speed: { value: "X", about: "" }, realtime: { about: "" } };
  assertEquals([...readOptions(["--speed=2", "--realtime"], known)], [["speed", "2"], ["realtime", ""]]);
  assertEquals(positive(readOptions(["--speed", "1e1"], known), "speed"), "10");
  assertThrows(() => readOptions(["--sped", "1"], known), Stop, "--sped: unknown option, did you mean --speed?");
  assertThrows(() => readOptions(["--speed"], known), Stop, "--speed: needs a value, X");
  assertThrows(() => readOptions(["--realtime=1"], known), Stop, "--realtime: takes no value");
  assertThrows(() => readOptions(["12"], known), Stop, "12: unknown option");
  assertThrows(() => positive(new Map([["speed", "0"]]), "speed"), Stop, "--speed = 0, must be a number > 0");
});

Deno.test("progress is a JSON line a report, and reads as one line", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const progress = createProgress(progressFile(`${folder}/out`));
    progress.report({ step: "session", done: 2.5, total: 10, unit: "market minutes" });
    progress.report({ step: "back-fill", done: 900, unit: "trades" });
    const lines = (await Deno.readTextFile(progressFile(`${folder}/out`))).trimEnd().split("\n").map((line) =>
      JSON.parse(line)
    );
    assertEquals(lines.map(progressLine), ["session: 2.5 of 10 market minutes", "back-fill: 900 trades"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
