import { escapeHtml } from "./html.ts";

/** A page of tables and figures, readable in light and dark. */
export function htmlPage(title: string, parts: readonly { readonly html: string }[]): string {
  return [
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(title)}</title>`,
    `<meta name="color-scheme" content="light dark">`,
    `<body style="font-family:system-ui,sans-serif;margin:2em auto;max-width:1400px;padding:0 1em">`,
    `<h1 style="font-size:20px">${escapeHtml(title)}</h1>`,
    ...parts.map(({ html }) => html),
    "</body></html>\n",
  ].join("\n");
}
