/**
 * `deno task demo`: the main notebook from its first cell to its last without a hand, as a notebook, as HTML, and its KPIs here.
 *
 * @module
 */
import { join, relative } from "node:path";
import { progressFile } from "../lib/progress.ts";
import { loadConfig, locate } from "../lib/settings.ts";
import { endWithChildren } from "./ending.ts";
import { hasTools, installKernel, installTools, ROOT } from "./jupyter.ts";
import { executeNotebook, writeHtml } from "./notebook.ts";
import { help, positive, readOptions } from "./options.ts";
import { main, step, talkingStep } from "./steps.ts";

const NOTEBOOK = join(ROOT, "notebooks", "market_maker.ipynb");
const OPTIONS = {
  realtime: { about: "replay at the wall clock's speed: ten market minutes take ten minutes" },
  speed: { value: "X", about: "market seconds a wall second (testnet.speed)" },
  minutes: { value: "N", about: "market minutes to trade (session.minutes)" },
  help: { about: "this text" },
} as const;

await main(async () => {
  const options = readOptions(Deno.args, OPTIONS);
  if (options.has("help")) {
    const about = "Executes notebooks/market_maker.ipynb on the local testnet and writes it, with its HTML, to out/.";
    console.log(help("deno task demo [options]", about, OPTIONS));
    return;
  }
  endWithChildren({ name: "demo" });
  const speed = options.has("realtime") ? "1" : positive(options, "speed");
  const minutes = positive(options, "minutes");
  if (speed) Deno.env.set("MAKERBOOK_TESTNET_SPEED", speed);
  if (minutes) Deno.env.set("MAKERBOOK_SESSION_MINUTES", minutes);
  const config = await loadConfig(ROOT);
  const outFolder = locate(config, config.paths.out);

  if (!await hasTools("headless")) {
    await step("Installing Jupyter's tools into .venv (first run only)", () => installTools("headless"));
  }
  await installKernel();
  const { session, testnet } = config;
  const stale = ["market_maker.html", "kpis.txt", "kpis.json"].map((name) => join(outFolder, name));
  const executed = await talkingStep(
    `Executing notebooks/market_maker.ipynb: ${session.minutes} market minutes at ${testnet.speed} x`,
    (say) => executeNotebook({ notebook: NOTEBOOK, outFolder, progressFile: progressFile(outFolder), stale, say }),
  );
  const html = await step("Writing HTML", () => writeHtml(executed));

  const kpis = await Deno.readTextFile(join(outFolder, "kpis.txt")).catch(() => undefined);
  if (kpis) console.log(`\n${kpis.trimEnd()}\n`);
  console.log(`${relative(Deno.cwd(), executed)}\n${relative(Deno.cwd(), html)}`);
});
