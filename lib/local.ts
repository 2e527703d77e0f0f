/**
 * The local testnet as a child process (I/O): a Binance-compatible exchange of one's own, for `environment: local`.
 *
 * It waits with its clock held until the caller has subscribed, so that no message is missed, and ends with this process, however
 * that ends: its standard input closes. An interrupt (Ctrl-C, a notebook's Interrupt) does not reach it.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Config, locate } from "./settings.ts";

/** Messages by kind. */
export interface ServedCounts {
  readonly depth: number;
  readonly trade: number;
}

/** A running testnet. Times in microseconds UTC. */
export interface LocalExchange {
  readonly rest: string;
  readonly ws: string;
  readonly control: string;
  /** Market time at which the replay begins, and the end of its tape. */
  readonly startTs: number;
  readonly endTs: number;
  /** Market seconds a wall second. */
  readonly speed: number;
  /** Lets the held clock go. */
  release(): Promise<void>;
  /** Stops market time; nothing is sent until it is released. */
  hold(): Promise<void>;
  /** Messages it served up to the given update and trade id. */
  servedUpTo(ids: { readonly depth: number; readonly trade: number }): Promise<ServedCounts>;
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Ends the process and waits for that. May be called again. */
  close(): Promise<void>;
}

/** What of the configuration it takes. */
export type LocalConfig = Pick<Config, "root" | "testnet">;

interface ReadyLine {
  readonly rest: string;
  readonly ws: string;
  readonly control: string;
  readonly start: number;
  readonly end: number;
  readonly speed: number;
}

/**
 * How a testnet's process is run. By default JavaScript lets garbage pile up to four times of what is alive, so that what an exchange keeps of
 * a day's orders would count fourfold; here it is one and a half times.
 */
export const TESTNET_RUN: readonly string[] = ["run", "--quiet", "--allow-all", "--v8-flags=--heap-growing-percent=50"];

const MAIN = fileURLToPath(new URL("../testnet/main.ts", import.meta.url));
const PROJECT = fileURLToPath(new URL("../deno.json", import.meta.url));

/**
 * Starts the testnet of the configuration and waits until it listens.
 *
 * @throws {Error} in one line, where the tape is missing or damaged or the port is taken
 */
export async function startLocal(config: LocalConfig): Promise<LocalExchange> {
  const { tape, speed, start, port } = config.testnet;
  const options = { tape: locate(config, tape), speed, start, port };
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...[...TESTNET_RUN, "--config", PROJECT, MAIN, "--parent", "--hold"],
      ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ],
    cwd: join(PROJECT, ".."),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    // A session of its own: an interrupt of this process is for us to handle, with the market still there.
    detached: true,
  }).spawn();
  const complaint = new Response(child.stderr).text();
  const ended = child.status.then(() => {});
  const input = child.stdin.getWriter();
  const close = async () => {
    await input.close().catch(() => {});
    await ended;
  };
  const first = await firstLine(child.stdout);
  if (first === undefined) {
    await close();
    // deno-lint-ignore no-control-regex
    const lines = (await complaint).replaceAll(/\x1b\[[0-9;]*m/g, "").trim().split("\n");
    const [line = ""] = lines.filter((text) => /^error: /i.test(text));
    throw new Error(
      `the testnet did not start: ${(line || lines.at(-1) || "no reason given").replace(/^error: /i, "")}`,
    );
  }
  const ready = JSON.parse(first) as ReadyLine;

  async function ask(path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(ready.control + path, {
      method: body === undefined ? "GET" : "POST",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch(() => {
      throw new Error(`the testnet at ${ready.control} does not answer ${path}: its process has ended`);
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`testnet ${path}: ${(answer as { error?: string }).error ?? response.status}`);
    return answer;
  }

  return {
    rest: ready.rest,
    ws: ready.ws,
    control: ready.control,
    startTs: ready.start,
    endTs: ready.end,
    speed: ready.speed,
    release: async () => void await ask("/clock", { held: false }),
    hold: async () => void await ask("/clock", { held: true }),
    servedUpTo: async ({ depth, trade }) => await ask(`/served?depth=${depth}&trade=${trade}`) as ServedCounts,
    ended,
    close,
  };
}

/** The first line of a stream, which is then read to its end for nothing; undefined if it ends without one. */
async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string | undefined> {
  const reader = stream.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) return undefined;
    text += value;
  }
  void (async () => {
    while (!(await reader.read()).done) { /* whatever else it says is of no interest */ }
  })();
  return text.slice(0, text.indexOf("\n"));
}
