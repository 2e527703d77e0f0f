/**
 * A plain client of the testnet for its tests: the platform's own `WebSocket` and `fetch`, nothing of this project.
 *
 * @module
 */

/** The default tape. */
export const TAPE = new URL("../data/sample/binance_spot_btcusdt_20240808", import.meta.url).pathname;

/** A stream connection that keeps every message. */
export interface Client {
  readonly messages: string[];
  /** Sends a request and waits for its answer, which is kept out of `messages`. */
  request(method: string, params?: unknown, id?: unknown): Promise<Record<string, unknown>>;
  /** Sends any text and waits for the next answer that is no stream message. */
  raw(text: string): Promise<Record<string, unknown>>;
  /** Waits until all that was sent before has arrived. */
  settle(): Promise<void>;
  /** Resolves when the connection has ended. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/** Connects. */
export async function connect(url: string): Promise<Client> {
  const socket = new WebSocket(url);
  const messages: string[] = [];
  const waiting: ((answer: Record<string, unknown>) => void)[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error(`no connection to ${url}`));
  });
  socket.onerror = () => {};
  socket.onmessage = ({ data }) => {
    // Only answers begin like this; no stream message does.
    if (/^\{"(result|error)":/.test(data)) waiting.shift()?.(JSON.parse(data));
    else messages.push(data);
  };
  const closed = new Promise<void>((resolve) => socket.onclose = () => resolve());
  const raw = (text: string) => {
    const answer = new Promise<Record<string, unknown>>((resolve) => waiting.push(resolve));
    socket.send(text);
    return answer;
  };
  let nextId = 1;
  const request = (method: string, params?: unknown, id: unknown = nextId++) =>
    raw(JSON.stringify({ method, params, id }));
  return {
    messages,
    raw,
    request,
    settle: async () => void await request("LIST_SUBSCRIPTIONS"),
    closed,
    close() {
      socket.close();
      return closed;
    },
  };
}

/** GETs JSON. */
// deno-lint-ignore no-explicit-any
export async function get(url: string, headers: Record<string, string> = {}): Promise<any> {
  const response = await fetch(url, { headers });
  return await response.json();
}

/** POSTs JSON to a control endpoint. */
// deno-lint-ignore no-explicit-any
export async function post(url: string, body: unknown): Promise<any> {
  const response = await fetch(url, { method: "POST", body: JSON.stringify(body) });
  return await response.json();
}

/** The messages of the default tape, parsed: in the order of the recording. */
// deno-lint-ignore no-explicit-any
export async function recording(): Promise<{ stream: string; text: string; data: any }[]> {
  const rows = [];
  for (const part of ["part1", "part2"]) {
    const file = await Deno.open(`${TAPE}/${part}.jsonl.gz`);
    const text = await new Response(file.readable.pipeThrough(new DecompressionStream("gzip"))).text();
    for (const line of text.split("\n")) {
      const json = line.slice(line.indexOf(" ") + 1);
      const match = /^\{"stream":"([^"]+)","data":(.*)\}$/.exec(json);
      if (match !== null) rows.push({ stream: match[1]!, text: match[2]!, data: JSON.parse(match[2]!) });
    }
  }
  return rows;
}

/** mulberry32, uniform on [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A small recording written to a temporary file, gone when the callback has ended. */
export async function withTape<T>(lines: readonly string[], use: (path: string) => Promise<T>): Promise<T> {
  const path = await Deno.makeTempFile({ suffix: ".jsonl" });
  try {
    await Deno.writeTextFile(path, lines.map((line) => line + "\n").join(""));
    return await use(path);
  } finally {
    await Deno.remove(path);
  }
}
