/**
 * How fast the testnet is: orders and cancels a second and their latency over REST and over the WebSocket API, and messages a second streamed
 * to one and to ten clients. The testnet runs as a process of its own.
 *
 * `deno run -A bench/testnet_throughput.ts [ORDERS]` (2000 where not given): each figure is the median of three runs.
 *
 * @module
 */
import { median } from "simple-statistics";
import { DEFAULT_KEY } from "../testnet/private/keys.ts";
import { post } from "../tests/testnet_client.ts";
import { hmac } from "../tests/testnet_private_client.ts";

const MAIN = new URL("../testnet/main.ts", import.meta.url).pathname;
const RUNS = 3;

const count = Number(Deno.args[0] ?? 2000);
if (!Number.isInteger(count) || count < 10) {
  console.error("Usage: deno run -A bench/testnet_throughput.ts [ORDERS]");
  Deno.exit(2);
}

/** Starts a testnet and stops it afterwards. */
async function withProcess<T>(
  args: readonly string[],
  use: (at: { rest: string; ws: string; control: string }) => Promise<T>,
): Promise<T> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, "--port", "0", "--parent", ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  });
  const child = command.spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  try {
    return await use(JSON.parse(value as string));
  } finally {
    await child.stdin.close();
    await reader.cancel();
    await child.status;
  }
}

const quantile = (values: readonly number[], q: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] as number;

/** Orders that rest, and their cancels: what a market maker sends. */
const order = (i: number) => ({
  symbol: "BTCUSDT",
  side: "BUY",
  type: "LIMIT_MAKER",
  quantity: "0.001",
  price: `${50000 + i % 100}.00`,
  newClientOrderId: `o${i}`,
  timestamp: String(Date.now()),
});
const cancel = (i: number) => ({ symbol: "BTCUSDT", origClientOrderId: `o${i}`, timestamp: String(Date.now()) });

type Request = readonly [method: "POST" | "DELETE", params: Record<string, string>];

/** Sends `count` orders and their cancels, `inFlight` at a time. Returns requests a second and their latencies, milliseconds. */
async function drive(inFlight: number, send: (request: Request) => Promise<void>) {
  const latencies: number[] = [];
  let next = 0;
  const begin = performance.now();
  const timed = async (request: Request) => {
    const sent = performance.now();
    await send(request);
    latencies.push(performance.now() - sent);
  };
  const lane = async () => {
    while (next < count) {
      const i = next++;
      await timed(["POST", order(i)]);
      await timed(["DELETE", cancel(i)]);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return { perSecond: latencies.length / ((performance.now() - begin) / 1000), latencies };
}

async function overRest(rest: string, inFlight: number) {
  return await drive(inFlight, async ([method, params]) => {
    const query = new URLSearchParams(params).toString();
    const url = `${rest}/api/v3/order?${query}&signature=${hmac(query)}`;
    const response = await fetch(url, { method, headers: { "X-MBX-APIKEY": DEFAULT_KEY.apiKey } });
    const body = await response.json();
    if (response.status !== 200) throw new Error(`${response.status} ${JSON.stringify(body)}`);
  });
}

async function overWebSocket(ws: string, inFlight: number) {
  const socket = new WebSocket(`${ws}/ws-api/v3?returnRateLimits=false`);
  await new Promise((resolve) => socket.onopen = resolve);
  const waiting = new Map<number, (status: number) => void>();
  socket.onmessage = ({ data }) => {
    const { id, status } = JSON.parse(data);
    waiting.get(id)?.(status);
    waiting.delete(id);
  };
  let id = 0;
  const result = await drive(inFlight, async ([method, given]) => {
    const i = ++id;
    const params: Record<string, string> = { ...given, apiKey: DEFAULT_KEY.apiKey };
    const payload = Object.entries(params).sort().map(([name, value]) => `${name}=${value}`).join("&");
    const answer = new Promise<number>((resolve) => waiting.set(i, resolve));
    const name = method === "POST" ? "order.place" : "order.cancel";
    socket.send(JSON.stringify({ id: i, method: name, params: { ...params, signature: hmac(payload) } }));
    if (await answer !== 200) throw new Error(`${name} was refused`);
  });
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
  return result;
}

/** Lets ten minutes of the default tape pass at once. Returns messages a second, over all clients. */
async function stream(clients: number): Promise<number> {
  return await withProcess(["--hold"], async ({ ws, control }) => {
    let received = 0;
    let last = 0;
    const sockets = await Promise.all(Array.from({ length: clients }, async () => {
      const socket = new WebSocket(`${ws}/ws/btcusdt@depth@100ms/btcusdt@trade/btcusdt@bookTicker`);
      await new Promise((resolve) => socket.onopen = resolve);
      socket.onmessage = () => {
        received++;
        last = performance.now();
      };
      return socket;
    }));
    const begin = performance.now();
    let sent = -1;
    for (let passed = 0; passed < 600; passed += 10) await post(`${control}/clock`, { step: 10 });
    const { sent: byStream } = await (await fetch(`${control}/status`)).json();
    sent = Object.values(byStream as Record<string, number>).reduce((sum, n) => sum + n, 0);
    while (received < sent) await new Promise((resolve) => setTimeout(resolve, 1));
    for (const socket of sockets) socket.close();
    return received / ((last - begin) / 1000);
  });
}

const figure = (value: number, digits = 0) => value.toFixed(digits).padStart(9);

async function orders(name: string, inFlight: number, send: typeof overRest): Promise<void> {
  const runs = [];
  for (let run = 0; run < RUNS; run++) {
    // Its own limits would be the first thing to be measured; a faster market has as much higher ones.
    const args = ["--market", "empty", "--speed", "1000", "--balance", "USDT=1000000000", "--balance", "BTC=1"];
    runs.push(await withProcess(args, ({ rest, ws }) => send(name.startsWith("REST") ? rest : ws, inFlight)));
  }
  const perSecond = median(runs.map((run) => run.perSecond));
  const p50 = median(runs.map(({ latencies }) => quantile(latencies, 0.5)));
  const p99 = median(runs.map(({ latencies }) => quantile(latencies, 0.99)));
  console.log(`${name.padEnd(34)}${figure(perSecond)} a second   p50 ${figure(p50, 2)} ms   p99 ${figure(p99, 2)} ms`);
}

await orders("REST, one at a time", 1, overRest);
await orders("WebSocket API, one at a time", 1, overWebSocket);
await orders("REST, eight at a time", 8, overRest);
await orders("WebSocket API, eight at a time", 8, overWebSocket);
for (const clients of [1, 10]) {
  const runs = [];
  for (let run = 0; run < RUNS; run++) runs.push(await stream(clients));
  console.log(`${`streamed to ${clients}`.padEnd(34)}${figure(median(runs))} messages a second`);
}
