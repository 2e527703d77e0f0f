import * as Plot from "@observablehq/plot";
import { createFigure, emptyFigure, type Figure, figures } from "./figure.ts";

/** A cell of the map; a value that is not known leaves it empty. */
export interface HeatCell {
  readonly x: string;
  readonly y: string;
  readonly value: number | undefined;
  /** Outlined. */
  readonly isMarked?: boolean;
}

/** What the map is of. */
export interface HeatMapOptions {
  readonly title: string;
  readonly caption: string;
  /** Names of the axes, and of the value with its unit. */
  readonly x: string;
  readonly y: string;
  readonly value: string;
}

/** From low to high, ColorBrewer's PuOr: apart for every common kind of colour blindness. White text never stands on it. */
const SHADES = ["#e66101", "#fdb863", "#f7f7f7", "#b2abd2", "#5e3c99"] as const;
const ON_DARK = "#5e3c99";

/** Values of a grid as shaded cells, each with its figure. Rows and columns are in the order in which they first appear. */
export function heatMapPlot(cells: readonly HeatCell[], { title, caption, x, y, value }: HeatMapOptions): Figure {
  const known = cells.flatMap((cell) => cell.value === undefined ? [] : [{ ...cell, value: cell.value }]);
  if (known.length === 0) return emptyFigure(title, "no cell has a value");
  const values = known.map((cell) => cell.value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const shade = (v: number) => SHADES[high > low ? Math.min(4, Math.floor(5 * (v - low) / (high - low))) : 2]!;
  const shaded = known.map((cell) => ({ ...cell, shade: shade(cell.value), text: figures(cell.value) }));
  const rows = new Set(cells.map((cell) => cell.y)).size;
  const label = { labelAnchor: "center", labelArrow: "none" } as const;
  return createFigure(title, `${caption} Shades run from orange (low) to violet (high): ${value}.`, [{
    height: 90 + 34 * rows,
    marginLeft: 120,
    x: { type: "band", domain: [...new Set(cells.map((cell) => cell.x))], label: x, ...label },
    y: { type: "band", domain: [...new Set(cells.map((cell) => cell.y))], label: y, ...label },
    marks: [
      Plot.cell(shaded, { x: "x", y: "y", fill: "shade", inset: 1 }),
      Plot.cell(shaded.filter((cell) => cell.isMarked), {
        x: "x",
        y: "y",
        fill: "none",
        stroke: "currentColor",
        strokeWidth: 2.5,
      }),
      Plot.text(shaded, {
        x: "x",
        y: "y",
        text: "text",
        fill: (cell: { shade: string }) => cell.shade === ON_DARK ? "#ffffff" : "#111111",
      }),
    ],
  }]);
}
