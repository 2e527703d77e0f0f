import { assert, assertAlmostEquals, assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { downsample } from "../lib/plots/downsample.ts";
import { COLOUR, type Figure, figures, MAX_POINTS, spreadLabels } from "../lib/plots/figure.ts";
import {
  bracketPlot,
  busiestSpan,
  capturePlot,
  curvesPlot,
  distributionsPlot,
  grossPlot,
  inventoryPlot,
  modelPlot,
  netPlot,
  pricePlot,
  quotesPlot,
  sharpePlot,
  sigmaPlot,
  tauPlot,
} from "../lib/plotting.ts";
import type { LedgerPath } from "../lib/ledger.ts";
import type { Fill, Quote, Side, Trade } from "../lib/types.ts";

const START = Date.UTC(2024, 7, 8, 23, 55) * 1000;
const MINUTE = 60e6;
const MONEY = { base: "BTC", quote: "USDT" };

function pathOf(equity: number[], fees: number[] = equity.map(() => 0)): Pick<LedgerPath, "curve" | "final" | "endTs"> {
  const column = (values: number[]) => Float64Array.from(values);
  const zeros = column(equity.map(() => 0));
  const curve = {
    ts: column(equity.map((_, i) => START + i * MINUTE)),
    equity: column(equity),
    cash: zeros,
    position: zeros,
    mid: zeros,
    spreadCaptured: column(equity.map((value, i) => (value + fees[i]!) / 2)),
    inventoryPnl: column(equity.map((value, i) => (value + fees[i]!) / 2)),
    fees: column(fees),
  };
  return { curve, final: undefined, endTs: START + (equity.length - 1) * MINUTE };
}

const quoteAt = (i: number, more: Partial<Quote> = {}): Quote => ({
  type: "quote",
  id: i + 1,
  localTs: START + i * 1e6,
  mid: 60_000 + i,
  inventory: 0,
  bidQty: 0.001,
  askQty: 0.001,
  bid: 59_999 + i,
  ask: 60_001 + i,
  sigma: 1e-4,
  tau: 0.5,
  tauFloor: 0.3,
  bound: "none",
  ...more,
});

const fillAt = (i: number, side: Side): Fill => ({
  type: "fill",
  id: String(i),
  orderId: String(i),
  side,
  priceTicks: 6_000_000,
  lots: 100,
  price: 60_000,
  qty: 0.001,
  liquidity: "maker",
  fee: 0.06,
  feeCurrency: "USDT",
  exchTs: START + i * 1e6,
  localTs: START + i * 1e6,
  mid: 60_000.5,
  spread: 0.01,
  quoteId: 1,
});

/** Every figure of the notebook from one set of records. */
function all(equity: number[], quotes: Quote[], fills: Fill[], trades: Trade[]): Figure[] {
  const path = pathOf(equity);
  return [
    grossPlot(path, MONEY),
    netPlot(path, MONEY),
    inventoryPlot(undefined, { qMax: 0.02, base: "BTC" }),
    sharpePlot(path.curve, { window: 3, periodSeconds: 60 }),
    quotesPlot(quotes, fills, MONEY),
    quotesPlot(quotes, fills, { ...MONEY, span: busiestSpan(fills, 60) }),
    sigmaPlot(quotes),
    tauPlot(quotes),
    pricePlot(trades, MONEY),
    capturePlot({ atFill: undefined, net: undefined, realised: [] }, MONEY),
    bracketPlot([], MONEY),
  ];
}

Deno.test("without records every figure says what is missing, and none is broken", () => {
  for (const { html, caption, svgs } of all([], [], [], [])) {
    assertMatch(caption, /^Nothing to draw: /);
    assertEquals(svgs, []);
    assert(!/NaN|undefined|Infinity/.test(html), html);
  }
});

Deno.test("one record, and records of unknown values, make no broken figure", () => {
  const trade: Trade = {
    type: "trade",
    symbol: "BTC/USDT",
    id: "1",
    side: "buy",
    price: 1,
    qty: 1,
    exchTs: START,
    localTs: START,
  };
  const unknown = { sigma: undefined, tau: undefined, tauFloor: undefined, bid: undefined, ask: undefined };
  const cases = [
    all([1], [quoteAt(0)], [fillAt(0, "buy")], [trade]),
    all([1, 1, 1, 1, 1], [quoteAt(0, unknown), quoteAt(1), quoteAt(2, unknown)], [fillAt(0, "sell")], [trade]),
  ];
  for (const { html } of cases.flat()) assert(!/NaN|undefined|Infinity/.test(html), html);
});

Deno.test("a figure of three points is drawn to the hundredth of a pixel, as here", () => {
  const [svg] = grossPlot(pathOf([0, 1, 3]), MONEY).svgs;
  const paths = [...svg!.matchAll(/<path [^>]*d="(M[^"]*L[^"]*)"/g)].map(([, d]) => d!).filter((d) =>
    d.split(/[ML]/).length === 4
  );
  // Spread and inventory are half of gross each, so that both lines are one.
  assertEquals(paths, [
    "M76,222L380.5,188.33L685,121",
    "M76,222L380.5,188.33L685,121",
    "M76,222L380.5,154.67L685,20",
  ]);
});

Deno.test("the axes name their quantity and unit, and time is UTC with its day", () => {
  const { html } = grossPlot(pathOf([0, 1, 3]), MONEY);
  assertMatch(html, />PnL \(USDT\)</);
  assertMatch(html, />time \(UTC, 2024-08-08\)</);
  assertMatch(html, />23:56:00</);
});

Deno.test("titles state the result: parts that add up to the whole", () => {
  assertEquals(
    grossPlot(pathOf([0, -1, -3], [0, 2, 7]), MONEY).title,
    "Before fees, 4 USDT: the spread gave 2, the inventory 2",
  );
  assertEquals(netPlot(pathOf([0, -1, -3], [0, 2, 7]), MONEY).title, "After fees, −3 USDT: gross 4, fees −7");
});

Deno.test("money is drawn up to the end of the run, not to its last whole minute", () => {
  const path = pathOf([0, 1, 3]);
  const final = { equity: 5, cash: 0, position: 0, mid: 0, spreadCaptured: 2, inventoryPnl: 3, fees: 0 };
  assertMatch(netPlot({ ...path, final, endTs: START + 2.5 * MINUTE }, MONEY).title, /^After fees, 5 USDT/);
});

Deno.test("fills are told apart by shape, up bought and down sold, and not by colour alone", () => {
  const { html } = quotesPlot([quoteAt(0), quoteAt(9)], [fillAt(2, "buy"), fillAt(4, "sell")], MONEY);
  assertEquals(html.match(/rotate\(180\)/g)?.length, 1);
  assert(html.includes(COLOUR.blue) && html.includes(COLOUR.orange));
});

Deno.test("lines are told apart by dashes and by a label at their end", () => {
  const { html } = tauPlot([quoteAt(0), quoteAt(1), quoteAt(2)]);
  assertMatch(html, /stroke-dasharray="6 4"/);
  assertMatch(html, />random flow</);
});

Deno.test("the busiest span is the stretch with most fills, centred on them", () => {
  const fills = [0, 100, 101, 102, 300].map((second) => fillAt(second, "buy"));
  assertEquals(busiestSpan(fills, 10), [START + 96e6, START + 106e6]);
  assertEquals(busiestSpan([], 10), undefined);
});

Deno.test("the model leans both quotes down where the inventory is long", () => {
  const { title, html } = modelPlot({ k: 2, tau: 0.5, kappa: 17, qMax: 0.02, base: "BTC", quote: "USDT" });
  assertEquals(title, "The quotes stand 1 USDT off the mid, and lean by up to 0.34 against the inventory");
  assert(!html.includes("NaN"));
});

Deno.test("every colour has a contrast of 3:1 or more on white and on near-black", () => {
  for (const colour of Object.values(COLOUR)) {
    if (colour === "currentColor") continue;
    assert(contrast(colour, "#ffffff") >= 3, `${colour} on white: ${contrast(colour, "#ffffff")}`);
    assert(contrast(colour, "#111111") >= 3, `${colour} on near-black: ${contrast(colour, "#111111")}`);
  }
});

Deno.test("a figure paints no background and takes its text's colour from the page", () => {
  const { html } = grossPlot(pathOf([0, 1, 3]), MONEY);
  assertMatch(html, /fill="currentColor"/);
  assert(!/white(?!-space)|background:(?! ?transparent)/.test(html));
});

Deno.test("a hundred thousand quotes are drawn with no more than 5,000 points a line", () => {
  const quotes = Array.from({ length: 100_000 }, (_, i) => quoteAt(i, { sigma: 1e-4 * (2 + Math.sin(i)) }));
  const { html } = sigmaPlot(quotes);
  // A line in steps has two segments a point.
  const longest = Math.max(...[...html.matchAll(/ d="([^"]*)"/g)].map(([, d]) => d!.split(/[MLHV]/).length - 1));
  assert(longest > MAX_POINTS / 2 && longest <= 2 * MAX_POINTS + 1, `${longest} segments`);
});

Deno.test("downsample() keeps order, both ends, both extremes and the limit", () => {
  fc.assert(fc.property(
    fc.array(fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: undefined, freq: 9 }), {
      maxLength: 400,
    }),
    fc.integer({ min: 5, max: 100 }),
    (values, limit) => {
      const kept = downsample(values, limit);
      assert(kept.length <= limit);
      assert(kept.every((index, i) => i === 0 || index > kept[i - 1]!));
      if (values.length === 0) return;
      assertEquals([kept[0], kept.at(-1)], [0, values.length - 1]);
      const known = values.filter((value) => value !== undefined);
      const shown = kept.map((i) => values[i]).filter((value) => value !== undefined);
      if (known.length > 0) {
        assertEquals(Math.max(...shown), Math.max(...known));
        assertEquals(Math.min(...shown), Math.min(...known));
      }
    },
  ));
  assertThrows(() => downsample([], 4), RangeError, "limit = 4");
});

Deno.test("labels of lines keep their order and their distance", () => {
  fc.assert(fc.property(
    fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { maxLength: 8 }),
    fc.double({ min: 0.1, max: 10, noNaN: true }),
    (values, gap) => {
      const placed = spreadLabels(values, gap);
      const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
      for (let i = 1; i < order.length; i++) assert(placed[order[i]!]! - placed[order[i - 1]!]! >= gap - 1e-9);
    },
  ));
  assertEquals(spreadLabels([1, 9], 2), [1, 9]);
});

Deno.test("numbers in titles have three significant digits, a true minus sign and thousands apart", () => {
  assertEquals([-0.12345, 0, 1234.6, 12.34, -98765].map((value) => figures(value)), [
    "−0.123",
    "0",
    "1,235",
    "12.3",
    "−98,765",
  ]);
});

Deno.test("the rolling Sharpe ratio says in how many windows it is told from zero", () => {
  const steady = pathOf(Array.from({ length: 20 }, (_, i) => i + (i % 2) / 100));
  assertMatch(
    sharpePlot(steady.curve, { window: 5, periodSeconds: 60 }).title,
    /told from zero in 15 of 15 windows before fees, in 15 of 15 windows after$/,
  );
});

/** WCAG contrast of two opaque colours. */
function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function luminance(hex: string): number {
  const channels = [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * channels[0]! + 0.7152 * channels[1]! + 0.0722 * channels[2]!;
}

Deno.test("luminance of white is 1 and of black 0", () => {
  assertAlmostEquals(luminance("#ffffff"), 1, 1e-12);
  assertAlmostEquals(luminance("#000000"), 0, 1e-12);
});

Deno.test("curvesPlot() labels every curve and refuses a sixth; distributionsPlot() refuses an empty sample", () => {
  const curve = (name: string, y: number) => ({
    name,
    points: [{ x: 1, y, low: y - 1, high: y + 1 }, { x: 10, y: y + 1 }],
  });
  const axes = { x: { label: "interval (s)", isLog: true }, y: { label: "volatility (%)" } };
  const across = [{ at: 3, name: "yardstick" }];
  const { html } = curvesPlot("Two curves that cross", "Where they cross.", [curve("one", 2), curve("two", 4)], {
    ...axes,
    across,
  });
  for (const label of ["one", "two", "yardstick", "interval (s)", "volatility (%)"]) {
    assert(html.includes(`>${label}<`), label);
  }
  assert(!html.includes("NaN"));
  assertThrows(() => curvesPlot("", "", Array.from("123456", (name) => curve(name, 1)), axes), RangeError, "6 curves");
  const options = { title: "Where the paths end", caption: "Wider is riskier.", label: "profit (money)" };
  const drawn = distributionsPlot([{ name: "a", values: [1, 2, 2, 3] }, { name: "b", values: [2] }], options);
  assertMatch(drawn.html, /── a[^]*╌╌ b/);
  assertThrows(() => distributionsPlot([{ name: "a", values: [] }], options), RangeError, "sample a is empty");
});
