/**
 * What a person sees (I/O): in a notebook's kernel figures, tables and a panel that refreshes in place; anywhere else, where a notebook
 * has become a script, the same as text, with figures saved as SVG.
 *
 * @module
 */

import { join } from "node:path";
import type { Figure } from "./plots/figure.ts";
import { createProgress as openProgress } from "./progress.ts";
import type { Table } from "./table.ts";

/** Something to show: a figure, a table, or text in Markdown. */
export type Showable = Figure | Table | string;

/** Where things are shown. */
export interface Display {
  /** Resolves when it can be seen: the last output of a cell must be awaited, see {@linkcode settle}. */
  show(...things: readonly Showable[]): Promise<void>;
  /** Plain text, likewise. */
  print(text: string): Promise<void>;
  /** One place that is refreshed; only in a kernel. Elsewhere a panel shows nothing. */
  panel(): Panel;
  /**
   * One line of text from the background, while some cell is running. In a kernel an hour of a line a minute is printed; later lines
   * share a place that shows the latest, so that a notebook that is left open does not grow.
   */
  line(text: string): void;
}

/** A place that is refreshed. */
export interface Panel {
  update(table: Table): Promise<void>;
  /** The last state, which stays. */
  finish(table: Table): Promise<void>;
}

/** @param options.figures folder that figures are saved to outside a kernel */
export function createDisplay(options: { readonly figures?: string } = {}): Display {
  return isKernel() ? kernelDisplay() : terminalDisplay(options.figures);
}

/** Whether this code runs in a notebook's kernel. */
export function isKernel(): boolean {
  return jupyter() !== undefined;
}

/**
 * Text about a share done: refreshed in place in a kernel and on a terminal, otherwise its last line.
 *
 * @param options.file for who watches a kernel from outside: `progressFile()`
 */
export function createProgress(title: string, options: { readonly file?: string } = {}): (done: number) => void {
  const outside = options.file === undefined ? undefined : openProgress(options.file);
  const panel = isKernel() ? rawPanel() : undefined;
  let shown = "";
  return (done) => {
    const percent = Math.round(100 * done);
    const text = `${title}: ${percent} %`;
    if (text === shown) return;
    shown = text;
    outside?.report({ step: title, done: percent, unit: "%" });
    if (panel) void panel({ "text/plain": text });
    else if (Deno.stderr.isTerminal()) write(`\r${text}${done >= 1 ? "\n" : ""}`);
    else if (done >= 1) write(`${title}: done\n`);
  };
}

type Mime = Record<string, string>;

/** Lines printed, and of those that come later the latest shown. */
const LINES = 60;

function kernelDisplay(): Display {
  let printed = 0;
  let latest: string[] = [];
  let place: ((data: Mime) => Promise<void>) | undefined;
  let isShowing = false;

  /** One output after the other, for they may overtake each other; of lines that come together only the last state. */
  async function showLatest() {
    if (isShowing) return;
    isShowing = true;
    place ??= rawPanel();
    let shown: readonly string[];
    do {
      shown = latest;
      await place({ "text/plain": shown.join("\n") });
    } while (shown !== latest);
    isShowing = false;
  }

  return {
    async show(...things) {
      let size = 0;
      for (const mime of things.map(mimeOf)) {
        for (const text of Object.values(mime)) size += text.length;
        await jupyter()!.display(mime, { raw: true });
      }
      await settle(size);
    },
    async print(text) {
      console.log(text);
      await settle(text.length);
    },
    panel() {
      const refresh = rawPanel();
      return {
        update: (table) => refresh(mimeOf(table)),
        async finish(table) {
          await refresh(mimeOf(table));
          await settle(table.html.length);
        },
      };
    },
    line(text) {
      if (printed++ < LINES) return console.log(text);
      latest = [...latest, text].slice(-LINES);
      void showLatest();
    },
  };
}

const SLICE_MS = 25;
/** A slice that took this much longer says that the machine is busy. */
const LATE_MS = 15;
const MOST_SLICES = 200;
const SIZE_A_SLICE = 30_000;

/**
 * Lets the kernel hand out what was shown. Deno's kernel queues outputs and reports a cell as finished without waiting for the queue, and
 * a headless client drops whatever comes after that report. Nothing tells when the queue is empty, so this waits for a few quiet moments,
 * more of them for large outputs, and longer while the machine is busy.
 */
export async function settle(size: number): Promise<void> {
  let quiet = 4 + Math.ceil(size / SIZE_A_SLICE);
  for (let i = 0; quiet > 0 && i < MOST_SLICES; i++) {
    const start = performance.now();
    await new Promise((resolve) => setTimeout(resolve, SLICE_MS));
    if (performance.now() - start < SLICE_MS + LATE_MS) quiet--;
  }
}

let panels = 0;

/** Shows the first content, then replaces it. */
function rawPanel(): (data: Mime) => Promise<void> {
  const transient = { display_id: `makerbook-${Deno.pid}-${++panels}` };
  let isShown = false;
  return async (data) => {
    const type = isShown ? "update_display_data" : "display_data";
    isShown = true;
    await jupyter()!.broadcast(type, { data, metadata: {}, transient });
  };
}

function mimeOf(thing: Showable): Mime {
  if (typeof thing === "string") return { "text/markdown": thing, "text/plain": thing };
  return { "text/html": thing.html, "text/plain": "text" in thing ? thing.text : textOf(thing) };
}

function terminalDisplay(folder: string | undefined): Display {
  let saved = 0;
  async function save({ title, svgs }: Figure) {
    if (folder === undefined) return;
    await Deno.mkdir(folder, { recursive: true });
    const slug = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").split("-").filter(Boolean).slice(0, 5).join("-");
    for (const svg of svgs) {
      await Deno.writeTextFile(join(folder, `${String(++saved).padStart(2, "0")}-${slug}.svg`), svg);
    }
  }
  return {
    async show(...things) {
      for (const thing of things) {
        if (typeof thing === "string") console.log(thing);
        else if ("svgs" in thing) {
          console.log(textOf(thing));
          await save(thing);
        } else console.log(thing.text);
      }
    },
    print: (text) => Promise.resolve(console.log(text)),
    panel: () => ({ update: () => Promise.resolve(), finish: () => Promise.resolve() }),
    line: (text) => console.log(text),
  };
}

const textOf = ({ title, caption }: Figure) => `[figure] ${title}\n         ${caption}`;

const write = (text: string) => void Deno.stderr.writeSync(new TextEncoder().encode(text));

/** Outside a kernel the mere look at `Deno.jupyter` throws. */
function jupyter(): typeof Deno.jupyter | undefined {
  try {
    return Deno.jupyter;
  } catch {
    return undefined;
  }
}
