import * as Plot from "@observablehq/plot";
import type { Metrics } from "../metrics.ts";
import { COLOUR, createFigure, emptyFigure, type Figure, figures } from "./figure.ts";

/** What of a run the strip shows. */
export interface BracketRun {
  /** Fill model. */
  readonly model: string;
  readonly metrics: Metrics;
}

/** The three assumptions: what each is called, and its mark. Shape carries the meaning, colour repeats it. */
const ROLES = [
  { model: "through", name: "floor\n(through)", symbol: "triangle", colour: COLOUR.orange },
  { model: "risk_averse", name: "headline\n(queue)", symbol: "circle", colour: COLOUR.ink },
  { model: "touch", name: "ceiling\n(touch)", symbol: "diamond", colour: COLOUR.blue },
] as const;

type Kpi = readonly [name: string, value: (metrics: Metrics) => number | undefined];

/** The headline figures, each on a scale of its own. */
function kpis(base: string, quote: string): readonly Kpi[] {
  const percent = (value: number | undefined) => value === undefined ? undefined : 100 * value;
  const after = ({ capture }: Metrics) => (capture.realised[1] ?? capture.realised[0])?.capture;
  return [
    [`PnL gross (${quote})`, ({ pnl }) => pnl.gross],
    [`PnL net (${quote})`, ({ pnl }) => pnl.net],
    [`spread captured (${quote})`, ({ pnl }) => pnl.spreadCaptured],
    [`inventory PnL (${quote})`, ({ pnl }) => pnl.inventory],
    [`fees (${quote})`, ({ pnl }) => pnl.fees],
    ["fills", ({ fills }) => fills],
    ["fill ratio (% of quantity)", ({ fillRatio }) => percent(fillRatio.byQuantity)],
    [`a fill at once (${quote}/${base})`, ({ capture }) => capture.atFill?.perUnit],
    [`after the markout (${quote}/${base})`, (metrics) => after(metrics)?.perUnit],
    ["break-even maker fee (bp)", ({ breakEvenMakerFee }) => breakEvenMakerFee && 1e4 * breakEvenMakerFee],
    [`largest drawdown (${quote})`, ({ maxDrawdown }) => maxDrawdown],
    [`mean |position| (${base})`, ({ exposure }) => exposure?.meanAbsolute],
    ["Sharpe, net (a year)", ({ sharpe }) => sharpe?.annualised],
  ];
}

/** Every headline figure by fill model, in one strip: what is not known about fills is wider than most improvements of a rule. */
export function bracketPlot(
  runs: readonly BracketRun[],
  { base, quote }: { readonly base: string; readonly quote: string },
): Figure {
  if (runs.length === 0) return emptyFigure("Key figures by fill model", "no run");
  const shown = ROLES.flatMap((role) => {
    const run = runs.find(({ model }) => model === role.model);
    return run ? [{ ...role, metrics: run.metrics }] : [];
  });
  const rows = kpis(base, quote).map(([name, value]) => {
    const values = shown.map(({ metrics }) => value(metrics));
    const known = values.filter((one) => one !== undefined);
    const [low, high] = [Math.min(...known), Math.max(...known)];
    const place = (one: number) => high > low ? (one - low) / (high - low) : 0.5;
    return { name, values, low, high, zero: low < 0 && high > 0 ? place(0) : undefined, place };
  });
  const gross = shown.map(({ metrics }) => metrics.pnl.gross);
  const title = `Gross PnL lies between ${figures(Math.min(...gross))} and ${
    figures(Math.max(...gross))
  } ${quote}, depending on what counts as a fill`;
  const caption =
    "The same market and rule under three assumptions, each row on a scale of its own from the least (left) to the largest (right); | is " +
    "zero. Touch fills as if always first in the queue, through only whom the market traded past, the queue model counts what stood " +
    "ahead. For one order the truth lies between the first and the last; a run's totals need not. More fills are not more money.";
  const place = { y: "name" };
  return createFigure(title, caption, [{
    height: 80 + 24 * rows.length,
    marginTop: 44,
    marginLeft: 205,
    marginRight: 300,
    x: {
      label: "each row from its least to its largest value (no common unit)",
      labelAnchor: "center",
      labelArrow: "none",
      ticks: [],
      domain: [0, 1],
      insetLeft: 10,
      insetRight: 10,
    },
    y: {
      type: "point",
      label: "key figure (unit)",
      labelArrow: "none",
      labelAnchor: "top",
      domain: rows.map(({ name }) => name),
    } as Plot.ScaleOptions,
    marks: [
      Plot.ruleY(rows, { ...place, x1: 0, x2: 1, stroke: "currentColor", strokeOpacity: 0.25 }),
      Plot.text(rows.filter(({ zero }) => zero !== undefined), {
        ...place,
        x: "zero",
        text: () => "|",
        fill: "currentColor",
      }),
      ...shown.flatMap(({ name, symbol, colour }, i) => [
        Plot.dot(rows.filter(({ values }) => values[i] !== undefined), {
          ...place,
          x: (row: (typeof rows)[number]) => row.place(row.values[i]!),
          symbol,
          r: 5,
          stroke: colour,
          strokeWidth: 2,
          fill: i === 1 ? colour : "none",
        }),
        Plot.text(rows, {
          ...place,
          frameAnchor: "right",
          dx: 98 + 98 * i,
          textAnchor: "end",
          fontWeight: i === 1 ? 600 : 400,
          fill: "currentColor",
          text: (row: (typeof rows)[number]) => row.values[i] === undefined ? "–" : figures(row.values[i]!),
        }),
        Plot.text([name], {
          frameAnchor: "top-right",
          dx: 98 + 98 * i,
          dy: -38,
          lineAnchor: "top",
          textAnchor: "end",
          fontWeight: 600,
          fill: "currentColor",
          text: (text: string) => `${MARK[symbol]} ${text}`,
        }),
      ]),
    ],
  }]);
}

const MARK = { triangle: "△", circle: "●", diamond: "◇" } as const;
