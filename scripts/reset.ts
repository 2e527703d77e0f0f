/**
 * `deno task reset`: shows why the kill switch has latched, and lets live trading go on when a person says so.
 *
 * @module
 */
import { openMemory } from "../lib/live_memory.ts";
import { loadConfig, locate } from "../lib/settings.ts";
import { help, readOptions } from "./options.ts";
import { main } from "./steps.ts";

const OPTIONS = {
  yes: { about: "reset it; without, only show why it latched" },
  help: { about: "show this" },
};

if (import.meta.main) {
  await main(async () => {
    const options = readOptions(Deno.args, OPTIONS);
    if (options.has("help")) {
      console.log(
        help("deno task reset [--yes]", "The kill switch of mode: live, for the market of config.yaml.", OPTIONS),
      );
      return;
    }
    const config = await loadConfig();
    const memory = openMemory(locate(config, config.paths.data), config.exchange);
    const { id, environment, symbol } = config.exchange;
    const latch = await memory.latch();
    if (latch === undefined) return console.log(`${id} ${symbol} (${environment}): the kill switch has not latched`);
    const when = new Date(latch.at).toISOString();
    console.log(`${id} ${symbol} (${environment}): latched at ${when} by run ${latch.run}: ${latch.reason}`);
    if (!options.has("yes")) return console.log("To let trading go on: deno task reset --yes");
    await memory.clearLatch();
    console.log("reset");
  });
}
