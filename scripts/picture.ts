/**
 * Makes docs/notebook.png, the picture of the README, from figures of the executed notebook, as Chromium shows them.
 *
 * @module
 */
import { join, relative } from "node:path";
import { lastLine, ROOT, run } from "./jupyter.ts";
import { help, readOptions } from "./options.ts";
import { main, step, Stop } from "./steps.ts";

/** The figures shown, by how their titles begin or what they say. */
const SHOWN = [/^The busiest \d+ seconds/, /quotes were set to earn/, /^Fill \d+ /];
const TARGET = join(ROOT, "docs", "notebook.png");
const WIDTH = 840;
const OPTIONS = {
  notebook: { value: "FILE", about: "the executed notebook; out/market_maker.ipynb if absent" },
  chromium: { value: "PROGRAM", about: "/usr/bin/chromium if absent" },
  help: { about: "this text" },
} as const;

interface NotebookFile {
  readonly cells: readonly { readonly outputs?: readonly { readonly data?: Record<string, string | string[]> }[] }[];
}

await main(async () => {
  const options = readOptions(Deno.args, OPTIONS);
  if (options.has("help")) {
    console.log(
      help("deno run -A scripts/picture.ts", "Makes the README's picture from the executed notebook.", OPTIONS),
    );
    return;
  }
  const notebook = options.get("notebook") ?? join(ROOT, "out", "market_maker.ipynb");
  const text = await Deno.readTextFile(notebook).catch(() => undefined);
  if (text === undefined) throw new Stop(`${relative(Deno.cwd(), notebook)}: no such file, run deno task demo first`);
  const { cells } = JSON.parse(text) as NotebookFile;
  const html = cells.flatMap(({ outputs = [] }) => outputs).map(({ data }) =>
    [data?.["text/html"] ?? ""].flat().join("")
  );
  const figures = html.flatMap((part) => part.match(/<figure[^]*?<\/figure>/g) ?? []);
  const shown = SHOWN.map((title) => {
    const found = figures.find((figure) => title.test(/font-weight:600[^>]*>([^<]*)/.exec(figure)?.[1] ?? ""));
    if (found === undefined) throw new Stop(`${notebook}: no figure with the title ${title}`);
    return found;
  });
  const folder = await Deno.makeTempDir({ prefix: "makerbook_picture_" });
  try {
    const page = join(folder, "page.html");
    const style = "body{margin:16px 20px 0;background:#fff;color:#1b1b1b}figure{margin:0 0 14px!important}";
    await Deno.writeTextFile(page, `<!doctype html><meta charset="utf-8"><style>${style}</style>${shown.join("")}`);
    await step("Chromium", async () => {
      const outcome = await run(options.get("chromium") ?? "/usr/bin/chromium", [
        ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"],
        ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
        ...[`--user-data-dir=${join(folder, "profile")}`, `--screenshot=${TARGET}`],
        ...[`--window-size=${WIDTH},${heightOf(shown)}`, "--force-device-scale-factor=1.25", `file://${page}`],
      ]);
      if (!outcome.success) throw new Stop(lastLine(outcome.stderr));
    });
  } finally {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
  console.log(relative(Deno.cwd(), TARGET));
});

/** Of the panels, and of the words above and below them. */
function heightOf(figures: readonly string[]): number {
  const panels = figures.flatMap((figure) => [...figure.matchAll(/<svg[^>]* height="([\d.]+)"/g)]).map(([, h]) =>
    Number(h)
  );
  return Math.ceil(panels.reduce((sum, h) => sum + h, 0) + 66 * figures.length + 14 * panels.length);
}
