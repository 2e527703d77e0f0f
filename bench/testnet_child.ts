/**
 * A testnet in a process of its own, as a session finds one in life.
 *
 * @module
 */
import { TESTNET_RUN } from "../lib/local.ts";
import { DEFAULT_KEY } from "../testnet/private/keys.ts";
import { hmac } from "../tests/testnet_private_client.ts";
import type { Ask } from "./exchange_truth.ts";

/** The testnet. */
export interface TestnetChild {
  readonly rest: string;
  readonly ws: string;
  readonly control: string;
  /** Market time at which it begins, microseconds. */
  readonly start: number;
  readonly pid: number;
  /** Asks the control endpoint; with a body it is a POST. */
  ask(path: string, body?: unknown): Promise<Record<string, unknown>>;
  /** A signed request of the default account. */
  readonly signed: Ask;
  close(): Promise<void>;
}

const MAIN = new URL("../testnet/main.ts", import.meta.url).pathname;

/** @param options those of `deno task testnet`; it begins held, and ends with this process */
export async function startTestnetChild(options: Readonly<Record<string, string | number>>): Promise<TestnetChild> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...[...TESTNET_RUN, MAIN, "--parent", "--hold", "--port", "0"],
      ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ],
    stdin: "piped",
    stdout: "piped",
    detached: true,
  }).spawn();
  const first = await firstLine(child.stdout);
  if (first === undefined) throw new Error(`the testnet did not start with ${JSON.stringify(options)}`);
  const ready = JSON.parse(first) as TestnetPlace & { start: number };
  return {
    ...attachTestnet(ready),
    start: ready.start,
    pid: child.pid,
    async close() {
      await child.stdin.close().catch(() => {});
      await child.status;
    },
  };
}

/** Where a testnet listens. */
export type TestnetPlace = Pick<TestnetChild, "rest" | "ws" | "control">;

/** A testnet that somebody else runs. */
export function attachTestnet({ rest, ws, control }: TestnetPlace): Omit<TestnetChild, "start" | "pid" | "close"> {
  return {
    ...{ rest, ws, control },
    async ask(path, body) {
      const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
      const answer = await fetch(control + path, init);
      const json = await answer.json();
      if (!answer.ok) throw new Error(`testnet ${path} ${JSON.stringify(body)}: ${JSON.stringify(json)}`);
      return json;
    },
    async signed(path, params) {
      const named = Object.entries({ ...params, timestamp: Date.now() }).map(([k, v]) => [k, String(v)]);
      const query = new URLSearchParams(named).toString();
      const url = `${rest}/api/v3/${path}?${query}&signature=${hmac(query)}`;
      const answer = await fetch(url, { headers: { "X-MBX-APIKEY": DEFAULT_KEY.apiKey } });
      const json = await answer.json();
      if (!answer.ok) throw new Error(`${path}: ${JSON.stringify(json)}`);
      return json;
    },
  };
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string | undefined> {
  const reader = stream.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) return undefined;
    text += value;
  }
  void (async () => {
    while (!(await reader.read()).done) { /* nothing else is of interest */ }
  })();
  return text.slice(0, text.indexOf("\n"));
}
