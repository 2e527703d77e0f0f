import { assert, assertEquals } from "@std/assert";
import { dirname, join, relative } from "node:path";
import { ROOT } from "../scripts/jupyter.ts";

const SKIPPED = [".git", ".venv", "node_modules", "out", ".bench", ".check"];

/** Files of the project below a folder, by the end of their name. */
function files(folder: string, end: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory) return SKIPPED.includes(entry.name) ? [] : files(path, end);
    return entry.name.endsWith(end) ? [path] : [];
  }).sort();
}

/** Text of a page; of a notebook, that of its text cells. */
function textOf(file: string): string {
  const text = Deno.readTextFileSync(file);
  if (!file.endsWith(".ipynb")) return text;
  const { cells } = JSON.parse(text) as { cells: { cell_type: string; source: string | string[] }[] };
  return cells.filter((cell) => cell.cell_type === "markdown").map(({ source }) => [source].flat().join("")).join(
    "\n\n",
  );
}

const withoutCode = (text: string) => text.replaceAll(/^```[^]*?^```/gm, "").replaceAll(/`[^`\n]*`/g, "");

/** The anchors of a page's headings, as GitHub makes them. */
function anchors(file: string): Set<string> {
  const headings = textOf(file).replaceAll(/^```[^]*?^```/gm, "").match(/^#{1,6} .*$/gm) ?? [];
  return new Set(headings.map((line) =>
    line.replace(/^#+ /, "").replaceAll(/[`*_]|\]\([^)]*\)|\[/g, "").toLowerCase()
      .replaceAll(/[^\p{L}\p{N} -]/gu, "").replaceAll(" ", "-")
  ));
}

Deno.test("every relative link of the pages and notebooks leads to a file, and every anchor to a heading", () => {
  const broken: string[] = [];
  const pages = [...files(ROOT, ".md"), ...files(join(ROOT, "notebooks"), ".ipynb")];
  let count = 0;
  for (const page of pages) {
    for (const [, target = ""] of withoutCode(textOf(page)).matchAll(/\]\(([^)\s]+)\)|<img[^>]*src="([^"]+)"/g)) {
      if (/^[a-z]+:/.test(target) || target === "") continue;
      count++;
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : join(dirname(page), path);
      const place = `${relative(ROOT, page)}: ${target}`;
      const isThere = Deno.statSync.bind(Deno);
      try {
        isThere(file);
      } catch {
        broken.push(place);
        continue;
      }
      if (anchor !== undefined && !anchors(file).has(anchor)) broken.push(`${place}: no such heading`);
    }
  }
  assertEquals(broken, []);
  assert(count > 50, `${count} links`);
});

Deno.test("every page of docs is reached from its index, and every notebook from theirs", () => {
  for (const [folder, end] of [["docs", ".md"], ["notebooks", ".ipynb"]] as const) {
    const index = Deno.readTextFileSync(join(ROOT, folder, "README.md"));
    for (const file of files(join(ROOT, folder), end)) {
      const name = relative(join(ROOT, folder), file);
      if (name !== "README.md") assert(index.includes(`](${name})`), `${folder}/README.md does not lead to ${name}`);
    }
  }
});

Deno.test("troubleshooting quotes what the programs print, word for word", () => {
  const page = Deno.readTextFileSync(join(ROOT, "docs", "troubleshooting.md"));
  const sources = ["lib", "scripts", "testnet"].flatMap((folder) => files(join(ROOT, folder), ".ts"))
    // A text may be put together over lines.
    .map((file) => Deno.readTextFileSync(file).replaceAll(/["`] \+\s*["`]/g, ""));
  sources.push(...files(join(ROOT, "notebooks"), ".ipynb").map((file) => Deno.readTextFileSync(file)));
  const rows = page.split("\n").filter((line) => /^\| .*`/.test(line));
  const unknown: string[] = [];
  let checked = 0;
  for (const row of rows) {
    const [, cell = ""] = row.split(/(?<!\\)\|/);
    for (const [, message = ""] of cell.matchAll(/`([^`]+)`/g)) {
      // Those of the shell are not ours; a single word names a limit.
      if (message.endsWith("command not found")) continue;
      const parts = message.split("…").map((part) => part.trim()).filter((part) => part.length > 1);
      assert(parts.length > 0, `nothing to look for in ${message}`);
      if (!sources.some((source) => parts.every((part) => source.includes(part)))) unknown.push(message);
      checked++;
    }
  }
  assertEquals(unknown, [], "nobody prints these");
  assert(checked > 30, `${checked} messages`);
});
