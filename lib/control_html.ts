/**
 * The page of {@linkcode openControlPage}: the live panel, buttons, and a field a setting with its unit and bounds. Pure.
 *
 * @module
 */

import { SETTINGS } from "./controls.ts";
import { escapeHtml } from "./html.ts";
import { describeKey, type Key, listKeys } from "./keys.ts";
import type { Market } from "./types.ts";

/** @param nonce of the one script that may run */
export function controlHtml(market: Market, nonce: string): string {
  const keys = new Map(listKeys().map(({ path, key }) => [path, key]));
  const fields = Object.entries(SETTINGS).map(([name, path]) => field(name, keys.get(path)!)).join("");
  const title = `makerbook: ${escapeHtml(market.symbol)}`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><style>${STYLE}</style></head><body>
<h1>${title}</h1><div id="panel"></div>
<p class="buttons"><button data-do="pause">Pause</button><button data-do="resume">Resume</button><button data-do="flatten" data-ask="Cancel everything and take the position to zero?">Flatten</button></p>
<form id="form"><h2>Settings</h2><div class="fields">${fields}</div><p class="buttons"><button>Set what was changed</button></p></form>
<p id="said" role="status" aria-live="polite"></p>
<script nonce="${nonce}">${SCRIPT}</script></body></html>`;
}

function field(name: string, key: Key): string {
  const input = key.type === "choice"
    ? `<select name="${name}">${
      key.choices.map((choice) => `<option>${escapeHtml(choice)}</option>`).join("")
    }</select>`
    : `<input name="${name}" inputmode="decimal" autocomplete="off">`;
  return `<label><span>${name}</span>${input}<small>${escapeHtml(key.about)}: ${
    escapeHtml(describeKey(key))
  }</small></label>`;
}

const STYLE = `
:root{color-scheme:light dark}
body{font:14px/1.45 system-ui,sans-serif;max-width:800px;margin:16px auto;padding:0 12px}
h1{font-size:17px;margin:0 0 8px} h2{font-size:15px;margin:16px 0 6px}
.buttons{display:flex;gap:8px;margin:10px 0} button{font:inherit;padding:5px 14px}
.fields{display:grid;grid-template-columns:repeat(auto-fill,minmax(240px,1fr));gap:8px 16px}
label{display:grid;grid-template-columns:1fr 110px;align-items:baseline;align-content:start} label small{grid-column:1/-1;opacity:.75}
input,select{font:inherit;width:100%;box-sizing:border-box} input.changed,select.changed{outline:2px solid currentColor}
#said{min-height:1.5em;font-weight:600;white-space:pre-line}`;

// The address with the token leaves the bar and the history: it is of no use any more.
const SCRIPT = `
history.replaceState(null, "", "/");
const said = document.getElementById("said"), panel = document.getElementById("panel"), form = document.getElementById("form");
const fields = [...form.querySelectorAll("input,select")];
let known = {};
async function look() {
  try {
    const answer = await fetch("/state");
    if (!answer.ok) throw new Error(await answer.text());
    const { panel: html, settings } = await answer.json();
    panel.innerHTML = html;
    for (const field of fields) {
      // What a person is about to change stays; all else follows the session.
      if (!(field.name in known) || field.value === String(known[field.name])) field.value = settings[field.name];
      field.classList.toggle("changed", field.value !== String(settings[field.name]));
    }
    known = settings;
  } catch (error) {
    clearInterval(timer);
    said.textContent = "The session has ended, or the page was opened elsewhere.";
    for (const button of document.querySelectorAll("button")) button.disabled = true;
  }
}
async function send(control) {
  const answer = await fetch("/control", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(control) });
  const { error, state } = await answer.json();
  said.textContent = error ? "Refused. " + error : control.do + ": done, the session is " + state;
  await look();
}
for (const button of document.querySelectorAll("button[data-do]")) {
  button.onclick = () => { if (!button.dataset.ask || confirm(button.dataset.ask)) send({ do: button.dataset.do }); };
}
form.onsubmit = async (event) => {
  event.preventDefault();
  const settings = {};
  for (const { name, value, tagName } of fields) {
    if (value === String(known[name])) continue;
    settings[name] = tagName === "SELECT" || value.trim() === "" || Number.isNaN(Number(value)) ? value : Number(value);
  }
  await send({ do: "set", settings });
};
const timer = setInterval(look, 1000);
look();`;
