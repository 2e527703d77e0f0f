import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { installKernel, installTools, jupyterEnvironment, ROOT, run, tool } from "../scripts/jupyter.ts";
import { executeNotebook, writeHtml } from "../scripts/notebook.ts";

const NOTEBOOK = join(ROOT, "notebooks", "market_maker.ipynb");

interface Output {
  output_type: string;
  data?: Record<string, string | string[]>;
}

interface Cell {
  cell_type: string;
  id: string;
  source: string | string[];
  outputs?: Output[];
  execution_count?: number | null;
}

const readCells = async (file: string) => JSON.parse(await Deno.readTextFile(file)).cells as Cell[];
const codeOf = (cells: Cell[]) => cells.filter((cell) => cell.cell_type === "code");
const textOf = (text: string | string[] | undefined) => typeof text === "string" ? text : (text ?? []).join("");

/** A short session, in a folder of its own: a person's recordings stay out of it. */
async function variables(name: string, speed: string): Promise<{ folder: string; env: Record<string, string> }> {
  const folder = await Deno.makeTempDir({ prefix: `makerbook_${name}_` });
  const env = {
    MAKERBOOK_SESSION_MINUTES: "3",
    MAKERBOOK_SESSION_METRICS_INTERVAL: "10",
    MAKERBOOK_TESTNET_SPEED: speed,
    // One column of the matrix: the others are the same code with other numbers.
    MAKERBOOK_BACKTEST_TIERS: "configured",
    MAKERBOOK_BACKTEST_LATENCIES: "1",
    MAKERBOOK_PATHS_DATA: join(folder, "data"),
    MAKERBOOK_PATHS_OUT: join(folder, "out"),
  };
  return { folder, env };
}

const deno = (args: string[], env: Record<string, string>) => run(Deno.execPath(), args, { ...env, NO_COLOR: "1" });

Deno.test("the notebook is kept without outputs, and no cell has more than 15 lines", async () => {
  for (const cell of codeOf(await readCells(NOTEBOOK))) {
    assertEquals(cell.outputs, [], cell.id);
    assertEquals(cell.execution_count, null, cell.id);
    const lines = textOf(cell.source).split("\n").length;
    assert(lines <= 15, `${cell.id} has ${lines} lines`);
  }
});

Deno.test("headless, the notebook shows every figure without an error, and as a script it gives the same key figures", async (t) => {
  await installTools("headless");
  await installKernel();
  const headless = await variables("notebook", "60");
  const script = await variables("script", "90");
  try {
    const outFolder = join(headless.folder, "executed");
    const executed = await executeNotebook({ notebook: NOTEBOOK, outFolder, variables: headless.env });
    const cells = codeOf(await readCells(executed));
    const outputs = cells.flatMap(({ outputs }) => outputs ?? []);
    const html = outputs.map(({ data }) => textOf(data?.["text/html"])).join("");

    await t.step("no cell reports an error, and all were run", () => {
      assertEquals(outputs.filter(({ output_type }) => output_type === "error"), []);
      assertEquals(cells.map(({ execution_count }) => execution_count), cells.map((_, i) => i + 1));
    });
    await t.step("every figure has arrived, with a title, a sentence and its panels", () => {
      const figures = html.match(/<figure[^]*?<\/figure>/g) ?? [];
      assertEquals(figures.length, 25);
      for (const figure of figures) {
        assertMatch(figure, /font-weight:600[^>]*>[^<]{10,}/);
        assertMatch(figure, /<figcaption[^>]*>[^<]{40,}[.]</);
        const panels = figure.match(/<svg[^]*?<\/svg>/g) ?? [];
        // Three minutes are too short for a rolling Sharpe ratio: that figure says so instead.
        if (panels.length === 0) assertMatch(figure, /Nothing to draw: [^<]+/);
        for (const panel of panels) {
          assertMatch(panel, /aria-label="[^"]{10,}/);
          for (const axis of ["x", "y"]) {
            const label = new RegExp(`aria-label="${axis}-axis label"[^>]*>(?:<text[^>]*>)?([^<]+)`).exec(panel)?.[1];
            assertMatch(label ?? "none", /.+ \(.+\)$/, `${axis} axis of ${figure.slice(0, 400)}`);
          }
        }
      }
      assert(!html.includes("NaN"), "NaN in a figure");
    });
    await t.step("the audit finds every message that was served", () => {
      const audit = /Served, recorded and read back[^]*?<\/table>/.exec(html)?.[0] ?? "";
      assertEquals(audit.match(/>equal</g)?.length, 3);
    });
    await t.step("the one-second volatility agrees with that of the day's five-minute returns", () => {
      assertMatch(html, /σ cross-check: \|ln ratio\| below 0\.2/);
    });
    await t.step("it stays below 5 MB, and its HTML too", async () => {
      for (const file of [executed, await writeHtml(executed)]) {
        const { size } = await Deno.stat(file);
        assert(size < 5e6, `${file}: ${size} bytes`);
      }
    });

    const file = join(script.folder, "market_maker.ts");
    await t.step("jupyter nbconvert --to script gives a script that Deno runs", async () => {
      const convert = ["-m", "nbconvert", "--to", "script", "--output-dir", script.folder, NOTEBOOK];
      const converted = await run(tool("python"), convert, jupyterEnvironment());
      assert(converted.success, converted.stderr);
      const ran = await deno(["run", "-A", "--config", join(ROOT, "deno.json"), file], script.env);
      assert(ran.success, ran.stderr);
      assertMatch(ran.stdout, /identical/);
    });
    await t.step("both give the same key figures, at different speeds", async () => {
      const kpis = async ({ env }: typeof script) =>
        JSON.parse(await Deno.readTextFile(join(env.MAKERBOOK_PATHS_OUT!, "kpis.json")));
      const values = await kpis(headless);
      assertEquals(await kpis(script), values);
      assertEquals(values.session.map(({ model }: { model: string }) => model), ["through", "risk_averse", "touch"]);
      assertEquals(values.session[1].fills_hash, values.fills_hash);
    });
  } finally {
    await Deno.remove(headless.folder, { recursive: true });
    await Deno.remove(script.folder, { recursive: true });
  }
});

Deno.test("a kernel without deno.json gets one clear line, and nothing is written", async () => {
  await installTools("headless");
  await installKernel();
  const folder = await Deno.makeTempDir({ prefix: "makerbook_elsewhere_" });
  try {
    const notebook = join(folder, "market_maker.ipynb");
    await Deno.copyFile(NOTEBOOK, notebook);
    const outFolder = join(folder, "out");
    const error = await assertRejects(() => executeNotebook({ notebook, outFolder }), Error);
    assertMatch(error.message, /code cell 1 failed: .*this kernel has no makerbook deno\.json: start Jupyter inside/);
    assertEquals(error.message.split("\n").length, 1);
    assertEquals([...Deno.readDirSync(outFolder)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("of a cell that fails its error is told, not what it printed", async () => {
  await installTools("headless");
  await installKernel();
  const folder = await Deno.makeTempDir({ prefix: "makerbook_failing_" });
  try {
    const notebook = join(folder, "failing.ipynb");
    const { metadata, nbformat, nbformat_minor } = JSON.parse(await Deno.readTextFile(NOTEBOOK));
    const source = 'console.log("all is well");\nthrow new RangeError("gamma = -1, must be > 0");';
    const cells = [{ cell_type: "code", id: "a", source, metadata: {}, outputs: [], execution_count: null }];
    await Deno.writeTextFile(notebook, JSON.stringify({ cells, metadata, nbformat, nbformat_minor }));
    const error = await assertRejects(() => executeNotebook({ notebook, outFolder: join(folder, "out") }), Error);
    assertMatch(error.message, /code cell 1 failed: .*gamma = -1, must be > 0/);
    assert(!error.message.includes("all is well"), error.message);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
