import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { join } from "node:path";
import { configTable } from "../lib/config_table.ts";
import { createDisplay, createProgress, isKernel } from "../lib/display.ts";
import { createFigure } from "../lib/plots/figure.ts";
import { caveats, kpis, kpiTable, kpiText, writeKpis } from "../lib/kpis.ts";
import { livePanel } from "../lib/live_panel.ts";
import { progressLine } from "../lib/progress.ts";
import { createRate } from "../lib/rate.ts";
import { createCountdown } from "../lib/warm_up.ts";
import { liveLine, liveTable } from "../lib/live_table.ts";
import { calcMetrics, type Metrics } from "../lib/metrics.ts";
import { createLedger } from "../lib/ledger.ts";
import { validate } from "../lib/schema.ts";
import { Secret } from "../lib/secrets.ts";
import type { SessionSnapshot } from "../lib/session.ts";
import { createTable } from "../lib/table.ts";
import type { Market } from "../lib/types.ts";

const CONFIG = validate({});
const MARKET: Market = { symbol: "BTC/USDT", base: "BTC", quote: "USDT", rules: { tickSize: 0.01, lotSize: 0.00001 } };

/** A run in which nothing happened but three mids. */
function quietRun(model: string) {
  const ledger = createLedger({ tickSize: 0.01, lotSize: 0.00001, base: "BTC" });
  for (let i = 0; i <= 3; i++) {
    ledger.mid(6_000_000 + i, i * 60e6);
    ledger.mark(i * 60e6);
  }
  return { model, symbol: "BTC/USDT", metrics: calcMetrics([], ledger.path(), { config: CONFIG }), fillsHash: "0" };
}

async function printed(work: () => Promise<void>): Promise<string[]> {
  const { log } = console;
  const lines: string[] = [];
  console.log = (line: string) => void lines.push(line);
  try {
    await work();
  } finally {
    console.log = log;
  }
  return lines;
}

Deno.test("outside a kernel a figure is its title and sentence, and an SVG file", async () => {
  const folder = await Deno.makeTempDir();
  try {
    assert(!isKernel());
    const view = createDisplay({ figures: join(folder, "figures") });
    const figure = createFigure("Nothing moved today", "A flat line is a flat line.", [{ marks: [] }]);
    const lines = await printed(() => view.show(figure, createTable("T", ["a", "b"], [["x", "1"]]), "**text**"));
    assertMatch(lines[0]!, /^\[figure\] Nothing moved today\n +A flat line/);
    assertMatch(lines[1]!, /^T\n/);
    assertEquals(lines[2], "**text**");
    const svg = await Deno.readTextFile(join(folder, "figures", "01-nothing-moved-today.svg"));
    assertMatch(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" /);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a table aligns its first column left and the others right, and refuses a row of another length", () => {
  const { text, html } = createTable("T", ["name", "value"], [["a", "1"], ["group"], ["long", "10"]]);
  assertEquals(text, "T\n-----------\nname  value\n-----------\na         1\n[group]\nlong     10\n-----------");
  assertMatch(html, /<th colspan="2"[^>]*>group<\/th>/);
  assertThrows(() => createTable("T", ["a", "b", "c"], [["1", "2"]]), RangeError, 'table "T": row 0 has 2 cells');
  assertMatch(createTable("T", ["a"], [["<&>"]]).html, /&lt;&amp;&gt;/);
});

Deno.test("the table of parameters masks secrets", () => {
  const key = "k".repeat(20) + "tail1234567890";
  const { html, text } = configTable({ ...CONFIG, secrets: { apiKey: new Secret(key) } });
  assert(!html.includes(key) && !text.includes(key));
  assertMatch(text, /MAKERBOOK_API_KEY +kkkk…7890/);
  assertMatch(text, /risk\.q_max/);
});

Deno.test("a run without fills has a table in which what is unknown is a dash", () => {
  const runs = [quietRun("through"), quietRun("touch")];
  const text = kpiText(runs, CONFIG);
  assertEquals(text, kpiTable(runs, CONFIG).text);
  assertMatch(text, /PnL gross \(USDT\) +0\.0000 +0\.0000/);
  assertMatch(text, /PnL net \(USDT\) +0\.0000 +0\.0000/);
  assertMatch(text, /identity error +0 +0/);
  assertMatch(text, /net +– +–/);
  assert(!/NaN|undefined|Infinity/.test(text), text);
  assert(!/NaN|undefined/.test(JSON.stringify(kpis(runs))));
  assertEquals(caveats(runs), "In 3 market minutes nothing was filled: there is nothing to judge.");
  assertEquals(kpis([]), []);
});

Deno.test("the caveats blame fees for the sign of the Sharpe ratio only where fees are most of the loss", () => {
  const said = (pnl: { gross: number; fees: number }, interval: readonly [number, number]) => {
    const run = quietRun("touch");
    const { gross, fees } = pnl;
    const sharpe = { annualised: 1, standardError: 569, interval } as unknown as Metrics["sharpe"];
    const metrics = {
      ...{ ...run.metrics, fills: 9, breakEvenMakerFee: gross / 1e4, sharpe },
      pnl: { ...run.metrics.pnl, gross, fees, net: gross - fees },
    };
    return caveats([{ ...run, metrics }]);
  };
  assertMatch(
    said({ gross: -2, fees: 15 }, [-900, -10]),
    /because fees are paid for sure.* lost 2, then fees took 15; break-even is a rebate of 2 bp\.$/,
  );
  for (const pnl of [{ gross: -2, fees: 0 }, { gross: -20, fees: 1 }]) {
    assertMatch(
      said(pnl, [-900, -10]),
      /^Over these 3 market minutes the net Sharpe ratio is below zero at 95 %: the st/,
    );
  }
  assertMatch(said({ gross: -2, fees: 0 }, [-900, -10]), /lost 2, then there were no fees; break-even/);
  assertMatch(said({ gross: 2, fees: 1 }, [10, 900]), /ratio is above zero at 95 %.* earned 2, then fees took 1;/);
  assertMatch(said({ gross: 2, fees: -1 }, [-10, 900]), /cannot tell this Sharpe ratio from zero.* rebates gave 1;/);
});

Deno.test("the key figures name gross, net, identity, Sharpe with its interval, capture, CVaR, fill ratio and the histogram", () => {
  const labels = [
    "PnL gross",
    "PnL net",
    "identity error",
    "net, 95 % interval",
    "mean at the fill",
    "CVaR 95 % of |Q|",
    "fill ratio",
    "histogram",
    "break-even maker fee",
  ];
  const text = kpiText([quietRun("risk_averse")], CONFIG);
  for (const label of labels) assert(text.includes(label), label);
});

Deno.test("writeKpis() writes text for people and JSON for machines", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await writeKpis(join(folder, "out"), "table\n\n", { a: [1, null] });
    assertEquals(await Deno.readTextFile(join(folder, "out", "kpis.txt")), "table\n");
    assertEquals(JSON.parse(await Deno.readTextFile(join(folder, "out", "kpis.json"))), { a: [1, null] });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const SNAPSHOT: SessionSnapshot = {
  state: "warming",
  now: undefined,
  elapsed: 0,
  duration: 600,
  quote: undefined,
  bestBid: undefined,
  bestAsk: undefined,
  position: 0,
  equity: undefined,
  pnl: undefined,
  kError: undefined,
  ladder: { bids: [], asks: [] },
  working: { bid: undefined, ask: undefined },
  warmUp: { sigma: 1, tau: 0.5, k: 0.25, ready: false },
  fills: 0,
  counts: {
    sent: 0,
    accepted: 0,
    rejected: 0,
    cancelled: 0,
    filled: 0,
    touched: 0,
    lotsSent: 0,
    lotsAccepted: 0,
    lotsFilled: 0,
  },
  recorded: { snapshots: 0, depth: 0, trades: 0, backfilled: 0, recovered: 0, gaps: 0 },
  health: {
    state: "starting",
    lastMessageTs: {},
    messages: { book: 0, trades: 0 },
    gaps: 0,
    reconnects: 0,
    ignored: 0,
    duplicates: 0,
    recovered: 0,
    unrecovered: 0,
  },
  risk: [],
};

Deno.test("the panel shows a session that knows nothing yet, and how far the warm-up is", () => {
  const { text } = liveTable(SNAPSHOT, { market: MARKET, config: CONFIG, now: 0 });
  assertMatch(text, /warming up, 25 %/);
  assertMatch(text, /warm-up τ +50 %/);
  assert(!/NaN|undefined|Infinity/.test(text), text);
  assert(!/NaN|undefined/.test(liveLine(SNAPSHOT, MARKET)));
});

Deno.test("the panel as HTML shows the book with our orders in their place, and lets no text of the venue become markup", () => {
  const ladder = { bids: [[100, 1], [99, 2]], asks: [[101, 3]] } as const;
  const risk = [{ localTs: 0, event: "gap" as const, reason: '<img src=x onerror="a()">', wallMs: 0 }];
  const snapshot = { ...SNAPSHOT, ladder, working: { bid: [99.5, 0.001], ask: undefined } as const, risk };
  const { html } = livePanel(snapshot, {
    market: { ...MARKET, symbol: "<b>&\"'" },
    config: CONFIG,
    now: 0,
    rate: 12.34,
    countdown: 41.2,
  });
  assert(!html.includes("<img") && !html.includes("<b>&"), html);
  assertMatch(html, /aria-label="&lt;b&gt;&amp;&quot;&#39;: session"/);
  assertMatch(html, /101\.00.*100\.500.*100\.00.*99\.50.*◀ 0\.001.*99\.00.*spread of the market: 1\.00/);
  assertMatch(html, /about 42 market seconds left/);
  assertMatch(html, /<b>12<\/b> messages\/s/);
  assert(!/NaN|undefined|Infinity/.test(html), html);
});

Deno.test("the countdown follows the slowest estimator at its pace so far", () => {
  const countdown = createCountdown();
  assertEquals(countdown(0, { sigma: 1, tau: 0.5, k: 0, ready: false }), undefined);
  assertEquals(countdown(10, { sigma: 1, tau: 0.75, k: 0.1, ready: false }), 90);
  assertEquals(countdown(100, { sigma: 1, tau: 1, k: 1, ready: true }), 0);
});

Deno.test("the rate is that of the last few seconds", () => {
  const rate = createRate(5000);
  assertEquals(rate(0, 0), undefined);
  assertEquals(rate(1000, 100), 100);
  for (let s = 2; s <= 10; s++) rate(1000 * s, 100);
  assertEquals(rate(11_000, 150), 10);
});

Deno.test("the panel shows position against the cap, prices to the tick, and the last transition", () => {
  const now = Date.UTC(2024, 7, 8, 23, 59) * 1000;
  const risk = [{ localTs: now, event: "gap" as const, reason: "stale: no message for 2.5 s", wallMs: 0 }];
  const snapshot = { ...SNAPSHOT, state: "out" as const, now, elapsed: 60, bestBid: 61_000.1, position: -0.02, risk };
  const { text } = liveTable(snapshot, { market: MARKET, config: CONFIG, now: 0 });
  assertMatch(text, /61,000\.10/);
  assertMatch(text, /●····\|·····/);
  assertMatch(text, /23:59:00, 60 of 600 s/);
  assertMatch(text, /23:59:00 gap: stale: no message for 2\.5 s/);
});

Deno.test("progress reaches whoever watches from outside, a line a percent, and what an earlier process left is gone", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/progress.jsonl`;
    await Deno.writeTextFile(file, '{"step":"of yesterday"}\n');
    const [first, second] = [createProgress("back-fill", { file }), createProgress("sweep", { file })];
    for (const done of [0, 0.5, 0.501]) first(done);
    second(0.25);
    const lines = (await Deno.readTextFile(file)).trimEnd().split("\n").map((line) => progressLine(JSON.parse(line)));
    assertEquals(lines, ["back-fill: 0 %", "back-fill: 50 %", "sweep: 25 %"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
