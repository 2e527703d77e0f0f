/**
 * Executes a notebook as `jupyter nbconvert` does, and says in one line what failed.
 *
 * @module
 */
import { basename, join, relative } from "node:path";
import { type Progress, progressLine } from "../lib/progress.ts";
import { jupyterEnvironment, lastLine, ROOT, run, tool } from "./jupyter.ts";
import { withDarkColours } from "./dark.ts";
import { Stop } from "./steps.ts";

/** What to execute, where to, and with what. */
export interface Execution {
  readonly notebook: string;
  readonly outFolder: string;
  /** Variables for the kernel. */
  readonly variables?: Record<string, string>;
  /** Further files that this run shall write: older ones are removed, so that none is taken for its result. */
  readonly stale?: readonly string[];
  /** Lines of the session's progress, as they come. */
  readonly progressFile?: string;
  readonly say?: (line: string) => void;
}

/**
 * Writes the executed notebook into the folder and returns its path.
 *
 * @throws {Stop} naming the cell and its error; then there is no executed notebook, not even an older one
 */
export async function executeNotebook(options: Execution): Promise<string> {
  const { notebook, outFolder, variables = {}, progressFile, say = () => {} } = options;
  const target = join(outFolder, basename(notebook));
  await Deno.mkdir(outFolder, { recursive: true });
  for (const stale of [target, ...options.stale ?? []]) await remove(stale);
  if (progressFile) await remove(progressFile);
  const watch = progressFile ? tail(progressFile, say) : undefined;
  const args = ["-m", "nbconvert", "--to", "notebook", "--execute", "--ExecutePreprocessor.startup_timeout=120"];
  try {
    const outcome = await run(tool("python"), [...args, "--output-dir", outFolder, notebook], {
      ...jupyterEnvironment(),
      ...variables,
    });
    if (!outcome.success) throw new Stop(await failure(notebook, outcome.stderr));
  } finally {
    watch?.stop();
  }
  return target;
}

/** Writes an executed notebook as HTML, light or dark as its reader prefers, beside it and returns its path. @throws {Stop} where that fails */
export async function writeHtml(notebook: string): Promise<string> {
  const outcome = await run(tool("python"), ["-m", "nbconvert", "--to", "html", notebook], jupyterEnvironment());
  if (!outcome.success) throw new Stop(`${relative(ROOT, notebook)}: no HTML: ${lastLine(outcome.stderr)}`);
  const html = notebook.replace(/\.ipynb$/, ".html");
  await Deno.writeTextFile(html, withDarkColours(await Deno.readTextFile(html)));
  return html;
}

/** The code of a notebook as one script, as `nbconvert --to script` writes it. */
export async function notebookCode(notebook: string): Promise<string> {
  const { cells } = JSON.parse(await Deno.readTextFile(notebook)) as NotebookFile;
  return cells.filter((cell) => cell.cell_type === "code").map(sourceOf).join("\n\n") + "\n";
}

interface NotebookFile {
  readonly cells: readonly { readonly cell_type: string; readonly source: string | readonly string[] }[];
}

const sourceOf = (cell: NotebookFile["cells"][number]) =>
  typeof cell.source === "string" ? cell.source : cell.source.join("");

const RULE = "------------------";

/** From nbconvert's report: which cell, and the error's own message without the stack. */
async function failure(notebook: string, stderr: string): Promise<string> {
  const place = relative(ROOT, notebook);
  const report = stderr.slice(stderr.lastIndexOf("CellExecutionError:"));
  // Between the source and the error stands what the cell printed, if it did.
  const parts = report.split(new RegExp(`^${RULE}$`, "m"));
  const source = parts[1] ?? "";
  const error = parts.length > 2 ? parts.at(-1)! : "";
  // deno-lint-ignore no-control-regex
  const plain = error.replaceAll(/\x1b\[[0-9;]*m/g, "").trim();
  if (!report.startsWith("CellExecutionError:") || plain === "") return `${place}: ${lastLine(stderr)}`;
  const { cells } = JSON.parse(await Deno.readTextFile(notebook)) as NotebookFile;
  const number = cells.filter((cell) => cell.cell_type === "code")
    .findIndex((cell) => sourceOf(cell).trim() === source.trim()) + 1;
  const message = plain.split(/\n\s+at /)[0]?.trim();
  return `${place}: code cell ${number || "?"} failed: ${message}`;
}

async function remove(file: string): Promise<void> {
  try {
    await Deno.remove(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

const LOOK_EVERY_MS = 500;
/** Between two lines about the same step. */
const SAY_EVERY_MS = 2000;

/** Says the newest line of the file now and then, until stopped. */
function tail(file: string, say: (line: string) => void): { stop(): void } {
  let [read, saidAt, saidStep] = [0, -Infinity, ""];
  let newest: Progress | undefined;
  const look = () => {
    let text;
    try {
      text = Deno.readTextFileSync(file);
    } catch {
      return; // Nothing was written yet.
    }
    const whole = text.slice(read, text.lastIndexOf("\n") + 1);
    const lines = whole.split("\n").filter(Boolean);
    read += whole.length;
    const last = lines.at(-1);
    if (last !== undefined) newest = JSON.parse(last) as Progress;
    if (newest === undefined) return;
    if (newest.step === saidStep && performance.now() - saidAt < SAY_EVERY_MS) return;
    [saidAt, saidStep] = [performance.now(), newest.step];
    say(progressLine(newest));
    newest = undefined;
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      saidAt = -Infinity;
      look();
    },
  };
}
