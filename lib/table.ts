/** A finished table: for a terminal, and for a notebook. */
export interface Table {
  readonly title: string;
  readonly text: string;
  readonly html: string;
}

/**
 * A table of short texts. The first column is aligned left, the others right; a row of one cell heads a group.
 *
 * @throws {RangeError} for a row that has neither one cell nor as many as there are columns
 */
export function createTable(title: string, columns: readonly string[], rows: readonly (readonly string[])[]): Table {
  rows.forEach((row, i) => {
    if (row.length === columns.length || row.length === 1) return;
    throw new RangeError(`table "${title}": row ${i} has ${row.length} cells, must have ${columns.length} (or 1)`);
  });
  const widths = columns.map((column, i) =>
    Math.max(length(column), ...rows.map((row) => row.length === 1 && columns.length > 1 ? 0 : length(row[i] ?? "")))
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => i === 0 ? pad(cell, widths[0]!) : padLeft(cell, widths[i]!)).join("  ").trimEnd();
  const rule = "-".repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  const isHead = (row: readonly string[]) => row.length === 1 && columns.length > 1;
  const text = [title, rule, line(columns), rule, ...rows.map((row) => isHead(row) ? `[${row[0]}]` : line(row)), rule];
  const cell = (tag: "td" | "th", i: number) => (content: string) =>
    `<${tag} style="text-align:${i === 0 ? "left" : "right"};padding:2px 10px 2px 0;white-space:nowrap${
      tag === "td" && i > 0 ? ";font-variant-numeric:tabular-nums" : ""
    }">${escape(content)}</${tag}>`;
  const htmlRow = (tag: "td" | "th", row: readonly string[]) =>
    isHead(row)
      ? `<tr><th colspan="${columns.length}" style="text-align:left;padding-top:8px">${escape(row[0]!)}</th></tr>`
      : `<tr>${row.map((content, i) => cell(tag, i)(content)).join("")}</tr>`;
  const html =
    `<table style="border-collapse:collapse;font-size:13px;color:inherit"><caption style="text-align:left;font-weight:600;font-size:15px;color:inherit;padding-bottom:4px">${
      escape(title)
    }</caption><thead>${htmlRow("th", columns)}</thead><tbody>${
      rows.map((row) => htmlRow("td", row)).join("")
    }</tbody></table>`;
  return { title, text: text.join("\n"), html };
}

/** Characters as seen: combining ones would not count, but none are used here. */
const length = (text: string) => [...text].length;
const pad = (text: string, width: number) => text + " ".repeat(Math.max(0, width - length(text)));
const padLeft = (text: string, width: number) => " ".repeat(Math.max(0, width - length(text))) + text;

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
