import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";

const ROOT = new URL("..", import.meta.url).pathname;
const GEMINI = join(ROOT, "data/sample/gemini_ethusd_20210701.parquet");

/** Runs a script to its end: what it said on its error channel, and its exit code. */
async function run(script: string, args: string[], env: Record<string, string> = {}) {
  const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", join(ROOT, script), ...args],
    cwd: ROOT,
    env: { ...env, NO_COLOR: "1" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, said: decode(stderr).trim(), printed: decode(stdout) };
}

/** One clear line, no stack, exit code not zero. */
function assertOneLine({ code, said }: { code: number; said: string }, expected: RegExp) {
  assert(code !== 0, `exit code ${code}`);
  assertEquals(said.split("\n").length, 1, said);
  assertMatch(said, expected);
}

Deno.test("a wrong config key is one line that names file, key and the nearest known one", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const config = (await Deno.readTextFile(join(ROOT, "config.yaml"))).replace("q_max:", "q_maxx:");
    await Deno.writeTextFile(join(folder, "config.yaml"), config);
    assertOneLine(
      await run("scripts/backtest.ts", ["--config", join(folder, "config.yaml")]),
      /config\.yaml: risk\.q_maxx: unknown key, did you mean q_max\?$/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a value out of range is one line with the value and the bound", async () => {
  assertOneLine(
    await run("scripts/backtest.ts", [], { MAKERBOOK_QUOTES_SIZE: "-1" }),
    /^MAKERBOOK_QUOTES_SIZE = -1, must be > 0 \(base\)$/,
  );
});

Deno.test("a missing tape is one line with its path, for the backtest and for the testnet", async () => {
  assertOneLine(await run("scripts/backtest.ts", ["--tape", "nowhere.parquet"]), /^nowhere\.parquet: no such file/);
  assertOneLine(await run("testnet/main.ts", ["--tape", "nowhere.jsonl.gz"]), /nowhere\.jsonl\.gz/);
});

Deno.test("a truncated Parquet file is one line, and nothing is half-written", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const bytes = await Deno.readFile(GEMINI);
    const cut = join(folder, "cut.parquet");
    await Deno.writeFile(cut, bytes.subarray(0, bytes.length / 2));
    const out = join(folder, "kpis.json");
    assertOneLine(
      await run("scripts/backtest.ts", ["--tape", cut, "--out", out]),
      /cut\.parquet: .*(truncated|cut short|not Parquet)/,
    );
    assertEquals([...Deno.readDirSync(folder)].map((entry) => entry.name), ["cut.parquet"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a file that cannot be written is one line before any work is done", async () => {
  const { printed, ...outcome } = await run("scripts/backtest.ts", ["--out", "nowhere/kpis.json"]);
  assertOneLine(outcome, /^--out nowhere\/kpis\.json: there is no folder nowhere$/);
  assertEquals(printed, "");
  assertOneLine(await run("scripts/backtest.ts", ["--out", "README.md"]), /^--out README\.md: cannot be made /);
});

Deno.test("a folder of recordings that is not there is one line before anything is started", async () => {
  const { printed, ...outcome } = await run("scripts/verify.ts", ["--data", "nowhere"]);
  assertOneLine(outcome, /^nowhere: no such folder$/);
  assertEquals(printed, "");
});

Deno.test("a port in use is one line with the port", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    const { port } = listener.addr;
    assertOneLine(
      await run("testnet/main.ts", ["--port", String(port)]),
      new RegExp(`127\\.0\\.0\\.1:${port}.* in use`),
    );
  } finally {
    listener.close();
  }
});

Deno.test("every script explains itself with --help", async () => {
  for (const script of ["backtest", "demo", "lab", "record", "test", "verify"]) {
    const { code, printed } = await run(`scripts/${script}.ts`, ["--help"]);
    assertEquals(code, 0, script);
    assertMatch(printed, new RegExp(`deno task ${script}`));
    assertMatch(printed, /--help/);
  }
  const { code, printed } = await run("testnet/main.ts", ["--help"]);
  assertEquals(code, 0);
  for (const word of ["deno task testnet", "ccxt", "curl", "--tape", "--fault"]) assert(printed.includes(word), word);
});

Deno.test("an unknown option is one line with the nearest known one", async () => {
  assertOneLine(await run("scripts/backtest.ts", ["--tap", "x"]), /^--tap: unknown option, did you mean --tape\?$/);
});
