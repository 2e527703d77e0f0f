import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { inspect } from "node:util";
import { configTable } from "../lib/config_table.ts";
import { keysAsMarkdown, listKeys } from "../lib/keys.ts";
import { validate } from "../lib/schema.ts";
import { mask, Secret } from "../lib/secrets.ts";
import { type Config, ConfigError, forBacktest, loadConfig, locate, override } from "../lib/settings.ts";

/** Runs with a folder that holds these files, and with these variables set for as long as it runs. */
async function withProject(
  files: Record<string, string>,
  run: (folder: string) => Promise<void>,
  variables: Record<string, string> = {},
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${name}`, text);
    for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
    await run(await Deno.realPath(folder));
  } finally {
    for (const name of Object.keys(variables)) Deno.env.delete(name);
    await Deno.remove(folder, { recursive: true });
  }
}

function problems(raw: unknown): readonly string[] {
  return assertThrows(() => validate(raw), ConfigError).problems;
}

Deno.test("the shipped config.yaml is valid, and its values are the defaults", async () => {
  const { backtest: shippedBacktest, root: _, secrets: __, ...shipped } = await loadConfig(
    new URL("../config.yaml", import.meta.url).pathname,
  );
  const { backtest, root: ___, secrets: ____, ...defaults } = validate({});
  assertEquals<unknown>(shipped, defaults);
  assertEquals(shippedBacktest.tape, backtest.tape);
});

Deno.test("the shipped config.yaml names every key", async () => {
  const text = await Deno.readTextFile(new URL("../config.yaml", import.meta.url));
  for (const { path } of listKeys()) assertMatch(text, new RegExp(`^ *${path.split(".").at(-1)}:`, "m"), path);
});

Deno.test("a configuration is frozen to its leaves", () => {
  const config = validate({ backtest: { overrides: { risk: { q_max: 1 } } } });
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    assert(Object.isFrozen(value));
    Object.values(value).forEach(walk);
  };
  walk(config);
});

Deno.test("a value out of range is refused with place, value, bound and unit", () => {
  assertEquals(problems({ quotes: { size: -1 } }), ["config.yaml: quotes.size = -1, must be > 0 (base)"]);
  assertEquals(problems({ model: { k_forgetting: 1.5 } }), [
    "config.yaml: model.k_forgetting = 1.5, must be <= 1 (per markout)",
  ]);
  assertEquals(problems({ fees: { maker: 10 } }), ["config.yaml: fees.maker = 10, must be < 0.1 (of notional)"]);
});

Deno.test("bounds that belong to the range are taken, those that do not are refused", () => {
  assertEquals(validate({ model: { k_forgetting: 1, k_min: 0 } }).model.k_forgetting, 1);
  assertEquals(problems({ model: { k_forgetting: 0 } }).length, 1);
  assertEquals(problems({ testnet: { port: 65_536 } }).length, 1);
  assertEquals(validate({ testnet: { port: 65_535 } }).testnet.port, 65_535);
});

Deno.test("an unknown key is refused with the nearest known one", () => {
  assertEquals(problems({ risk: { qmax: 1 } }), ["config.yaml: risk.qmax: unknown key, did you mean q_max?"]);
  assertEquals(problems({ quote: { size: 1 } }), ["config.yaml: quote: unknown key, did you mean quotes?"]);
  assertStringIncludes(problems({ zebra: 1 })[0] ?? "", "config.yaml: zebra: unknown key, known are exchange, mode");
});

Deno.test("a wrong type is refused, numbers in quotes and numbers that are none included", () => {
  const size = "a number > 0 (base)";
  assertEquals(problems({ quotes: { size: "0.1" } }), [`config.yaml: quotes.size = "0.1", must be ${size}`]);
  assertEquals(problems({ quotes: { size: NaN } }), [`config.yaml: quotes.size = NaN, must be ${size}`]);
  assertEquals(problems({ quotes: { size: Infinity } }), [`config.yaml: quotes.size = Infinity, must be ${size}`]);
  assertEquals(problems({ quotes: { size: [1] } }), [`config.yaml: quotes.size = a list, must be ${size}`]);
  assertEquals(problems({ quotes: 3 }), ["config.yaml: quotes = 3, must be a section with keys such as size"]);
  assertEquals(problems({ mode: true }), ["config.yaml: mode = true, must be one of paper, live"]);
  assertEquals(problems({ model: { n: 2.5 } }), [
    "config.yaml: model.n = 2.5, must be a whole number >= 1 (dealers)",
  ]);
  assertStringIncludes(problems([1])[0] ?? "", "config.yaml: is a list");
});

Deno.test("every problem is told, one line each", () => {
  const error = assertThrows(() => validate({ quotes: { size: 0 }, risk: { qmax: 1 }, mode: "fast" }), ConfigError);
  assertEquals(error.problems.length, 3);
  assertEquals(error.message.split("\n"), [...error.problems]);
});

Deno.test("keys that depend on each other are checked together", () => {
  assertEquals(problems({ model: { gamma: 0.01 } }), [
    "config.yaml: model.gamma_min = 0.2, must be <= model.gamma (0.01)",
  ]);
  assertEquals(problems({ risk: { q_max: 0.01 } }), [
    "config.yaml: risk.hedge_at = 0.015, must be <= risk.q_max (0.01)",
  ]);
  assertEquals(problems({ quotes: { size: 0.05 } }), [
    "config.yaml: quotes.size = 0.05, must be <= risk.q_max (0.02)",
  ]);
  assertEquals(problems({ model: { vpin_buckets: 9 } }), [
    "config.yaml: model.vpin_min_buckets = 10, must be <= model.vpin_buckets (9)",
  ]);
});

Deno.test("property: any number in a number's place is either taken as it is or refused by name", () => {
  const numbers = listKeys().filter(({ key }) => key.type === "number" || key.type === "integer");
  fc.assert(fc.property(fc.constantFrom(...numbers), fc.double(), ({ path }, value) => {
    const [section = "", last = ""] = path.split(".");
    try {
      const config = validate({ [section]: { [last]: value } });
      const taken = (config as unknown as Record<string, Record<string, unknown>>)[section]?.[last];
      assertEquals(taken, value);
      assert(Number.isFinite(taken));
    } catch (error) {
      assert(error instanceof ConfigError);
      assert(error.problems.every((line) => line.includes(path)), error.message);
    }
  }));
});

Deno.test("override() changes what it names, checks it, and leaves the original alone", () => {
  const config = validate({});
  const changed = override(config, { risk: { q_max: 1 } });
  assertEquals(changed.risk, { ...config.risk, q_max: 1 });
  assertEquals(config.risk.q_max, 0.02);
  const refused = assertThrows(() => override(config, { quotes: { size: -1 } }, "cell 7"), ConfigError);
  assertEquals(refused.problems, ["cell 7: quotes.size = -1, must be > 0 (base)"]);
  assertThrows(
    () => override(config, { risk: { q_max: 1e-6 } }, "cell 7"),
    ConfigError,
    "risk.hedge_at = 0.015, must be <= risk.q_max (0.000001)",
  );
});

Deno.test("the backtest's overrides are checked at the start, and applied by forBacktest()", () => {
  assertEquals(problems({ backtest: { overrides: { quotes: { size: -1 }, risk: { qmax: 1 } } } }), [
    "config.yaml: backtest.overrides.quotes.size = -1, must be > 0 (base)",
    "config.yaml: backtest.overrides.risk.qmax: unknown key, did you mean q_max?",
  ]);
  assertEquals(problems({ backtest: { overrides: { quotes: { size: 1 } } } }), [
    "config.yaml: backtest.overrides.quotes.size = 1, must be <= risk.q_max (0.02)",
  ]);
  const config = validate({ backtest: { overrides: { exchange: { symbol: "ETH/USD" }, risk: { q_max: 3 } } } });
  assertEquals(forBacktest(config).risk.q_max, 3);
  assertEquals(forBacktest(config).exchange, { ...config.exchange, symbol: "ETH/USD" });
});

Deno.test("live orders need keys, and in production a consent that names the market", () => {
  const secrets = { apiKey: new Secret("k"), apiSecret: new Secret("s") };
  const live = (environment: string, around = {}) =>
    validate({ mode: "live", exchange: { environment } }, "config.yaml", around);
  assertEquals(live("local").mode, "live");
  assertThrows(() => live("sandbox"), ConfigError, "MAKERBOOK_API_SECRET");
  assertEquals(live("sandbox", { secrets }).mode, "live");
  const sandbox = validate({ exchange: { environment: "sandbox" } });
  assertThrows(
    () => override(sandbox, { mode: "live" }, "cell 7"),
    ConfigError,
    "cell 7: mode = live on sandbox, needs",
  );
  for (const consent of [undefined, "yes", "binance ETH/USDT"]) {
    const error = assertThrows(() => live("production", { secrets, consent }), ConfigError);
    assertStringIncludes(error.message, 'MAKERBOOK_LIVE_CONSENT="binance BTC/USDT"');
  }
  const config = live("production", { secrets, consent: "binance BTC/USDT" });
  assertEquals(override(config, { quotes: { size: 0.002 } }).quotes.size, 0.002);
  assertThrows(() => override(config, { exchange: { symbol: "ETH/USDT" } }), ConfigError, "by an override");
  assertThrows(
    () => override(validate({ exchange: { environment: "production" } }), { mode: "live" }),
    ConfigError,
    "live orders in production cannot be switched on by an override",
  );
  assertEquals(forBacktest(config).mode, "paper");
});

Deno.test("of one key the environment counts before .env, and .env before config.yaml", async () => {
  const files = {
    "deno.json": "{}",
    "config.yaml": "quotes: { size: 0.001 }\nfees: { maker: 0.01 }\n",
    ".env": "MAKERBOOK_FEES_MAKER=0.002\nMAKERBOOK_QUOTES_SIZE=0.002\nMAKERBOOK_MODEL_DENOMINATOR=n+1\n",
  };
  await withProject(files, async (folder) => {
    const config = await loadConfig(folder);
    assertEquals(config.quotes.size, 3e-3);
    assertEquals(config.fees.maker, 0.002);
    assertEquals(config.model.denominator, "n+1");
    assertEquals(config.testnet.speed, 20);
    assertEquals(config.root, folder);
    assertEquals(locate(config, "data/x"), `${folder}/data/x`);
    assertEquals(locate(config, "/elsewhere"), "/elsewhere");
  }, { MAKERBOOK_QUOTES_SIZE: "3e-3", MAKERBOOK_TESTNET_SPEED: "" });
});

Deno.test("a variable that is wrong or unknown is refused by its name", async () => {
  await withProject({ "config.yaml": "mode: paper\n" }, async (folder) => {
    const error = await assertRejects(() => loadConfig(folder), ConfigError);
    assertEquals([...error.problems].sort(), [
      'MAKERBOOK_QUOTES_SIZE = "lots", must be a number > 0 (base)',
      "MAKERBOOK_RISK_QMAX: unknown variable, did you mean MAKERBOOK_RISK_Q_MAX?",
    ]);
  }, { MAKERBOOK_QUOTES_SIZE: "lots", MAKERBOOK_RISK_QMAX: "1" });
});

Deno.test("a file that is missing, or not YAML, or holds a secret is refused in one line", async () => {
  await withProject({ "config.yaml": "quotes:\n  size: 1\n bad: [\n" }, async (folder) => {
    await assertRejects(() => loadConfig(`${folder}/none.yaml`), ConfigError, "none.yaml: no such file");
    const error = await assertRejects(() => loadConfig(folder), ConfigError);
    assertMatch(error.message, /config\.yaml:[234]:\d+: not YAML: .+$/);
    assertEquals(error.message.includes("\n"), false);
  });
  await withProject({ "config.yaml": "exchange: { api_secret: abcdef }\n" }, async (folder) => {
    const error = await assertRejects(() => loadConfig(folder), ConfigError);
    assertStringIncludes(error.message, "exchange.api_secret: secrets belong in .env");
    assertEquals(error.message.includes("abcdef"), false);
  });
});

Deno.test("an empty file means every default, and the environment still counts", async () => {
  await withProject({ "config.yaml": "# nothing\n" }, async (folder) => {
    assertEquals((await loadConfig(folder)).session.minutes, 3);
  }, { MAKERBOOK_SESSION_MINUTES: "3" });
});

Deno.test("consent is never read from .env", async () => {
  const files = { "config.yaml": "mode: paper\n", ".env": 'MAKERBOOK_LIVE_CONSENT="binance BTC/USDT"\n' };
  await withProject(files, async (folder) => {
    await assertRejects(() => loadConfig(folder), ConfigError, "set it in the shell");
  });
});

/** Everything that could print a configuration. */
function prints(config: Config): string[] {
  const { apiSecret } = config.secrets;
  return [
    ...[
      Deno.inspect(config, { depth: 9, showProxy: true, getters: true }),
      inspect(config, { showHidden: true, depth: 9 }),
    ],
    ...[JSON.stringify(config), JSON.stringify(Object.entries(config.secrets)), String(config), `${apiSecret}`],
    ...[
      apiSecret + "",
      String(apiSecret),
      Deno.inspect(apiSecret),
      Deno.inspect([apiSecret]),
      configTable(config).text,
    ],
    ...[Deno.inspect(structuredClone(config), { depth: 9 }), JSON.stringify({ ...config.secrets, ...apiSecret })],
    ...[
      new Error(`order refused for ${apiSecret}`, { cause: config }).stack ?? "",
      Object.values(apiSecret ?? {}).join(),
    ],
    assertThrows(() => override(config, { quotes: { size: -1 } }), Error).message,
  ];
}

Deno.test("property: no way of printing a configuration shows a secret", () => {
  const text = fc.string({ unit: "grapheme-ascii", minLength: 8, maxLength: 80 }).filter((s) => /[a-z0-9]{8}/i.test(s));
  fc.assert(fc.property(text, (secret) => {
    const holding = (kept: string) =>
      validate({}, "config.yaml", { secrets: { apiKey: new Secret(kept), apiSecret: new Secret(kept) } });
    const config = holding(secret);
    assertEquals(config.secrets.apiSecret?.reveal(), secret);
    const hidden = secret.slice(secret.length < 32 ? 0 : 4, secret.length < 32 ? undefined : -4);
    const shows = (printed: string) =>
      printed.includes(hidden) || printed.includes(JSON.stringify(hidden).slice(1, -1));
    // A secret that is a word of the configuration or of a stack ("property") is there without being given away.
    fc.pre(!prints(holding("~")).some(shows));
    for (const printed of prints(config)) assert(!shows(printed));
  }));
});

Deno.test("console.log() of a configuration shows masks, and short secrets show nothing", async () => {
  assertEquals(mask("a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4"), "a1b2…c3d4");
  assertEquals(mask("short"), "****");
  const secret = "0123456789abcdefghijklmnopqrstuvwxyz0123456789";
  const files = { "config.yaml": "mode: paper\n", ".env": `MAKERBOOK_API_SECRET='${secret}'\n` };
  await withProject(files, async (folder) => {
    const settings = new URL("../lib/settings.ts", import.meta.url).href;
    const code = `import { loadConfig } from "${settings}"; const c = await loadConfig(${JSON.stringify(folder)});
      console.log(c, c.secrets, c.secrets.apiSecret); console.error("%s %o %O", c.secrets.apiSecret, c.secrets, c);`;
    const script = new URL("../lib/", import.meta.url);
    const output = await new Deno.Command(Deno.execPath(), { args: ["eval", code], cwd: script }).output();
    const printed = new TextDecoder().decode(output.stdout) + new TextDecoder().decode(output.stderr);
    assertStringIncludes(printed, "0123…6789");
    assert(!printed.includes(secret.slice(4, 12)), printed);
  });
});

Deno.test("the printed table and the Markdown table have every key", () => {
  const config = validate({ quotes: { size: 0.002 } }, "config.yaml", {
    secrets: { apiKey: new Secret("x".repeat(40)) },
  });
  const [table, markdown] = [configTable(config).text, keysAsMarkdown()];
  for (const { path, key } of listKeys()) {
    assertStringIncludes(markdown, `\`${path}\``);
    if (key.type !== "overrides") assertMatch(table, new RegExp(`^${path} `, "m"));
  }
  assertMatch(table, /^quotes\.size +0\.002 \* +base /m);
  assertMatch(table, /^MAKERBOOK_API_KEY +xxxx…xxxx /m);
  assertMatch(table, /^MAKERBOOK_API_SECRET +not set /m);
});
