import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { readTable } from "../lib/recording.ts";
import { ROOT } from "../scripts/jupyter.ts";
import { findChromium, MISSING, type Page, screenshotFolder, startChromium } from "./chromium.ts";
import { startLab } from "./lab.ts";

const chromium = findChromium();
if (!chromium) console.warn(`${MISSING} (tests/lab_test.ts)`);

const WIDGET = "window.jupyterapp.shell.currentWidget";
/** Everything in the notebook, also what JupyterLab does not draw because it lies outside the window. */
const CELLS = `${WIDGET}.content.model.toJSON().cells`;
const NOTEBOOK = `JSON.stringify(${CELLS})`;
const PANEL = `document.querySelector(".mb-live")`;
const SEEN = `${PANEL}.innerText`;

/** A person's menus and buttons have commands behind them; where no button is at hand, the command is used. */
const command = (page: Page, id: string, args = {}) =>
  page.evaluate<void>(
    `window.jupyterapp.commands.execute(${JSON.stringify(id)}, ${JSON.stringify(args)}).then(() => {})`,
  );

/** Brings a cell into the window, as a person would scroll to it. */
const scrollTo = (page: Page, id: string) =>
  page.evaluate<void>(`(async () => {
    const { content } = ${WIDGET};
    const index = content.widgets.findIndex((cell) => cell.model.id === ${JSON.stringify(id)});
    content.activeCellIndex = index;
    await content.scrollToItem(index, "start");
  })()`);

/** Parts of the panel that are wider than the place they have. */
const OVERFLOWING = `[...${PANEL}.querySelectorAll("div, span, header, footer, li")]
  .filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline" && e.clientWidth > 0)
  .filter((e) => getComputedStyle(e).overflow !== "hidden").map((e) => e.tagName + " " + e.className + ": " + e.innerText.slice(0, 60))`;

Deno.test({
  name: `in JupyterLab all cells run, the panel changes in place, Interrupt stops trading, and the next cells run${
    chromium ? "" : `. ${MISSING}`
  }`,
  ignore: !chromium,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "makerbook_lab_" });
    const data = join(folder, "data");
    const shots = await screenshotFolder(ROOT);
    const lab = await startLab(folder, {
      MAKERBOOK_TESTNET_SPEED: "10",
      MAKERBOOK_PATHS_DATA: data,
      MAKERBOOK_PATHS_OUT: join(folder, "out"),
    });
    const browser = await startChromium(chromium!);
    const page = await browser.open();
    try {
      await page.emulate({ width: 1200, height: 1000, scheme: "light" });
      await page.goto(lab.url);
      await page.until(`window.jupyterapp && ${WIDGET}?.context?.isReady`, "the notebook to open");
      await page.until(`${WIDGET}.sessionContext?.session?.kernel?.status === "idle"`, "its kernel");
      // Resolves with the last cell, which is not waited for.
      command(page, "notebook:run-all-cells").catch(() => {});
      await page.until(`${NOTEBOOK}.includes("steer it, once, at http")`, "the live cell to have run");

      // The panel shows what is going on, and changes in its place.
      await scrollTo(page, "live");
      await page.until(`${PANEL} && ${SEEN}.includes("quoting")`, "a quoting panel");
      const outputs = `${CELLS}.find(({ id }) => id === "live").outputs.length`;
      const count = await page.evaluate<number>(outputs);
      const time = `(/market time ([\\d:]+)/.exec(${SEEN})?.[1] ?? "")`;
      const before = await page.evaluate<string>(time);
      await page.until(`${time} > ${JSON.stringify(before)}`, "the panel to go on", 10);
      await page.until(`/[1-9]\\d* fills of/.test(${SEEN})`, "a fill in the panel");
      const seen = await page.evaluate<string>(SEEN);
      for (
        const part of ["spread", "inventory", "fees", "net", "gaps", "reconnects", "limit that bound it", "of the cap"]
      ) {
        assert(seen.includes(part), part);
      }
      assertEquals(await page.evaluate<number>(outputs), count, "outputs pile up");
      assertEquals(await page.evaluate(`document.querySelectorAll(".mb-live").length`), 1);

      // Readable in light and dark, and at 800 pixels.
      await page.screenshot(join(shots, "lab_light.png"));
      await command(page, "apputils:change-theme", { theme: "JupyterLab Dark" });
      await page.until(`document.body.dataset.jpThemeLight === "false"`, "the dark theme");
      await page.screenshot(join(shots, "lab_dark.png"));
      assertEquals(await page.evaluate(OVERFLOWING), [], "at full width");
      await page.evaluate(`window.jupyterapp.shell.collapseLeft()`);
      await page.emulate({ width: 930, height: 1000, scheme: "dark" });
      await scrollTo(page, "live");
      await page.until(`${PANEL} && ${PANEL}.clientWidth < 800`, "a narrow panel");
      await page.screenshot(join(shots, "lab_dark_narrow.png"));
      assertEquals(await page.evaluate(OVERFLOWING), [], "when narrow");

      // The page for steering.
      const address = /http:\/\/127\.0\.0\.1:\d+\/open\/[0-9a-f]{64}/.exec(await page.evaluate<string>(NOTEBOOK))?.[0];
      const control = await browser.open();
      await control.emulate({ width: 900, height: 1100, scheme: "light" });
      await control.goto(address!);
      await control.until(PANEL, "the page's panel");
      assertEquals(await control.evaluate("location.pathname"), "/");
      const said = `document.getElementById("said").innerText`;
      await control.click(`button[data-do="pause"]`);
      await control.until(`${said}.includes("the session is paused")`, "the answer");
      await page.until(`${SEEN}.includes("paused")`, "the notebook's panel to say so");
      await control.evaluate(`void (document.querySelector('[name="n"]').value = "0")`);
      await control.click("#form button");
      await control.until(`${said}.includes("model.n = 0, must be >= 1")`, "the refusal");
      await control.screenshot(join(shots, "control_page.png"));
      await control.evaluate(`void (document.querySelector('[name="n"]').value = "12")`);
      await control.click("#form button");
      await control.until(`${said}.includes("set: done")`, "the new setting");
      await control.click(`button[data-do="resume"]`);
      await page.until(`${SEEN}.includes("quoting")`, "quotes again");

      // Interrupt, by its button in the toolbar; the cells behind run on.
      await page.click(`[data-jp-item-name="interrupt"] jp-button, [data-command="notebook:interrupt-kernel"]`);
      await page.until(`${NOTEBOOK}.includes("ended: interrupted")`, "the session to end", 30);
      await page.until(`${SEEN}.includes("stopped")`, "the panel to say so", 10);
      const fills = /(\d+) fills of/.exec(await page.evaluate<string>(SEEN))?.[1];
      // The backtests behind are for the headless run: here it is enough that what follows an interrupt runs.
      await page.until(
        `${CELLS}.find(({ id }) => id === "explain").execution_count`,
        "the cells that explain the fills",
        60,
      );
      await scrollTo(page, "live");
      await page.until(PANEL, "the panel");
      assertEquals(/(\d+) fills of/.exec(await page.evaluate<string>(SEEN))?.[1], fills);
      assertEquals(await page.evaluate(`${NOTEBOOK}.includes('"output_type":"error"')`), false);
      await scrollTo(page, "plots-cause");
      await page.until(`document.querySelector(".jp-Notebook figure")`, "a figure");
      await page.screenshot(join(shots, "lab_figures.png"));

      // What is on disk ends with it.
      const risk = await readTable(data, "risk");
      assertMatch(risk.reason.at(-1) ?? "", /interrupted/);
      assertEquals(risk.event.at(-1), "stopped");
      assertEquals(risk.reason.filter((_, i) => risk.event[i] === "control"), ["pause", "model.n = 12", "resume"]);
      const { local_ts } = await readTable(data, "orders");
      assert(local_ts.every((ts) => ts <= risk.local_ts.at(-1)!));
    } finally {
      await browser.close();
      await lab.close();
      await Deno.remove(folder, { recursive: true });
    }
  },
});
