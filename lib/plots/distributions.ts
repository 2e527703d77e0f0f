/**
 * Distributions of the same quantity over each other, as outlines of histograms.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { COLOUR, createFigure, type Figure, valueAxis } from "./figure.ts";

/** One sample. */
export interface Sample {
  readonly name: string;
  readonly values: ArrayLike<number>;
}

/** How to draw samples. */
export interface DistributionsOptions {
  readonly title: string;
  readonly caption: string;
  /** What was measured, with its unit. */
  readonly label: string;
  /** Bins over the range of all samples; 40 when absent. */
  readonly bins?: number;
  /** Values are whole numbers: one bin each. */
  readonly isWhole?: boolean;
  /** A value to mark, such as zero or what was observed. */
  readonly mark?: { readonly at: number; readonly name: string };
}

const STYLES = [
  { colour: COLOUR.blue, dash: undefined, line: "──" },
  { colour: COLOUR.orange, dash: "7 3", line: "╌╌" },
  { colour: COLOUR.green, dash: "2 3", line: "┈┈" },
] as const;

/** Histograms of up to three samples, in per cent of each sample. @throws {RangeError} for an empty sample */
export function distributionsPlot(samples: readonly Sample[], options: DistributionsOptions): Figure {
  const { title, caption, label, bins = 40, isWhole = false, mark } = options;
  if (samples.length > STYLES.length) {
    throw new RangeError(`distributionsPlot: ${samples.length} samples, must be <= 3`);
  }
  let low = mark?.at ?? Infinity, high = mark?.at ?? -Infinity;
  for (const { name, values } of samples) {
    if (values.length === 0) throw new RangeError(`distributionsPlot: sample ${name} is empty`);
    for (let i = 0; i < values.length; i++) {
      low = Math.min(low, values[i]!);
      high = Math.max(high, values[i]!);
    }
  }
  const width = isWhole ? 1 : (high - low || 1) / bins;
  const start = isWhole ? Math.floor(low) - 0.5 : low;
  const count = isWhole ? Math.floor(high) - Math.floor(low) + 1 : bins;
  const outlines = samples.map(({ name, values }, i) => {
    const shares = new Float64Array(count);
    for (let j = 0; j < values.length; j++) {
      shares[Math.min(count - 1, Math.floor((values[j]! - start) / width))]! += 100 / values.length;
    }
    // A step before and after closes the outline at zero.
    const steps = [{ x: start - width, y: 0 }, ...Array.from(shares, (y, at) => ({ x: start + at * width, y }))];
    return { name, ...STYLES[i]!, steps: [...steps, { x: start + count * width, y: 0 }], peak: Math.max(...shares) };
  });
  const top = Math.max(...outlines.map(({ peak }) => peak));
  // Away from the mark.
  const isLeft = mark !== undefined && mark.at > (low + high) / 2;
  const panel = {
    height: 260,
    marginTop: 24,
    x: valueAxis(label, { grid: false }),
    y: valueAxis("share of the sample (%)", { domain: [0, top * 1.12] }),
    marks: [
      Plot.ruleY([0], { stroke: "currentColor" }),
      ...outlines.flatMap(({ steps, colour, dash }) => [
        Plot.areaY(steps, { x: "x", y: "y", curve: "step-after", fill: colour, fillOpacity: 0.12 }),
        Plot.lineY(steps, {
          x: "x",
          y: "y",
          curve: "step-after",
          stroke: colour,
          strokeWidth: 1.8,
          strokeDasharray: dash,
        }),
      ]),
      ...outlines.map(({ name, colour, line }, i) =>
        Plot.text([`${line} ${name}`], {
          text: (label: string) => label,
          frameAnchor: isLeft ? "top-left" : "top-right",
          dx: isLeft ? 8 : 0,
          dy: 4 + 17 * i,
          fill: colour,
          fontWeight: 600,
        })
      ),
      ...(mark
        ? [
          Plot.ruleX([mark.at], { stroke: "currentColor", strokeWidth: 2, strokeDasharray: "6 4" }),
          Plot.text([mark], { x: "at", text: "name", frameAnchor: "top", dy: -12, fill: "currentColor" }),
        ]
        : []),
    ],
  };
  return createFigure(title, caption, [panel]);
}
