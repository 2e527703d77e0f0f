/**
 * `deno task docs`: writes docs/configuration.md from the table of keys.
 *
 * @module
 */
import { join } from "node:path";
import { keysAsMarkdown } from "../lib/keys.ts";
import { ROOT, run } from "./jupyter.ts";
import { main } from "./steps.ts";

/** The page on configuration. */
export function configurationPage(): string {
  return `# Configuration

<!-- Written by "deno task docs" from lib/keys.ts; do not edit. -->

Every key of \`config.yaml\`. A key left out has its default. A key that is unknown, of the wrong type or out of range is
refused when the configuration is loaded, with every problem on a line of its own:

    config.yaml: quotes.size = -1, must be > 0 (base)
    config.yaml: risk.qmax: unknown key, did you mean q_max?

The environment overrides the file: \`MAKERBOOK_\`, the section, the key, in capitals, as in \`MAKERBOOK_RISK_Q_MAX=0.01\`.
\`.env\` beside config.yaml holds such variables too and counts less than the environment. An unknown \`MAKERBOOK_\` variable is
refused. \`MAKERBOOK_CONFIG\` is the path of another config.yaml.

Secrets come from \`.env\` or the environment only, and every print masks them: \`MAKERBOOK_API_KEY\`,
\`MAKERBOOK_API_SECRET\`, and \`MAKERBOOK_PASSPHRASE\` where the exchange has one.

\`mode: live\` places orders, see [live orders](live.md). In production it needs two consents: \`mode: live\`, and in the shell that runs it
\`MAKERBOOK_LIVE_CONSENT="binance BTC/USDT"\`, which names exchange and symbol and is not read from \`.env\`.

Also checked: \`gamma_min <= gamma <= gamma_max\`, \`vpin_min_buckets <= vpin_buckets\`, \`quotes.size <= risk.q_max\`,
\`risk.hedge_at <= risk.q_max\`; and \`backtest.overrides\` as if its keys stood in their sections.

${keysAsMarkdown()}`;
}

if (import.meta.main) {
  await main(async () => {
    const file = join(ROOT, "docs", "configuration.md");
    await Deno.writeTextFile(file, configurationPage());
    await run(Deno.execPath(), ["fmt", "--quiet", file]);
    console.log("docs/configuration.md written");
  });
}
