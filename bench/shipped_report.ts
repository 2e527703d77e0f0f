/**
 * The full matrix on the shipped recordings, written into docs/backtest.md between its two marks: no figure there is typed by hand.
 *
 * `deno run -A bench/shipped_report.ts`: a minute or so.
 *
 * @module
 */

import { headlineText } from "../lib/headline.ts";
import { type MatrixReport, runMatrix } from "../lib/matrix.ts";
import { figures } from "../lib/plots/figure.ts";
import { openTape } from "../lib/recording.ts";
import { type Config, forBacktest, loadConfig, locate, override } from "../lib/settings.ts";
import { type CellReport, realisedCapture } from "../lib/cell_report.ts";
import { bar } from "../scripts/bar.ts";

const DOC = new URL("../docs/backtest.md", import.meta.url);
const [BEGIN, END] = ["<!-- figures: bench/shipped_report.ts -->", "<!-- end of figures -->"];

const number = (value: number | undefined) => value === undefined ? "–" : figures(value);
const share = (value: number | undefined) => value === undefined ? "–" : `${figures(100 * value)} %`;
const sure = (value: number | undefined, error: number | undefined, scale = 1) =>
  value === undefined
    ? "–"
    : `${figures(scale * value)}${error === undefined ? "" : ` ± ${figures(scale * error, 2)}`}`;

function row(cell: CellReport): string {
  const { model, tier, latency } = cell;
  const realised = realisedCapture(cell)?.capture;
  const { atFill } = cell.capture;
  const { net } = cell.sharpe;
  const cells = [
    ...[model, tier, `× ${latency}`, String(cell.fills), number(cell.pnl.gross), number(cell.pnl.net)],
    sure(net?.annualised, net?.standardError),
    sure(atFill?.fraction, atFill?.standardError, 100),
    sure(realised?.fraction, realised?.standardError, 100),
    share(cell.inventory?.belowCap.share),
    number(cell.maxDrawdown),
    cell.breakEvenMakerFee === undefined ? "–" : `${figures(1e4 * cell.breakEvenMakerFee)} bp`,
    `${share(cell.touchTime?.bid)} / ${share(cell.touchTime?.ask)}`,
  ];
  return `| ${cells.join(" | ")} |`;
}

function causes({ attribution: parts, latency, tier }: CellReport): string {
  const { spread, latency: late, adverseSelection, inventory, fees, net } = parts;
  return `| ${
    [tier, `× ${latency}`, ...[spread, late, adverseSelection, inventory, fees, net].map(number)].join(" | ")
  } |`;
}

function section(title: string, report: MatrixReport): string {
  const [, quote] = report.symbol.split("/");
  const head = (names: string[]) => [`| ${names.join(" | ")} |`, `|${names.map(() => " --- ").join("|")}|`];
  const { model } = report.headline.cell;
  return [
    `### ${title}`,
    "",
    "```",
    headlineText(report.headline),
    "```",
    "",
    ...head([
      ...["model", "fees", "latency", "fills", `gross (${quote})`, `net (${quote})`, "Sharpe net, a year"],
      ...["capture at fill (%)", "realised (%)", "time below cap", "drawdown", "break-even fee", "bid / ask at touch"],
    ]),
    ...report.cells.map(row),
    "",
    `PnL by cause under \`${model}\` (${quote}):`,
    "",
    ...head(["fees", "latency", "spread", "latency cost", "adverse selection", "inventory", "fees paid", "net"]),
    ...report.cells.filter((cell) => cell.model === model).map(causes),
  ].join("\n");
}

const config = await loadConfig();
const runs: [string, string, Config][] = [
  ["Binance BTC/USDT, eleven minutes of 2024-08-08", config.testnet.tape, override(config, { mode: "paper" })],
  ["Gemini ETH/USD, the day 2021-07-01", config.backtest.tape, forBacktest(config)],
];
const sections: string[] = [];
for (const [title, path, settings] of runs) {
  const tape = await openTape(locate(config, path));
  const { report } = await runMatrix(tape, settings, { progress: bar(title) });
  sections.push(section(title, report));
}
const page = await Deno.readTextFile(DOC);
const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
if (from < 0 || to < from) throw new Error(`docs/backtest.md: must have the lines ${BEGIN} and ${END}`);
await Deno.writeTextFile(DOC, `${page.slice(0, from + BEGIN.length)}\n\n${sections.join("\n\n")}\n\n${page.slice(to)}`);
const { success } = await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", DOC.pathname] }).output();
if (!success) throw new Error("docs/backtest.md: cannot be formatted");
