/**
 * Lines over time, told apart by colour, dashes and a label at their end.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { downsample } from "./downsample.ts";
import { at, figures, MAX_POINTS, type PanelOptions, spreadLabels, timeAxis, valueAxis } from "./figure.ts";

/** One line. Times in microseconds; a hole (undefined) breaks it. */
export interface Line {
  readonly name: string;
  readonly colour: string;
  /** Of `stroke-dasharray`; solid when absent. */
  readonly dash?: string;
  readonly width?: number;
  readonly ts: ArrayLike<number>;
  readonly values: ArrayLike<number | undefined>;
  /** Holds each value until the next. */
  readonly steps?: boolean;
}

/** How to draw lines. */
export interface LinesOptions {
  /** Axis label with its unit. */
  readonly label: string;
  readonly name?: string;
  readonly height?: number;
  /** Write the last value beside the name. */
  readonly showLast?: boolean;
  readonly y?: Plot.ScaleOptions;
  /** Drawn below the lines. */
  readonly below?: Plot.Markish[];
  /** Drawn above the lines. */
  readonly above?: Plot.Markish[];
}

const LABEL_HEIGHT = 15;

/** A panel of lines over time. */
export function linesPanel(lines: readonly Line[], options: LinesOptions): PanelOptions {
  const { label, name, height = 260, showLast = false, y, below = [], above = [] } = options;
  const series = lines.map((line) => {
    const kept = downsample(Array.from(line.values), MAX_POINTS);
    const points = kept.map((i) => ({ t: at(line.ts[i]!), v: line.values[i] ?? NaN }));
    return { line, points, last: points.findLast(({ v }) => !Number.isNaN(v)) };
  });
  const ended = series.filter(({ last }) => last !== undefined);
  const values = series.flatMap(({ points }) => points.map(({ v }) => v)).filter((v) => !Number.isNaN(v));
  const span = range(values);
  const places = spreadLabels(ended.map(({ last }) => last!.v), span * LABEL_HEIGHT / (height - 60));
  const text = ({ line, last }: (typeof ended)[number]) => showLast ? `${line.name} ${figures(last!.v)}` : line.name;
  const widest = Math.max(0, ...ended.map((one) => text(one).length));
  return {
    ...(name ? { name } : {}),
    height,
    marginRight: lines.length > 1 ? 24 + 7 * widest : 24,
    x: timeAxis(lines.flatMap(({ ts }) => ts.length > 0 ? [ts[0]!, ts[ts.length - 1]!] : [])),
    y: valueAxis(label, y),
    marks: [
      ...below,
      ...series.map(({ line, points }) =>
        Plot.lineY(points, {
          x: "t",
          y: "v",
          stroke: line.colour,
          strokeWidth: line.width ?? 1.6,
          strokeDasharray: line.dash,
          curve: line.steps ? "step-after" : "linear",
        })
      ),
      ...above,
      ...(lines.length > 1
        ? ended.map((one, i) =>
          Plot.text([{ t: one.last!.t, v: places[i] }], {
            x: "t",
            y: "v",
            text: () => text(one),
            dx: 8,
            textAnchor: "start",
            fill: one.line.colour,
            fontWeight: 600,
          })
        )
        : []),
    ],
  };
}

function range(values: readonly number[]): number {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high > low ? high - low : 1;
}
