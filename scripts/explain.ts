/**
 * `deno task explain`: why one fill of a recorded session lost or earned, or why a quote stood where it stood.
 *
 * @module
 */
import { join, relative } from "node:path";
import { attribute } from "../lib/attribution.ts";
import { attributionOf, explainFill, explainQuote, readStory, type Story, type Which } from "../lib/explain.ts";
import { htmlPage } from "../lib/page.ts";
import { listRuns } from "../lib/recording.ts";
import { figures } from "../lib/plots/figure.ts";
import { type Config, loadConfig, locate } from "../lib/settings.ts";
import { createTable } from "../lib/table.ts";
import { help, readOptions } from "./options.ts";
import { main, Stop } from "./steps.ts";

const OPTIONS = {
  fill: { value: "WHICH", about: "a number, an id, a time of day (23:57:12), worst or best; worst if absent" },
  quote: { value: "WHICH", about: "a decision instead: a number or a time of day" },
  list: { about: "all fills with their parts, one line each" },
  data: { value: "FOLDER", about: "the recordings; paths.data if absent" },
  run: { value: "NAME", about: "which run; the latest if absent" },
  config: { value: "FILE", about: "config.yaml if absent" },
  help: { about: "this text" },
} as const;

await main(async () => {
  const options = readOptions(Deno.args, OPTIONS);
  if (options.has("help")) {
    const about = "Explains a fill or a quote of a recorded session, here and, with its picture, in out/explain.html.";
    console.log(help("deno task explain [options]", about, OPTIONS));
    return;
  }
  if (options.has("fill") && options.has("quote")) throw new Stop("--fill and --quote: give one of them", 2);
  const config = await loadConfig(options.get("config"));
  const root = options.get("data") ?? locate(config, config.paths.data);
  const story = await readStory(root, { run: options.get("run"), config });
  if (story.fills.length === 0 && !options.has("quote")) {
    const others = listRuns(root).map(({ run }) => run).filter((run) => run !== story.run);
    const hint = others.length > 0 ? `; --run takes another: ${others.join(", ")}` : "";
    throw new Stop(`run ${story.run} has no fill${hint}`);
  }
  if (options.has("list")) return console.log(fillList(story, config).text);
  const quote = options.get("quote");
  const shown = quote === undefined
    ? explainFill(story, whichOf(options.get("fill") ?? "worst"), config)
    : explainQuote(story, whichOf(quote));
  const verdict = "verdict" in shown ? shown.verdict : undefined;
  console.log([`run ${story.run}`, verdict, shown.table.text].filter((part) => part !== undefined).join("\n\n"));
  const folder = locate(config, config.paths.out);
  await Deno.mkdir(folder, { recursive: true });
  const page = join(folder, "explain.html");
  await Deno.writeTextFile(page, htmlPage(verdict ?? shown.table.title, [shown.figure, shown.table]));
  console.log(relative(Deno.cwd(), page));
});

function whichOf(text: string): Which {
  return /^-?\d+$/.test(text) ? Number(text) : text;
}

function partsOf(fill: Story["fills"][number], path: Story["path"], config: Config) {
  return attribute([fill], path, attributionOf(config));
}

/** Every fill in a line: what it was worth, and by which cause. */
function fillList({ fills, path, market }: Story, config: Config) {
  const rows = fills.map((fill, i) => {
    const { spread, latency, adverseSelection, inventory, fees } = partsOf(fill, path, config);
    const time = new Date(fill.exchTs / 1000).toISOString().slice(11, 23);
    const money = [spread, latency, adverseSelection, inventory, fees].map((part) => figures(part));
    return [String(i + 1), fill.id, time, fill.side, String(fill.qty), String(fill.price), ...money];
  });
  const head = ["fill", "id", "UTC", "side", market.base, "price", "spread", "latency", "adverse", "inventory", "fees"];
  return createTable(`${fills.length} fills; parts in ${market.quote}`, head, rows, { align: "rrllrrrrrrr" });
}
