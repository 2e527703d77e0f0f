import { assert, assertEquals, assertThrows } from "@std/assert";
import { checkFault, FAULTS, type FaultSpec, STORM_KINDS } from "testnet/fault_spec.ts";
import { stormFaults } from "testnet/fault_storm.ts";
import { DEFAULT_KEY } from "testnet/private/keys.ts";
import type { Testnet, TestnetOptions } from "testnet/server.ts";
import { type Client, connect, get, post } from "./testnet_client.ts";
import { createClient, hmac, withTestnet } from "./testnet_private_client.ts";

// deno-lint-ignore no-explicit-any
type Json = any;
type Signer = ReturnType<typeof createClient>;

const ORDER = {
  symbol: "BTCUSDT",
  side: "BUY",
  type: "LIMIT",
  timeInForce: "GTC",
  quantity: "0.01",
  price: "60000.00",
};
const POSITION = "outboundAccountPosition";

/** An empty market that stands still. */
const onEmpty = (use: (testnet: Testnet, client: Signer) => Promise<void>, options: Partial<TestnetOptions> = {}) =>
  withTestnet({ tape: undefined, market: "empty", start: 0, ...options }, use);

const fault = async (testnet: Testnet, spec: Record<string, unknown>) => {
  const answer = await post(`${testnet.control}/fault`, spec);
  assertEquals(answer.error, undefined);
};

async function userStream({ ws }: Testnet, { send }: Signer): Promise<Client> {
  const { listenKey } = (await send("POST", "userDataStream", "")).body;
  return connect(`${ws}/ws/${listenKey}`);
}

/** `TRADE:FILLED` of an executionReport, else the event's name. */
const told = (client: Client) =>
  client.messages.map((text) => JSON.parse(text)).map(({ e, x, X }) => e === "executionReport" ? `${x}:${X}` : e);

/** Waits for so many messages. */
async function messages(client: Client, count: number): Promise<void> {
  while (client.messages.length < count) await client.settle();
}

/** A connection to the WebSocket API that keeps what is no answer. */
async function openApi({ ws }: Testnet) {
  const socket = new WebSocket(`${ws}/ws-api/v3`);
  const events: Json[] = [];
  const waiting = new Map<number, (answer: Json) => void>();
  const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.id === undefined) events.push(message.event);
    else waiting.get(message.id)?.(message);
  };
  await new Promise((resolve) => socket.onopen = resolve);
  let id = 0;
  const request = (method: string, params: Record<string, string | number> = {}): Promise<Json> => {
    socket.send(JSON.stringify({ id: ++id, method, params }));
    return new Promise((resolve) => waiting.set(id, resolve));
  };
  return {
    events,
    closed,
    request,
    signed(method: string, params: Record<string, string | number> = {}) {
      const all = { ...params, apiKey: DEFAULT_KEY.apiKey, timestamp: Date.now() };
      const payload = Object.entries(all).sort().map(([name, value]) => `${name}=${value}`).join("&");
      return request(method, { ...all, signature: hmac(payload) });
    },
    close() {
      socket.close();
      return closed;
    },
  };
}

Deno.test("late_fill: the cancel is refused with -2011, and the fill is told only afterwards", () =>
  onEmpty(async (testnet, client) => {
    const user = await userStream(testnet, client);
    const { orderId } = (await client.order(ORDER)).body;
    await messages(user, 2);
    await fault(testnet, { kind: "late_fill", delay_ms: 150 });
    const refused = (await client.signed("DELETE", "order", { symbol: "BTCUSDT", orderId })).body;
    await user.settle();
    assertEquals([refused.code, told(user)], [-2011, ["NEW:NEW", POSITION]]);
    assertEquals((await client.signed("GET", "order", { symbol: "BTCUSDT", orderId })).body.status, "FILLED");
    await messages(user, 4);
    assertEquals(told(user).slice(2), ["TRADE:FILLED", POSITION]);
    const [trade] = (await client.signed("GET", "myTrades", { symbol: "BTCUSDT" })).body;
    const report = JSON.parse(user.messages[2]!);
    assertEquals([report.t, report.L, report.m], [trade.id, "60000.00000000", true]);
    await user.close();
  }));

Deno.test("late_fill: in part, the cancel is answered with what had traded, and the stream tells both later, in order", () =>
  onEmpty(async (testnet, client) => {
    const api = await openApi(testnet);
    assertEquals((await api.signed("userDataStream.subscribe.signature")).status, 200);
    for (const [door, cancel] of [["ws", api.signed], ["rest", client.signed]] as const) {
      const { orderId } = (await client.order(ORDER)).body;
      await fault(testnet, { kind: "late_fill", part: 0.4, delay_ms: 100 });
      await api.request("ping");
      const before = api.events.length;
      const key = { symbol: "BTCUSDT", orderId };
      const cancelled = door === "ws"
        ? (await (cancel as typeof api.signed)("order.cancel", key)).result
        : (await client.signed("DELETE", "order", key)).body;
      assertEquals([cancelled.status, cancelled.executedQty], ["CANCELED", "0.00400000"], door);
      assertEquals(api.events.length, before, "the stream is late");
      while (api.events.length < before + 4) await api.request("ping");
      const late = api.events.slice(-4).map(({ e, x }) => x ?? e);
      assertEquals(late, ["TRADE", POSITION, "CANCELED", POSITION]);
    }
    // It was the exchange's own account that sold: nothing is locked, and the money has gone.
    const { balances } = (await client.signed("GET", "account")).body;
    const quote = balances.find(({ asset }: Json) => asset === "USDT");
    assertEquals([quote.free, quote.locked], ["999520.00000000", "0.00000000"]);
    await api.close();
  }));

Deno.test("late_fill: openOrders and cancelReplace are raced, too", () =>
  onEmpty(async (testnet, client) => {
    const { orderId } = (await client.order(ORDER)).body;
    await fault(testnet, { kind: "late_fill", delay_ms: 0 });
    const replaced = await client.signed("POST", "order/cancelReplace", {
      ...ORDER,
      cancelOrderId: orderId,
      cancelReplaceMode: "STOP_ON_FAILURE",
    });
    assertEquals([replaced.status, replaced.body.code, replaced.body.data.cancelResponse.code], [400, -2022, -2011]);
    await client.order(ORDER);
    await fault(testnet, { kind: "late_fill", delay_ms: 0 });
    const all = await client.signed("DELETE", "openOrders", { symbol: "BTCUSDT" });
    assertEquals([all.status, all.body.code], [400, -2011]);
    assertEquals((await client.signed("GET", "myTrades", { symbol: "BTCUSDT" })).body.length, 2);
  }));

Deno.test("events of the user stream get lost, doubled, swapped and late by name; the market's are not touched", () =>
  onEmpty(async (testnet, client) => {
    const user = await userStream(testnet, client);
    const market = await connect(`${testnet.ws}/ws/btcusdt@depth@100ms`);
    const round = async (...specs: Record<string, unknown>[]) => {
      for (const spec of specs) await fault(testnet, spec);
      const { orderId } = (await client.order(ORDER)).body;
      await client.signed("DELETE", "order", { symbol: "BTCUSDT", orderId });
      await user.settle();
      return told(user).splice(0, user.messages.splice(0).length);
    };
    const whole = ["NEW:NEW", POSITION, "CANCELED:CANCELED", POSITION];
    assertEquals(await round(), whole);
    assertEquals(await round({ kind: "skip_user", count: 3 }), [POSITION]);
    assertEquals(await round({ kind: "skip_user", stream: POSITION, count: 2 }), ["NEW:NEW", "CANCELED:CANCELED"]);
    assertEquals(await round({ kind: "skip_user", stream: "executionReport:CANCELED" }), whole.toSpliced(2, 1));
    assertEquals(
      await round({ kind: "duplicate", stream: "executionReport", count: 2 }),
      ["NEW:NEW", "NEW:NEW", POSITION, "CANCELED:CANCELED", "CANCELED:CANCELED", POSITION],
    );
    assertEquals(
      await round({ kind: "reorder", stream: "user" }, { kind: "reorder", stream: "executionReport:CANCELED" }),
      [POSITION, "NEW:NEW", POSITION, "CANCELED:CANCELED"],
    );
    // What is put back does not wait for ever where nothing follows.
    await fault(testnet, { kind: "reorder", stream: POSITION, delay_ms: 20 });
    await client.order(ORDER);
    await messages(user, 2);
    assertEquals(told(user), whole.slice(0, 2));
    await client.signed("DELETE", "openOrders", { symbol: "BTCUSDT" });
    await user.settle();
    user.messages.length = 0;
    await post(`${testnet.control}/clock`, { step: 0.2 });
    await market.settle();
    market.messages.length = 0;
    await fault(testnet, { kind: "delay", stream: "user", delay_ms: 200, count: 1 });
    assertEquals(await round(), []);
    await post(`${testnet.control}/clock`, { step: 0.2 });
    await market.settle();
    await messages(user, 4);
    assertEquals(told(user), whole);
    await Promise.all([user.close(), market.close()]);
  }));

Deno.test("drop, half_open and refusal can be of one kind of socket alone", () =>
  onEmpty(async (testnet, client) => {
    const open = async () => ({
      market: await connect(`${testnet.ws}/ws/btcusdt@trade`),
      user: await userStream(testnet, client),
      api: await openApi(testnet),
    });
    for (const kind of ["market", "user", "api"] as const) {
      const sockets = await open();
      await fault(testnet, { kind: "drop", socket: kind, refuse_ms: 60_000 });
      await sockets[kind].closed;
      const others = Object.entries(sockets).filter(([name]) => name !== kind);
      for (const [, socket] of others) {
        await ("settle" in socket ? socket.settle() : socket.request("ping"));
        await socket.close();
      }
      const refused = await Promise.allSettled([
        connect(`${testnet.ws}/ws`),
        userStream(testnet, client),
        connect(`${testnet.ws}/ws-api/v3`),
      ]);
      const expected = { market: [true, false, false], user: [false, true, true], api: [false, false, true] };
      assertEquals(refused.map(({ status }) => status === "rejected"), expected[kind]);
      for (const result of refused) if (result.status === "fulfilled") await result.value.close();
      await fault(testnet, { kind: "clear" });
    }
    // An API connection that has subscribed is a user stream as well.
    const [plain, subscribed] = [await openApi(testnet), await openApi(testnet)];
    await subscribed.signed("userDataStream.subscribe.signature");
    await fault(testnet, { kind: "half_open", socket: "user" });
    await client.order(ORDER);
    let answered = false;
    subscribed.request("ping").then(() => answered = true);
    await plain.request("ping");
    assertEquals([subscribed.events, answered], [[], false]);
    await fault(testnet, { kind: "drop" });
    await Promise.all([plain.closed, subscribed.closed]);
  }));

Deno.test("disconnect and the 24th hour: serverShutdown is told, then the connection is closed with a close frame", () =>
  onEmpty(async (testnet) => {
    const open = async () => [await connect(`${testnet.ws}/ws/btcusdt@trade`), await openApi(testnet)] as const;
    const [market, api] = await open();
    await fault(testnet, { kind: "disconnect", delay_ms: 20 });
    const said = { e: "serverShutdown", E: testnet.startTs / 1000 };
    assertEquals((await api.closed).code, 1001);
    await market.closed;
    assertEquals([market.messages.map((text) => JSON.parse(text)), api.events], [[said], [said]]);

    const [old, oldApi] = await open();
    const hours = async (seconds: number) => void await post(`${testnet.control}/clock`, { step: seconds });
    await hours(86_400 - 601);
    await old.settle();
    assertEquals(old.messages, []);
    await hours(2);
    await old.settle();
    assertEquals(old.messages.map((text) => JSON.parse(text).e), ["serverShutdown"]);
    await hours(600);
    assertEquals([(await oldApi.closed).code, oldApi.events.length], [1001, 1]);
    await old.closed;
  }));

Deno.test("restart: the port is back, orders and balances are kept, connections, sessions and listen keys are not", () =>
  onEmpty(async (testnet, client) => {
    const { listenKey } = (await client.send("POST", "userDataStream", "")).body;
    const user = await connect(`${testnet.ws}/ws/${listenKey}`);
    const api = await openApi(testnet);
    const { orderId } = (await client.order(ORDER)).body;
    await fault(testnet, { kind: "restart", refuse_ms: 50 });
    await Promise.all([user.closed, api.closed]);
    assert(await get(`${testnet.rest}/api/v3/ping`).then(() => false, () => true), "it is gone");
    const again = async (): Promise<unknown> => {
      try {
        return await get(`${testnet.rest}/api/v3/ping`);
      } catch (error) {
        if (error instanceof TypeError) return again();
        throw error;
      }
    };
    assertEquals(await again(), {});
    const open = (await client.signed("GET", "openOrders")).body;
    assertEquals(open.map((order: Json) => order.orderId), [orderId]);
    assertEquals((await client.send("PUT", "userDataStream", `listenKey=${listenKey}`)).body.code, -1125);
    const fresh = await userStream(testnet, client);
    await client.signed("DELETE", "order", { symbol: "BTCUSDT", orderId });
    await messages(fresh, 2);
    assertEquals(told(fresh), ["CANCELED:CANCELED", POSITION]);
    await fresh.close();
  }));

Deno.test("orders and cancels by either door can be carried out and answered with a status that leaves it open", () =>
  onEmpty(async (testnet, client) => {
    const api = await openApi(testnet);
    const key = { symbol: "BTCUSDT", origClientOrderId: "mine" };
    const place = { ...ORDER, newClientOrderId: "mine" };
    const status = async () => (await client.signed("GET", "order", key)).body.status;
    for (const door of ["rest", "ws"] as const) {
      const send = async (method: "POST" | "DELETE", params: Record<string, string>) => {
        if (door === "rest") {
          const { status, body } = await client.signed(method, "order", params);
          return [status, body.code];
        }
        const { status, error } = await api.signed(method === "POST" ? "order.place" : "order.cancel", params);
        return [status, error.code];
      };
      await fault(testnet, { kind: "lost_answer", status: 504, path: "POST /api/v3/order" });
      assertEquals([await send("POST", place), await status()], [[504, -1007], "NEW"]);
      await fault(testnet, { kind: "http_error", status: 503, path: "DELETE /api/v3/order" });
      assertEquals([await send("DELETE", key), await status()], [[503, -1008], "NEW"]);
      await fault(testnet, { kind: "lost_answer", status: 503, path: "DELETE /api/v3/order" });
      assertEquals([await send("DELETE", key), await status()], [[503, -1008], "CANCELED"]);
    }
    // Without a status the cancel of the WebSocket API has no answer at all.
    await client.order(place);
    await fault(testnet, { kind: "lost_request", path: "DELETE /api/v3/order" });
    let answers = 0;
    api.signed("order.cancel", key).then(() => answers++);
    await api.request("ping");
    assertEquals([answers, await status()], [0, "NEW"]);
    await fault(testnet, { kind: "lost_answer", path: "DELETE /api/v3/order" });
    api.signed("order.cancel", key).then(() => answers++);
    await api.request("ping");
    assertEquals([answers, await status()], [0, "CANCELED"]);
    // A request that is late is overtaken.
    await fault(testnet, { kind: "rest_delay", delay_ms: 200, path: "POST /api/v3/order" });
    const [late, after] = await Promise.all([api.signed("order.place", place), api.signed("order.status", key)]);
    assertEquals([late.result.status, after.result.status], ["NEW", "CANCELED"]);
    assertEquals(await status(), "NEW");
    await api.close();
  }));

Deno.test("a storm is the same for the same seed, has faults of every kind, each valid, at the rate it was told", () => {
  const storm = (seed: number, count: number) => {
    const found: FaultSpec[] = [];
    for (const spec of stormFaults({ seed, rate: 60 }, 10)) {
      if (found.push(spec) === count) return found;
    }
    return found;
  };
  const faults = storm(3, 2000);
  assertEquals(storm(3, 2000), faults);
  assert(JSON.stringify(storm(4, 20)) !== JSON.stringify(faults.slice(0, 20)));
  for (const spec of faults) checkFault(spec as unknown as Record<string, unknown>);
  assertEquals(new Set<string>(faults.map(({ kind }) => kind)), new Set(STORM_KINDS));
  const others = Object.keys(FAULTS).filter((kind) => !STORM_KINDS.includes(kind));
  assertEquals(others, ["storm", "clear"]);
  // 2000 exponential gaps of a second: their mean is within 4 standard errors of it.
  const mean = (faults.at(-1)!.at! - 10) / 2000;
  assert(Math.abs(mean - 1) < 4 / Math.sqrt(2000), `${mean}`);
  assertThrows(() => checkFault({ kind: "storm", rate: 0 }), RangeError, "rate = 0, must be from 0.01 to 6000");
});

Deno.test("what a storm has done is read from the control endpoint, and the market goes on afterwards", () =>
  onEmpty(async (testnet, client) => {
    await fault(testnet, {
      kind: "storm",
      seed: 5,
      rate: 120,
      seconds: 20,
      kinds: "drop+skip_user+http_error+late_fill",
    });
    await post(`${testnet.control}/clock`, { step: 30 });
    const { begun, active } = await get(`${testnet.control}/faults`);
    const planned: FaultSpec[] = [];
    const kinds = ["drop", "skip_user", "http_error", "late_fill"] as const;
    for (const spec of stormFaults({ seed: 5, rate: 120, kinds }, 0)) {
      if (spec.at > 20) break;
      planned.push(spec);
    }
    assertEquals(begun.map(({ fault }: Json) => fault).slice(1), planned);
    assert(planned.length > 20 && active.every(({ kind }: Json) => kind !== "storm"));
    for (const { ts, fault: { at } } of begun.slice(1)) {
      assert(ts - testnet.startTs - at * 1e6 >= 0 && ts - testnet.startTs - at * 1e6 <= 1e5, `${at} at ${ts}`);
    }
    const failures = planned.filter(({ kind }) => kind === "http_error").reduce((sum, { count = 1 }) => sum + count, 0);
    for (let i = 0; i < failures; i++) assert((await fetch(`${testnet.rest}/api/v3/order`)).status >= 400);
    await fault(testnet, { kind: "clear" });
    assertEquals((await client.order(ORDER)).status, 200);
    const after = (await get(`${testnet.control}/faults`)).begun;
    assert(after.some(({ fault, hits }: Json) => fault.kind === "http_error" && hits > 0));
    const refused = await post(`${testnet.control}/fault`, { kind: "storm", kinds: "hail" });
    assert(refused.error.startsWith("fault storm: kinds = hail, must be some of drop+half_open"), refused.error);
  }));
