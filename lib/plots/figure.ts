/**
 * A figure: panels drawn by Observable Plot under one title, with a sentence that says what to see. Pure: text comes out.
 *
 * Readable on light and dark pages: nothing is painted behind the marks, text takes the page's colour, and the series' colours
 * have a contrast of 3:1 or more against white and against near-black. No colour carries meaning alone: lines differ in
 * their dashes, marks in their shape, and both are labelled where they are.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { escapeHtml } from "../html.ts";

/** Colours of series, apart for every common kind of colour blindness (Okabe and Ito's hues at middle lightness). */
export const COLOUR = {
  blue: "#2b7bba",
  orange: "#c8700a",
  green: "#1b8f6a",
  pink: "#b5609a",
  ink: "currentColor",
} as const;

/** Width of every figure, pixels. */
export const WIDTH = 800;
/** Most points of one series in a figure: more would only make the notebook large. */
export const MAX_POINTS = 5000;

/** A finished figure. */
export interface Figure {
  readonly title: string;
  readonly caption: string;
  /** `<figure>` for a notebook or page. */
  readonly html: string;
  /** Its panels as files of their own, `<svg xmlns=…>`. */
  readonly svgs: readonly string[];
}

/** What a panel is made of: options of Plot, without those that every panel shares. */
export interface PanelOptions {
  /** What the panel shows, where a figure has several. */
  readonly name?: string;
  readonly height?: number;
  readonly marginTop?: number;
  readonly marginLeft?: number;
  readonly marginRight?: number;
  readonly marginBottom?: number;
  readonly x?: Plot.ScaleOptions;
  readonly y?: Plot.ScaleOptions;
  readonly marks: Plot.Markish[];
}

interface Element {
  outerHTML: string;
  setAttribute(name: string, value: string): void;
}

// Deno knows no DOM types; Plot needs only to make elements.
const { document } = parseHTML("<!doctype html><html><body></body></html>") as unknown as { document: object };

const LONG_NUMBER = /-?\d+\.\d{3,}/g;
const rounded = (digits: string) => String(Number(Number(digits).toFixed(2)));

/** One panel as SVG text, numbers rounded to a hundredth of a pixel. */
function panel(title: string, options: PanelOptions): string {
  const { name, marks, ...rest } = options;
  const svg = Plot.plot({
    document: document as never,
    width: WIDTH,
    height: 260,
    marginLeft: 76,
    marginRight: 24,
    marginBottom: 38,
    ariaLabel: name ? `${title}: ${name}` : title,
    ...rest,
    marks,
  } as Plot.PlotOptions) as unknown as Element;
  svg.setAttribute("role", "img");
  svg.setAttribute("style", "font-size:12px;background:transparent;overflow:visible");
  return svg.outerHTML
    .replaceAll(
      / (?:d|transform|[xy][12]?|c[xy]|r|width|height)="[^"]*"/g,
      (attribute) => attribute.replaceAll(LONG_NUMBER, rounded),
    )
    .replaceAll("--plot-background: white;", "--plot-background: transparent;");
}

/** Puts panels under a title. @param caption what to see, and what it means */
export function createFigure(title: string, caption: string, panels: readonly PanelOptions[]): Figure {
  const svgs = panels.map((options) => panel(title, options));
  const parts = panels.map(({ name }, i) =>
    (name && panels.length > 1 ? `<div style="font-size:13px;margin-top:.6em">${escapeHtml(name)}</div>` : "") + svgs[i]
  );
  const html = [
    `<figure style="margin:0.5em 0 1.5em;max-width:${WIDTH}px;font-family:system-ui,sans-serif">`,
    `<div style="font-size:15px;font-weight:600;line-height:1.3">${escapeHtml(title)}</div>`,
    ...parts,
    `<figcaption style="font-size:13px;line-height:1.4;font-style:normal;color:inherit">${
      escapeHtml(caption)
    }</figcaption>`,
    `</figure>`,
  ].join("");
  const files = svgs.map((svg) => svg.replace("<svg ", `<svg xmlns="http://www.w3.org/2000/svg" `));
  return { title, caption, html, svgs: files };
}

/** A figure that has nothing to draw yet says so. */
export function emptyFigure(title: string, reason: string): Figure {
  return createFigure(title, `Nothing to draw: ${reason}.`, []);
}

/** Options of the axis of time: UTC, the day in its label. */
export function timeAxis(tsUs: readonly number[]): Plot.ScaleOptions {
  const from = tsUs.reduce((a, b) => Math.min(a, b), Infinity);
  const to = tsUs.reduce((a, b) => Math.max(a, b), -Infinity);
  const day = (ts: number) => new Date(ts / 1000).toISOString().slice(0, 10);
  const days = from > to ? "" : day(from) === day(to) ? `, ${day(from)}` : `, ${day(from)} to ${day(to)}`;
  const digits = to - from < 600e6 ? [11, 19] as const : [11, 16] as const;
  return {
    type: "utc",
    label: `time (UTC${days})`,
    labelAnchor: "center",
    labelArrow: "none",
    // Times are wide, and Plot may draw up to 1.7 times as many.
    ticks: 6,
    tickFormat: (time: Date) => time.toISOString().slice(...digits),
  };
}

/** A time in microseconds as Plot takes it. */
export function at(tsUs: number): Date {
  return new Date(tsUs / 1000);
}

/** Options of an axis of values: what it is, and the unit. */
export function valueAxis(label: string, more: Plot.ScaleOptions = {}): Plot.ScaleOptions {
  return { label, labelAnchor: "center", labelArrow: "none", grid: true, ...more };
}

/**
 * Where labels of lines go, so that none covers another: as near to their values as `gap` allows, in the same order.
 *
 * @param gap least distance between two, in the unit of the values
 */
export function spreadLabels(values: readonly number[], gap: number): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const placed = [...values];
  // Pushing up and pushing down, averaged, keeps a cluster centred on its values.
  const up = [...values], down = [...values];
  for (let i = 1; i < order.length; i++) up[order[i]!] = Math.max(up[order[i]!]!, up[order[i - 1]!]! + gap);
  for (let i = order.length - 2; i >= 0; i--) down[order[i]!] = Math.min(down[order[i]!]!, down[order[i + 1]!]! - gap);
  for (const i of order) placed[i] = (up[i]! + down[i]!) / 2;
  return placed;
}

/** A number for a person: `digits` significant ones, a true minus sign, thousands apart. */
export function figures(value: number, digits = 3): string {
  const text = Math.abs(value) >= 10 ** digits
    ? Math.round(value).toLocaleString("en-US")
    : String(Number(value.toPrecision(digits)));
  return text.replace("-", "−");
}
