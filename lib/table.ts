import { escapeHtml } from "./html.ts";

/** A finished table: for a terminal, and for a notebook. */
export interface Table {
  readonly title: string;
  readonly text: string;
  readonly html: string;
}

/** How a table looks beyond its cells. */
export interface TableOptions {
  /** One letter a column, `l` or `r`; the first column left and the others right when absent. */
  readonly align?: string;
  /** Long: a notebook shows it in a box of its own with a scroll bar. */
  readonly isLong?: boolean;
}

/**
 * A table of short texts. A row of one cell heads a group. Columns whose names are all empty have no head.
 *
 * @throws {RangeError} for a row that has neither one cell nor as many as there are columns
 */
export function createTable(
  title: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): Table {
  rows.forEach((row, i) => {
    if (row.length === columns.length || row.length === 1) return;
    throw new RangeError(`table "${title}": row ${i} has ${row.length} cells, must have ${columns.length} (or 1)`);
  });
  const isHead = (row: readonly string[]) => row.length === 1 && columns.length > 1;
  const isLeft = (i: number) => (options.align?.[i] ?? (i === 0 ? "l" : "r")) === "l";
  const hasNames = columns.some((column) => column !== "");
  const widths = columns.map((column, i) =>
    Math.max(length(column), ...rows.map((row) => isHead(row) ? 0 : length(row[i] ?? "")))
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => isLeft(i) ? pad(cell, widths[i]!) : padLeft(cell, widths[i]!)).join("  ").trimEnd();
  const rule = "-".repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  const body = rows.map((row) => isHead(row) ? `[${row[0]}]` : line(row));
  const text = [title, rule, ...(hasNames ? [line(columns), rule] : []), ...body, rule].join("\n");

  const cell = (tag: "td" | "th", content: string, i: number) =>
    `<${tag} style="text-align:${isLeft(i) ? "left" : "right"};padding:2px 10px 2px 0;vertical-align:top${
      i === 0 || !isLeft(i) ? ";white-space:nowrap" : ""
    }${tag === "td" && !isLeft(i) ? ";font-variant-numeric:tabular-nums" : ""}">${escapeHtml(content)}</${tag}>`;
  const htmlRow = (tag: "td" | "th", row: readonly string[]) =>
    isHead(row)
      ? `<tr><th colspan="${columns.length}" style="text-align:left;padding:8px 0 2px 0">${
        escapeHtml(row[0]!)
      }</th></tr>`
      : `<tr>${row.map((content, i) => cell(tag, content, i)).join("")}</tr>`;
  const caption = `<caption style="text-align:left;font-weight:600;font-size:15px;color:inherit;padding-bottom:4px">${
    escapeHtml(title)
  }</caption>`;
  const head = hasNames ? `<thead>${htmlRow("th", columns)}</thead>` : "";
  const table =
    `<table style="border-collapse:collapse;font-size:13px;color:inherit;margin:0 0 14px">${caption}${head}<tbody>${
      rows.map((row) => htmlRow("td", row)).join("")
    }</tbody></table>`;
  const html = options.isLong ? `<div style="max-height:340px;overflow:auto">${table}</div>` : table;
  return { title, text, html };
}

/** Characters as seen: combining ones would not count, but none are used here. */
const length = (text: string) => [...text].length;
const pad = (text: string, width: number) => text + " ".repeat(Math.max(0, width - length(text)));
const padLeft = (text: string, width: number) => " ".repeat(Math.max(0, width - length(text))) + text;
