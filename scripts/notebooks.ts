/**
 * `deno task notebooks`: every notebook from its first cell to its last, as HTML, with a page that leads to them.
 *
 * @module
 */
import { basename, join, relative } from "node:path";
import { progressFile } from "../lib/progress.ts";
import { loadConfig, locate } from "../lib/settings.ts";
import { endWithChildren } from "./ending.ts";
import { hasTools, installKernel, installTools, ROOT } from "./jupyter.ts";
import { executeNotebook, writeHtml } from "./notebook.ts";
import { summarise, writeIndex } from "./notebook_index.ts";
import { help, readOptions } from "./options.ts";
import { main, step, talkingStep } from "./steps.ts";

const FOLDER = join(ROOT, "notebooks");
const MAIN = "market_maker.ipynb";
/** Kernels that work side by side. */
const AT_ONCE = 2;
const OPTIONS = {
  research: { about: `without ${MAIN}: only the numbered ones` },
  help: { about: "this text" },
} as const;

await main(async () => {
  const options = readOptions(Deno.args, OPTIONS);
  if (options.has("help")) {
    const about = "Executes all notebooks and writes them to out/ as HTML, with out/index.html to begin at.";
    console.log(help("deno task notebooks [options]", about, OPTIONS));
    return;
  }
  endWithChildren({ name: "notebooks" });
  const config = await loadConfig(ROOT);
  const outFolder = locate(config, config.paths.out);
  if (!await hasTools("headless")) {
    await step("Installing Jupyter's tools into .venv (first run only)", () => installTools("headless"));
  }
  await installKernel();
  const executed: string[] = [];
  if (!options.has("research")) {
    executed.push(
      await talkingStep(`${MAIN}: ${config.session.minutes} market minutes at ${config.testnet.speed} x`, (say) => {
        const stale = ["kpis.txt", "kpis.json"].map((name) => join(outFolder, name));
        return execute(MAIN, { outFolder, progressFile: progressFile(outFolder), stale, say });
      }),
    );
  }
  executed.push(
    ...await talkingStep("The numbered notebooks", async (say) => {
      const names = await numbered();
      const done: string[] = [];
      let next = 0;
      const lane = async () => {
        while (next < names.length) {
          const at = next++;
          done[at] = await execute(names[at]!, { outFolder });
          say(names[at]!);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, lane));
      return done;
    }),
  );
  const index = join(outFolder, "index.html");
  await writeIndex(index, await Promise.all(executed.map(summarise)));
  for (const { answer, title } of await Promise.all(executed.map(summarise))) {
    if (answer) console.log(`\n${title}\n${answer}`);
  }
  console.log(`\n${relative(Deno.cwd(), index)}`);
});

async function execute(
  name: string,
  options: Omit<Parameters<typeof executeNotebook>[0], "notebook">,
): Promise<string> {
  const html = join(options.outFolder, name.replace(/\.ipynb$/, ".html"));
  const stale = [...options.stale ?? [], html];
  const executed = await executeNotebook({ ...options, notebook: join(FOLDER, name), stale });
  await writeHtml(executed);
  return executed;
}

/** The research notebooks, in reading order. */
async function numbered(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(FOLDER)) if (/^\d+_.*\.ipynb$/.test(name)) names.push(basename(name));
  return names.sort((a, b) => parseInt(a) - parseInt(b));
}
