/**
 * A page on 127.0.0.1 to watch a running session and to change it (I/O).
 *
 * Its address holds a token that works once: the first visit exchanges it for a cookie of that browser. What changes something must come
 * from the page itself (cookie, Origin and JSON), so that no other page in the same browser can do it. It closes with the session.
 *
 * @module
 */

import { SETTINGS, type Settings } from "./controls.ts";
import { controlHtml } from "./control_html.ts";
import { livePanel } from "./live_panel.ts";
import { answer, serveLoopback } from "./loopback.ts";
import { createRate } from "./rate.ts";
import type { Session } from "./session.ts";
import type { Market } from "./types.ts";
import { createCountdown } from "./warm_up.ts";

/** The page of one session. */
export interface ControlPage {
  /** Works once, for whoever opens it first. */
  readonly url: string;
  close(): Promise<void>;
}

/** Longest request that is read, bytes. */
const MOST = 4096;

/** @throws {Deno.errors.AddrInUse} where the port is taken */
export function openControlPage(
  session: Session,
  { market, port = 0 }: { readonly market: Market; readonly port?: number },
): ControlPage {
  let token: string | undefined = secret();
  const cookie = secret();
  const [rate, countdown] = [createRate(), createCountdown()];

  function state() {
    const snapshot = session.snapshot();
    const now = Date.now();
    const { messages } = snapshot.health;
    const options = { market, config: session.settings, now, rate: rate(now, messages.book + messages.trades) };
    const left = countdown(snapshot.elapsed, snapshot.warmUp);
    return {
      state: snapshot.state,
      panel: livePanel(snapshot, { ...options, countdown: left }).html,
      settings: Object.fromEntries(
        Object.entries(SETTINGS).map(([name, path]) => {
          const [section, key] = path.split(".") as ["model", "gamma"];
          return [name, session.settings[section][key]];
        }),
      ),
    };
  }

  function enter(request: Request, given: string, port: string): Response {
    // A browser may look at an address before anybody goes there; that must not use the token up.
    if (request.headers.has("sec-purpose") || request.headers.has("purpose")) return answer(503, "not in advance");
    if (token === undefined || !isEqual(given, token)) return answer(403, "this address has been used, or is wrong");
    token = undefined;
    const nonce = secret();
    return new Response(controlHtml(market, nonce), {
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'unsafe-inline'; ` +
          "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "set-cookie": `${cookieName(port)}=${cookie}; Path=/; HttpOnly; SameSite=Strict`,
      },
    });
  }

  const server = serveLoopback({
    port,
    async handle(request, origin) {
      const { pathname } = new URL(request.url);
      const own = new URL(origin).port;
      if (request.method === "GET" && pathname.startsWith("/open/")) return enter(request, pathname.slice(6), own);
      if (!isEqual(cookieOf(request, cookieName(own)) ?? "", cookie)) {
        return answer(403, "open the page by its address");
      }
      const site = request.headers.get("sec-fetch-site");
      if (site !== null && site !== "same-origin") return answer(403, "only from the page itself");
      if (request.method === "GET" && pathname === "/state") return Response.json(state());
      if (request.method !== "POST" || pathname !== "/control") return answer(404, "there is no such thing here");
      if (request.headers.get("origin") !== origin) return answer(403, "only from the page itself");
      if (request.headers.get("content-type") !== "application/json") return answer(415, "must be application/json");
      return await act(session, request);
    },
  });
  const close = () => server.close();
  session.done.then(close, close);
  return { url: `${server.origin}/open/${token}`, close };
}

/** Does what is asked for; a refusal says which bound was not kept. */
async function act(session: Session, request: Request): Promise<Response> {
  const refuse = (status: number, error: string) => Response.json({ error }, { status });
  const text = await readShort(request);
  if (text === undefined) return refuse(413, `longer than ${MOST} bytes`);
  let asked: { readonly do?: unknown; readonly settings?: unknown };
  try {
    asked = JSON.parse(text);
  } catch {
    return refuse(400, "must be JSON");
  }
  try {
    switch (asked?.do) {
      case "pause":
      case "resume":
      case "flatten":
        session[asked.do]();
        break;
      case "set":
        if (typeof asked.settings !== "object" || asked.settings === null) return refuse(400, "settings are missing");
        session.set(asked.settings as Settings);
        break;
      default:
        return refuse(400, "do must be one of pause, resume, flatten, set");
    }
  } catch (error) {
    return refuse(422, error instanceof Error ? error.message : String(error));
  }
  return Response.json({ state: session.snapshot().state });
}

async function readShort(request: Request): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let [text, size] = ["", 0];
  for await (const bytes of request.body ?? []) {
    size += bytes.length;
    if (size > MOST) return undefined;
    text += decoder.decode(bytes, { stream: true });
  }
  return text;
}

/** 256 random bits as text that needs no escaping. */
function secret(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Takes the same time wherever the texts differ. */
function isEqual(a: string, b: string): boolean {
  let different = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) different |= a.charCodeAt(i) ^ b.charCodeAt(i % Math.max(1, b.length));
  return different === 0;
}

/** Cookies know no ports: two sessions on one machine must not share theirs. */
const cookieName = (port: string) => `makerbook_${port}`;

function cookieOf(request: Request, name: string): string | undefined {
  for (const part of (request.headers.get("cookie") ?? "").split(";")) {
    const [key, value] = part.trim().split("=");
    if (key === name) return value;
  }
  return undefined;
}
