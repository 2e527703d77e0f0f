/**
 * A headless Chromium, driven over its DevTools protocol: what a person would see and click. Debian's package; nothing is downloaded.
 *
 * @module
 */
import { join } from "node:path";

/** Where Chromium is looked for. */
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** What to say where it is missing. */
export const MISSING = "NOT RUN: Chromium is missing. Install it with: apt-get install chromium";

/** The program's path; undefined where there is none. */
export function findChromium(): string | undefined {
  return PLACES.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** A tab. Selectors are CSS. */
export interface Page {
  goto(url: string): Promise<void>;
  /** The value of an expression, awaited. @throws {Error} with the page's own message */
  evaluate<T>(expression: string): Promise<T>;
  /** Waits until an expression is true. @throws {Error} naming it, after `seconds` */
  until(expression: string, what: string, seconds?: number): Promise<void>;
  /** A real click in the middle of an element. */
  click(selector: string): Promise<void>;
  /** Writes a PNG of what is seen. */
  screenshot(file: string): Promise<void>;
  /** The browser's window and the person's preference. */
  emulate(
    options: { readonly width: number; readonly height: number; readonly scheme: "light" | "dark" },
  ): Promise<void>;
}

/** A running browser. */
export interface Browser {
  open(): Promise<Page>;
  close(): Promise<void>;
}

type Answer = { readonly result?: Record<string, unknown>; readonly error?: { readonly message: string } };

/** Starts it with a profile of its own, which `close()` removes. */
export async function startChromium(program: string): Promise<Browser> {
  const profile = await Deno.makeTempDir({ prefix: "makerbook_chromium_" });
  const flags = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
    `--user-data-dir=${profile}`,
    "about:blank",
  ];
  const child = new Deno.Command(program, { args: flags, stdin: "null", stdout: "null", stderr: "piped" }).spawn();
  const { socket, rest } = await connect(child.stderr);
  const waiting = new Map<number, (answer: Answer) => void>();
  let last = 0;
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    waiting.get(message.id)?.(message);
    waiting.delete(message.id);
  };

  async function send(method: string, params: object = {}, sessionId?: string): Promise<Record<string, unknown>> {
    const id = ++last;
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, method, params, sessionId }));
    const { result, error } = await answered;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }

  async function open(): Promise<Page> {
    const { targetId } = await send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
    const ask = (method: string, params?: object) => send(method, params, sessionId as string);
    await ask("Page.enable");
    const page: Page = {
      async goto(url) {
        await ask("Page.navigate", { url });
        await page.until("document.readyState === 'complete'", `${url} to load`, 60);
      },
      async evaluate<T>(expression: string) {
        const options = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
        const { result, exceptionDetails } = await ask("Runtime.evaluate", options) as {
          result: { value?: T };
          exceptionDetails?: { exception?: { description?: string }; text: string };
        };
        if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
        return result.value as T;
      },
      async until(expression, what, seconds = 60) {
        const end = performance.now() + 1000 * seconds;
        while (performance.now() < end) {
          if (await page.evaluate<boolean>(`Boolean(${expression})`).catch(() => false)) return;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        const seen = await page.evaluate<string>("document.body.innerText.slice(-600)").catch(() => "nothing");
        throw new Error(`waited ${seconds} s for ${what}; the page shows: ${seen}`);
      },
      async click(selector) {
        const at = await page.evaluate<{ x: number; y: number } | null>(`(() => {
          const element = document.querySelector(${JSON.stringify(selector)});
          if (!element) return null;
          element.scrollIntoView({ block: "nearest" });
          const { left, top, width, height } = element.getBoundingClientRect();
          return { x: left + width / 2, y: top + height / 2 };
        })()`);
        if (!at) throw new Error(`no ${selector} to click`);
        for (const type of ["mouseMoved", "mousePressed", "mouseReleased"]) {
          await ask("Input.dispatchMouseEvent", { type, ...at, button: "left", clickCount: 1 });
        }
      },
      async screenshot(file) {
        const { data } = await ask("Page.captureScreenshot", { format: "png" }) as { data: string };
        await Deno.writeFile(file, Uint8Array.from(atob(data), (character) => character.charCodeAt(0)));
      },
      async emulate({ width, height, scheme }) {
        await ask("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
        const features = [{ name: "prefers-color-scheme", value: scheme }];
        await ask("Emulation.setEmulatedMedia", { features });
      },
    };
    return page;
  }

  return {
    open,
    async close() {
      await send("Browser.close").catch(() => {});
      socket.close();
      await Promise.all([child.status, rest]);
      await Deno.remove(profile, { recursive: true });
    },
  };
}

/** It says on stderr where it listens. */
async function connect(stderr: ReadableStream<Uint8Array>): Promise<{ socket: WebSocket; rest: Promise<void> }> {
  const reader = stderr.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  let address: string | undefined;
  while (address === undefined) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`Chromium ended: ${said.slice(-400)}`);
    said += value;
    address = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
  }
  const rest = (async () => {
    while (!(await reader.read()).done);
  })();
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  return { socket, rest };
}

/** Below the project's folder for results, where screenshots are kept for whoever wants to look. */
export async function screenshotFolder(root: string): Promise<string> {
  const folder = join(root, "out", "screenshots");
  await Deno.mkdir(folder, { recursive: true });
  return folder;
}
