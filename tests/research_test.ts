import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { join } from "node:path";
import { assertClaims } from "../lib/claims.ts";
import { installKernel, installTools, ROOT } from "../scripts/jupyter.ts";
import { executeNotebook } from "../scripts/notebook.ts";
import { summarise, writeIndex } from "../scripts/notebook_index.ts";

const FOLDER = join(ROOT, "notebooks");
const NAMES = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) => /^\d+_.*\.ipynb$/.test(name))
  .sort();

interface Cell {
  cell_type: string;
  id: string;
  source: string | string[];
  outputs?: { output_type: string; data?: Record<string, string | string[]> }[];
  execution_count?: number | null;
}

const readCells = async (file: string) => JSON.parse(await Deno.readTextFile(file)).cells as Cell[];
const textOf = (text: string | string[] | undefined) => typeof text === "string" ? text : (text ?? []).join("");
const isCode = (cell: Cell) => cell.cell_type === "code";

Deno.test("research notebooks are numbered without a gap, short, and kept without outputs", async () => {
  assertEquals(NAMES.map((name) => parseInt(name)), NAMES.map((_, i) => i + 1));
  for (const name of NAMES) {
    const cells = await readCells(join(FOLDER, name));
    assert(cells.length < 20, `${name} has ${cells.length} cells`);
    assertMatch(textOf(cells[0]!.source), /^# \d\. .*\n\n\*\*Question\.\*\* /, name);
    for (const cell of cells.filter(isCode)) {
      assertEquals([cell.outputs, cell.execution_count], [[], null], `${name} ${cell.id}`);
      const lines = textOf(cell.source).split("\n").length;
      assert(lines <= 15, `${name}: ${cell.id} has ${lines} lines`);
    }
  }
});

Deno.test("a claim that does not hold fails its notebook, with the numbers", () => {
  const error = assertThrows(
    () => assertClaims(["the mean is positive", true, "2.1"], ["the error is small", false, "0.7 of 0.5"]),
    Error,
  );
  assertEquals(error.message, "1 of 2 claims do not hold\nnot so: the error is small (0.7 of 0.5)");
  assertMatch(
    assertClaims(["the mean is positive", true, "2.1"]).text,
    /The claim holds[^]*the mean is positive +2\.1/,
  );
});

Deno.test("headless, every research notebook asserts its claims and answers its question", async (t) => {
  await installTools("headless");
  await installKernel();
  const outFolder = await Deno.makeTempDir({ prefix: "makerbook_research_" });
  const executed = new Map<string, string>();
  try {
    const queue = [...NAMES];
    const lane = async () => {
      for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
        executed.set(name, await executeNotebook({ notebook: join(FOLDER, name), outFolder }));
      }
    };
    await Promise.all([lane(), lane()]);
    for (const name of NAMES) {
      await t.step(name, async () => {
        const file = executed.get(name)!;
        const cells = (await readCells(file)).filter(isCode);
        const outputs = cells.flatMap(({ outputs }) => outputs ?? []);
        assertEquals(outputs.filter(({ output_type }) => output_type === "error"), []);
        assertEquals(cells.map(({ execution_count }) => execution_count), cells.map((_, i) => i + 1));
        const html = outputs.map(({ data }) => textOf(data?.["text/html"])).join("");
        const figures = html.match(/<figure[^]*?<\/figure>/g) ?? [];
        assert(figures.length >= 3, `${figures.length} figures`);
        for (const figure of figures) {
          assertMatch(figure, /font-weight:600[^>]*>[^<]{20,}/);
          assertMatch(figure, /<figcaption[^>]*>[^<]{60,}/);
          assertMatch(figure, /aria-label="x-axis label"[^]*\([^()<]+\)<\/text>/, "the unit of the x axis");
          assertMatch(figure, /<svg[^]*aria-label="[^"]{20,}/);
        }
        assert(!/NaN|undefined/.test(html), "NaN or undefined in an output");
        assertMatch(html, /claims hold<\/caption>/);
        const { question, answer } = await summarise(file);
        assert(question !== undefined && answer !== undefined && answer.length > 40, `${question}: ${answer}`);
        assert((await Deno.stat(file)).size < 1e6, "larger than 1 MB");
      });
    }
    await t.step("the index leads to each of them", async () => {
      const index = join(outFolder, "index.html");
      await writeIndex(index, await Promise.all(NAMES.map((name) => summarise(executed.get(name)!))));
      const page = await Deno.readTextFile(index);
      assertMatch(page, /<ul><li>[^]*<\/li><\/ul>/);
      assert(!/\*\*|[>\n]\* /.test(page), "Markdown is left");
      for (const name of NAMES) assert(page.includes(`href="${name.replace(/\.ipynb$/, ".html")}"`), name);
    });
  } finally {
    await Deno.remove(outFolder, { recursive: true });
  }
});
