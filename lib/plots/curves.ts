/**
 * Curves of one number over another, told apart by colour, dashes, the shape of their points and a label at their end.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { COLOUR, createFigure, type Figure, type PanelOptions, spreadLabels, valueAxis } from "./figure.ts";

/** A point, with an interval where one is known. */
export interface CurvePoint {
  readonly x: number;
  readonly y: number;
  readonly low?: number;
  readonly high?: number;
}

/** One curve. */
export interface Curve {
  readonly name: string;
  readonly points: readonly CurvePoint[];
  /** Without dots: a formula rather than measurements. */
  readonly isPlain?: boolean;
}

/** An axis: what it is, and the unit. */
export interface CurveAxis {
  readonly label: string;
  readonly isLog?: boolean;
  /** Ticks to label; Plot's choice where absent. */
  readonly ticks?: readonly number[];
  readonly domain?: readonly [number, number];
}

/** A straight line across the panel, with its name: a yardstick, a break-even. */
export interface CurveRule {
  readonly at: number;
  readonly name: string;
}

/** How to draw curves. */
export interface CurvesOptions {
  readonly x: CurveAxis;
  readonly y: CurveAxis;
  /** Of the panel, where a figure has several. */
  readonly name?: string;
  readonly height?: number;
  /** Intervals as bars at each point rather than as a band: for few points. */
  readonly bars?: boolean;
  /** Horizontal and vertical yardsticks. */
  readonly across?: readonly CurveRule[];
  readonly upright?: readonly CurveRule[];
}

const STYLES = [
  { colour: COLOUR.blue, dash: undefined, symbol: "circle" },
  { colour: COLOUR.orange, dash: "7 3", symbol: "diamond" },
  { colour: COLOUR.green, dash: "2 3", symbol: "triangle" },
  { colour: COLOUR.pink, dash: "9 3 2 3", symbol: "square" },
  { colour: COLOUR.ink, dash: "4 2", symbol: "cross" },
] as const;
const LABEL_HEIGHT = 15;

/** A panel of curves, at most five. */
export function curvesPanel(curves: readonly Curve[], options: CurvesOptions): PanelOptions {
  const { x, y, name, height = 280, bars = false, across = [], upright = [] } = options;
  if (curves.length > STYLES.length) throw new RangeError(`curvesPanel: ${curves.length} curves, must be <= 5`);
  const series = curves.map((curve, i) => ({ ...curve, ...STYLES[i]!, last: curve.points.at(-1) }));
  const ended = series.filter(({ last }) => last !== undefined);
  const seen = y.domain ??
    series.flatMap(({ points }) => points.flatMap((p) => [p.y, p.low ?? p.y, p.high ?? p.y])).concat(
      across.map(({ at }) => at),
    );
  const scale = (value: number) => y.isLog ? Math.log(value) : value;
  const span = Math.max(...seen.map(scale)) - Math.min(...seen.map(scale)) || 1;
  const places = spreadLabels(ended.map(({ last }) => scale(last!.y)), span * LABEL_HEIGHT / (height - 70));
  const widest = curves.length > 1 ? Math.max(0, ...ended.map((one) => one.name.length)) : 0;
  const hasInterval = (point: CurvePoint) => point.low !== undefined && point.high !== undefined;
  return {
    ...(name ? { name } : {}),
    height,
    marginTop: 26,
    marginRight: 24 + 7 * widest,
    x: axis(x, { inset: bars ? 8 : 0 }),
    y: axis(y, { grid: true, inset: 6 }),
    marks: [
      ...ticksOf(Plot.axisX, x),
      ...ticksOf(Plot.axisY, y),
      ...across.map(({ at }) => Plot.ruleY([at], { stroke: "currentColor", strokeOpacity: 0.6 })),
      ...across.filter((rule) => rule.name !== "").map((rule) =>
        Plot.text([rule], {
          y: "at",
          text: "name",
          frameAnchor: "left",
          textAnchor: "start",
          dx: 6,
          dy: -8,
          fill: "currentColor",
        })
      ),
      ...upright.map(({ at }) =>
        Plot.ruleX([at], { stroke: "currentColor", strokeOpacity: 0.6, strokeDasharray: "6 4" })
      ),
      Plot.text(upright as CurveRule[], { x: "at", text: "name", frameAnchor: "top", dy: -14, fill: "currentColor" }),
      ...series.flatMap(({ points, colour, dash, symbol, isPlain }) => [
        bars
          ? Plot.ruleX(points.filter(hasInterval), {
            x: "x",
            y1: "low",
            y2: "high",
            stroke: colour,
            strokeWidth: 2,
            strokeOpacity: 0.6,
          })
          : Plot.areaY(points.filter(hasInterval), { x: "x", y1: "low", y2: "high", fill: colour, fillOpacity: 0.16 }),
        Plot.line(points, { x: "x", y: "y", stroke: colour, strokeWidth: 1.8, strokeDasharray: dash }),
        ...(isPlain ? [] : [Plot.dot(points, { x: "x", y: "y", fill: colour, symbol, r: 3.5 })]),
      ]),
      ...(curves.length > 1
        ? ended.map((one, i) =>
          Plot.text([{ x: one.last!.x, y: y.isLog ? Math.exp(places[i]!) : places[i]! }], {
            x: "x",
            y: "y",
            text: () => one.name,
            dx: 10,
            textAnchor: "start",
            fill: one.colour,
            fontWeight: 600,
          })
        )
        : []),
    ],
  };
}

/** A figure of one panel of curves. @param caption what to see, and what it means */
export function curvesPlot(title: string, caption: string, curves: readonly Curve[], options: CurvesOptions): Figure {
  return createFigure(title, caption, [curvesPanel(curves, options)]);
}

function axis({ label, isLog, domain }: CurveAxis, more: Plot.ScaleOptions): Plot.ScaleOptions {
  return valueAxis(label, {
    grid: false,
    ...more,
    ...(isLog ? { type: "log" } : {}),
    ...(domain ? { domain: domain as unknown as number[] } : {}),
  });
}

/** Ticks that were asked for: a logarithmic scale would leave out the labels of some. */
function ticksOf(axis: typeof Plot.axisX, { label, ticks }: CurveAxis): Plot.Markish[] {
  if (!ticks) return [];
  const text = (tick: number) => String(tick).replace("-", "−");
  return [axis(ticks, { text, label, labelAnchor: "center", labelArrow: "none" })];
}
