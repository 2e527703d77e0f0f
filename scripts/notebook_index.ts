/**
 * What executed notebooks asked and answered, and a page that leads to them (I/O).
 *
 * @module
 */
import { basename } from "node:path";
import { escapeHtml } from "../lib/html.ts";

/** An executed notebook in three lines. */
export interface NotebookSummary {
  /** Name of its HTML file. */
  readonly page: string;
  readonly title: string;
  /** Markdown; undefined where it asks none. */
  readonly question: string | undefined;
  /** Markdown that its cell `answer` has shown. */
  readonly answer: string | undefined;
}

interface NotebookFile {
  readonly cells: readonly {
    readonly id?: string;
    readonly cell_type: string;
    readonly source: string | readonly string[];
    readonly outputs?: readonly { readonly data?: Readonly<Record<string, string | readonly string[]>> }[];
  }[];
}

const text = (lines: string | readonly string[] | undefined) =>
  lines === undefined ? "" : typeof lines === "string" ? lines : lines.join("");

/** Reads title, question and answer out of an executed notebook. */
export async function summarise(file: string): Promise<NotebookSummary> {
  const { cells } = JSON.parse(await Deno.readTextFile(file)) as NotebookFile;
  const prose = cells.filter((cell) => cell.cell_type === "markdown").map((cell) => text(cell.source)).join("\n\n");
  const answer = cells.find(({ id }) => id === "answer")?.outputs?.map(({ data }) => text(data?.["text/markdown"]))
    .join("\n")
    .trim();
  return {
    page: basename(file).replace(/\.ipynb$/, ".html"),
    title: /^# (.*)$/m.exec(prose)?.[1] ?? basename(file),
    question: /\*\*Question\.\*\* ([^]*?)\n\n/.exec(prose)?.[1]?.replaceAll("\n", " "),
    answer: answer || undefined,
  };
}

/** Writes the page. */
export async function writeIndex(file: string, summaries: readonly NotebookSummary[]): Promise<void> {
  const items = summaries.map(({ page, title, question, answer }) =>
    [
      `<section><h2><a href="${page}">${inline(title)}</a></h2>`,
      question ? html(question) : "",
      answer ? `<blockquote>${html(answer)}</blockquote>` : "",
      "</section>",
    ].join("")
  );
  const style =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}" +
    "blockquote{border-left:3px solid;margin-left:0;padding-left:1rem}h2{font-size:1.1rem;margin-bottom:.3rem}";
  await Deno.writeTextFile(
    file,
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
      `<title>makerbook: notebooks</title><style>${style}</style><h1>makerbook: notebooks</h1>${
        items.join("\n")
      }</html>\n`,
  );
}

/** The little Markdown that questions and answers use: paragraphs, lists, bold, italics, code and links. */
function html(markdown: string): string {
  return markdown.split(/\n(?=\* )|\n{2,}/).map((part) => {
    const text = inline(part.trim());
    return part.startsWith("* ") ? `<li>${text.slice(2)}</li>` : `<p>${text}</p>`;
  }).join("").replaceAll(/(?:<li>[^]*?<\/li>)+/g, "<ul>$&</ul>");
}

function inline(text: string): string {
  return escapeHtml(text)
    .replaceAll(/&lt;(\/?su[bp])&gt;/g, "<$1>")
    .replaceAll(/`([^`]+)`/g, "<code>$1</code>")
    .replaceAll(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>")
    .replaceAll(/\*(\S(?:[^*]*\S)?)\*/g, "<em>$1</em>")
    .replaceAll(
      /\[([^\]]+)\]\(([^)]+)\)/g,
      (_, name, page) => `<a href="${page.replace(/\.ipynb$/, ".html")}">${name}</a>`,
    );
}
