/**
 * Dark colours for the HTML that nbconvert writes, for readers who prefer them: its own template knows only one of the two.
 *
 * @module
 */

const COLOURS: Readonly<Record<string, string>> = {
  "layout-color0": "#111",
  "layout-color1": "#111",
  "layout-color2": "#333",
  "layout-color3": "#555",
  "layout-color4": "#777",
  "ui-font-color0": "#fff",
  "ui-font-color1": "#e4e4e4",
  "ui-font-color2": "#b0b0b0",
  "ui-font-color3": "#8c8c8c",
  "content-font-color0": "#fff",
  "content-font-color1": "#e4e4e4",
  "content-font-color2": "#b0b0b0",
  "content-font-color3": "#8c8c8c",
  "content-link-color": "#64b5f6",
  "border-color0": "#555",
  "border-color1": "#555",
  "border-color2": "#444",
  "border-color3": "#333",
  "cell-editor-background": "#1d1d1d",
  "cell-editor-border-color": "#3a3a3a",
  "rendermime-table-row-background": "#1c1c1c",
  "rendermime-table-row-hover-background": "#263238",
  "rendermime-error-background": "#4a1a1a",
  "cell-prompt-not-active-font-color": "#8c8c8c",
  "mirror-editor-keyword-color": "#7bc96f",
  "mirror-editor-number-color": "#8bd5a0",
  "mirror-editor-def-color": "#82aaff",
  "mirror-editor-variable-color": "#e4e4e4",
  "mirror-editor-variable-2-color": "#9cc4f0",
  "mirror-editor-punctuation-color": "#82b1ff",
  "mirror-editor-property-color": "#82b1ff",
  "mirror-editor-operator-color": "#d3a4ff",
  "mirror-editor-comment-color": "#8fb8b8",
  "mirror-editor-string-color": "#ff8a80",
  "mirror-editor-builtin-color": "#7bc96f",
};

/** @param html of nbconvert's `lab` template */
export function withDarkColours(html: string): string {
  const colours = Object.entries(COLOURS).map(([name, colour]) => `--jp-${name}:${colour}`).join(";");
  // Prompts and inline code have their colours written out in the template.
  const style = `<style>@media (prefers-color-scheme: dark){:root,body{${colours};color-scheme:dark}` +
    `body{background:#111}.jp-RenderedHTMLCommon code{background:#2a2a2a}.highlight{background:transparent}}</style>`;
  return html.replace("</head>", `${style}</head>`);
}
