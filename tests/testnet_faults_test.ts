import { assert, assertEquals, assertThrows } from "@std/assert";
import { checkFault, parseFault } from "testnet/fault_spec.ts";
import { startTestnet, type Testnet, type TestnetOptions } from "testnet/server.ts";
import { type Client, connect, get, post, TAPE } from "./testnet_client.ts";

/** Runs against a market that stands 48 seconds after the beginning of the tape, with a client on the 100 ms diffs. */
async function held(
  use: (testnet: Testnet, client: Client) => Promise<void>,
  options: Partial<TestnetOptions> = {},
): Promise<void> {
  const testnet = await startTestnet({ tape: TAPE, start: 48, hold: true, ...options });
  try {
    await use(testnet, await connect(`${testnet.ws}/ws/btcusdt@depth@100ms`));
  } finally {
    await testnet.close();
  }
}

async function step(testnet: Testnet, client: Client, seconds: number): Promise<void> {
  await post(`${testnet.control}/clock`, { step: seconds });
  await client.settle();
}

// deno-lint-ignore no-explicit-any
const updates = (client: Client): any[] => client.messages.map((text) => JSON.parse(text));
const gaps = (client: Client): number =>
  updates(client).filter((update, i, all) => i > 0 && update.U !== all[i - 1].u + 1).length;

Deno.test("skip_depth leaves out so many diffs: one update-id gap", () =>
  held(async (testnet, client) => {
    await step(testnet, client, 1);
    const before = client.messages.length;
    await post(`${testnet.control}/fault`, { kind: "skip_depth", count: 3 });
    await step(testnet, client, 1);
    assertEquals(gaps(client), 1);
    const status = await get(`${testnet.control}/status`);
    assertEquals(status.served.depth, client.messages.length);
    assertEquals(status.issued.depth, client.messages.length + 3);
    assert(before > 5);
    await client.close();
  }));

Deno.test("crossed puts a bid above the best ask and takes it back with the next diff", () =>
  held(async (testnet, client) => {
    const clean = await connect(`${testnet.ws}/ws/btcusdt@depth@100ms`);
    await post(`${testnet.control}/fault`, { kind: "crossed", ticks: 5 });
    await step(testnet, client, 1);
    await clean.settle();
    const [first, second, third] = updates(client);
    const [price, qty] = first.b.at(-1);
    const book = await get(`${testnet.rest}/api/v3/depth?symbol=BTCUSDT&limit=1`);
    assert(Math.abs(Number(price) - Number(book.asks[0][0])) < 100 && Number(qty) > 0);
    assert(Number(price) > Number(first.a.find(([, q]: string[]) => Number(q) > 0)?.[0] ?? 0));
    assertEquals(second.b.at(-1), [price, "0.00000000"]);
    assert(third.b.every(([p]: string[]) => p !== price));
    assertEquals(gaps(client), 0);
    await Promise.all([client.close(), clean.close()]);
  }));

Deno.test("stale leaves out everything while the connection answers, and ends when cleared", () =>
  held(async (testnet, client) => {
    await post(`${testnet.control}/fault`, { kind: "stale" });
    await step(testnet, client, 5);
    assertEquals(client.messages, []);
    assertEquals((await client.request("GET_PROPERTY", ["combined"])).result, false);
    await post(`${testnet.control}/fault`, { kind: "clear" });
    await step(testnet, client, 1);
    assert(client.messages.length > 5);
    await client.close();
  }));

Deno.test("duplicate sends diffs twice, reorder swaps neighbours, and nothing else changes", () =>
  held(async (testnet, client) => {
    await post(`${testnet.control}/fault`, { kind: "duplicate", count: 2 });
    await step(testnet, client, 1);
    const [a, b, c, d, e] = client.messages;
    assert(a === b && c === d && d !== e);
    client.messages.length = 0;
    await post(`${testnet.control}/fault`, { kind: "reorder" });
    await step(testnet, client, 1);
    const [first, second, third] = updates(client);
    assertEquals(second.u + 1, first.U);
    assertEquals(third.U, first.u + 1);
    await client.close();
  }));

Deno.test("delay lets messages arrive later, all of them and in order", () =>
  held(async (testnet, client) => {
    await post(`${testnet.control}/fault`, { kind: "delay", delay_ms: 30, jitter_ms: 20, count: 10 });
    await step(testnet, client, 2);
    const { issued } = await get(`${testnet.control}/status`);
    while (client.messages.length < issued.depth) await client.settle();
    assertEquals([client.messages.length, gaps(client)], [issued.depth, 0]);
    await client.close();
  }));

Deno.test("drop ends every connection and refuses new ones as long as it was told", () =>
  held(async (testnet, client) => {
    await post(`${testnet.control}/fault`, { kind: "drop", refuse_ms: 60_000, rest: true });
    await client.closed;
    const refused = await connect(`${testnet.ws}/ws`).then(() => false, () => true);
    const rest = await get(`${testnet.rest}/api/v3/ping`).then(() => false, () => true);
    assert(refused && rest);
    await post(`${testnet.control}/fault`, { kind: "clear" });
    assertEquals(await get(`${testnet.rest}/api/v3/ping`), {});
    await (await connect(`${testnet.ws}/ws`)).close();
  }));

Deno.test("half_open leaves old sockets silent and open while new ones work", () =>
  held(async (testnet, client) => {
    await post(`${testnet.control}/fault`, { kind: "half_open" });
    let ended = false;
    client.closed.then(() => ended = true);
    let answered = false;
    client.request("LIST_SUBSCRIPTIONS").then(() => answered = true);
    const fresh = await connect(`${testnet.ws}/ws/btcusdt@depth@100ms`);
    await step(testnet, fresh, 2);
    assert(fresh.messages.length > 10);
    assertEquals([client.messages.length, ended, answered], [0, false, false]);
    await fresh.close();
  }));

Deno.test("http_error answers so many requests with status, code and Retry-After", () =>
  held(async (testnet, client) => {
    const url = `${testnet.rest}/api/v3/depth?symbol=BTCUSDT`;
    const statuses = async (n: number) => {
      const found = [];
      for (let i = 0; i < n; i++) {
        const response = await fetch(url);
        found.push([response.status, response.headers.get("retry-after"), (await response.json()).code]);
      }
      return found;
    };
    await post(`${testnet.control}/fault`, { kind: "http_error", count: 2, status: 429, retry_after: 7 });
    assertEquals(await statuses(3), [[429, "7", -1003], [429, "7", -1003], [200, null, undefined]]);
    await post(`${testnet.control}/fault`, { kind: "http_error", status: 418, path: "/api/v3/time" });
    assertEquals(await statuses(1), [[200, null, undefined]]);
    assertEquals((await get(`${testnet.rest}/api/v3/time`)).code, -1003);
    await post(`${testnet.control}/fault`, { kind: "http_error" });
    assertEquals(await statuses(1), [[503, null, -1008]]);
    await client.close();
  }));

Deno.test("random faults are the same for the same seed, and a fault can wait for its moment", async () => {
  const play = async (seed: number) => {
    let texts: string[] = [];
    await held(async (testnet, client) => {
      await step(testnet, client, 20);
      texts = [...client.messages];
      await client.close();
    }, { seed, faults: [parseFault("skip_depth@10:probability=0.3")] });
    return texts;
  };
  const one = await play(7);
  assertEquals(await play(7), one);
  assert((await play(8)).join() !== one.join());
  const found = one.map((text) => JSON.parse(text));
  const at = found.findIndex((update, i) => i > 0 && update.U !== found[i - 1].u + 1);
  assert(found[at].E - found[0].E >= 9_800);
});

Deno.test("a fault is refused with the key, the value and what it must be", () => {
  for (
    const [value, message] of [
      [{ kind: "explode" }, "fault: kind = explode, must be one of drop, half_open"],
      [{ kind: "drop", count: 1 }, "fault drop: unknown key count; known: at, socket, refuse_ms, rest"],
      [{ kind: "skip_depth", count: "3" }, "fault skip_depth: count = 3, must be a number"],
      [{ kind: "skip_depth", probability: 2 }, "fault skip_depth: probability = 2, must be from 0 to 1"],
      [{ kind: "http_error", status: 200 }, "fault http_error: status = 200, must be from 400 to 599"],
      [{ kind: "crossed", ticks: 1.5 }, "fault crossed: ticks = 1.5, must be an integer"],
    ] as const
  ) assertThrows(() => checkFault(value), Error, message);
  assertEquals(parseFault("drop@2.5:refuse_ms=300,rest=true"), { kind: "drop", at: 2.5, refuse_ms: 300, rest: true });
  assertThrows(() => parseFault("skip_depth@soon"), RangeError, "fault skip_depth: at = NaN");
});
