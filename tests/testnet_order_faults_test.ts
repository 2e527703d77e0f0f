import { assert, assertEquals } from "@std/assert";
import { connect, get, post } from "./testnet_client.ts";
import { type Answer, hmac, withTestnet } from "./testnet_private_client.ts";
import { DEFAULT_KEY } from "testnet/private/keys.ts";
import type { Testnet } from "testnet/server.ts";

// deno-lint-ignore no-explicit-any
type Json = any;

const LOW = { side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "0.01", price: "60000.00" };
const ORDER = { symbol: "BTCUSDT", ...LOW };
const fault = (testnet: Testnet, spec: Record<string, unknown>) => post(`${testnet.control}/fault`, spec);
const error = ({ status, body }: Answer) => `${status} ${body.code}`;

Deno.test("a lost request is not carried out, a lost answer is: neither is answered, over REST", async () => {
  let seen = () => {};
  const log = (line: string) => /^(POST|DELETE) .api.v3.order\b/.test(line) && seen();
  await withTestnet({ log }, async (testnet, { signed }) => {
    /** Sends a request and gives up when it has arrived. */
    const lose = async (method: string, params: Record<string, string>) => {
      const query = new URLSearchParams({ ...params, timestamp: String(Date.now()) }).toString();
      const { signal, abort } = givingUp();
      const arrived = new Promise<void>((resolve) => seen = resolve);
      const answer = fetch(`${testnet.rest}/api/v3/order?${query}&signature=${hmac(query)}`, {
        method,
        signal,
        headers: { "X-MBX-APIKEY": DEFAULT_KEY.apiKey },
      }).then(() => "answered", () => "no answer");
      await arrived;
      // Any request that comes after it is answered after it was carried out.
      await signed("GET", "openOrders");
      abort();
      assertEquals(await answer, "no answer");
    };
    for (const kind of ["lost_request", "lost_answer"]) {
      await fault(testnet, { kind, path: "POST /api/v3/order" });
      await lose("POST", { ...ORDER, newClientOrderId: kind });
    }
    const names = (await signed("GET", "openOrders")).body.map((order: Json) => order.clientOrderId);
    assertEquals(names, ["lost_answer"]);
    const query = { symbol: "BTCUSDT", origClientOrderId: "lost_answer" };
    await fault(testnet, { kind: "lost_answer", path: "DELETE /api/v3/order" });
    await lose("DELETE", query);
    assertEquals((await signed("GET", "order", query)).body.status, "CANCELED");
    assertEquals((await signed("POST", "order", ORDER)).status, 200);
  });
});

function givingUp() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

Deno.test("a lost request or answer of the WebSocket API is lost as well, and the connection lives", async () => {
  await withTestnet({}, async (testnet, { signed }) => {
    const socket = new WebSocket(`${testnet.ws}/ws-api/v3`);
    await new Promise((resolve) => socket.onopen = resolve);
    const answers: Json[] = [];
    let heard = (_: unknown) => {};
    socket.onmessage = ({ data }) => {
      answers.push(JSON.parse(data));
      heard(undefined);
    };
    const send = (id: string) => {
      const params = { ...ORDER, newClientOrderId: id, apiKey: DEFAULT_KEY.apiKey, timestamp: Date.now() };
      const payload = Object.entries(params).sort().map(([name, value]) => `${name}=${value}`).join("&");
      socket.send(JSON.stringify({ id, method: "order.place", params: { ...params, signature: hmac(payload) } }));
    };
    for (const kind of ["lost_request", "lost_answer"]) {
      await fault(testnet, { kind, path: "/api/v3/order" });
      send(kind);
    }
    await fault(testnet, { kind: "http_error", status: 503, path: "/api/v3/ping" });
    socket.send('{"id":"ping","method":"ping"}');
    await new Promise((resolve) => heard = resolve);
    assertEquals(answers.map(({ id, status, error }) => [id, status, error.code]), [["ping", 503, -1008]]);
    const names = (await signed("GET", "openOrders")).body.map((order: Json) => order.clientOrderId);
    assertEquals(names, ["lost_answer"]);
    const closed = new Promise((resolve) => socket.onclose = resolve);
    socket.close();
    await closed;
  });
});

Deno.test("an exchange whose clock is off refuses who goes by the right time, and takes who asks for its own", async () => {
  await withTestnet({}, async (testnet, { signed }) => {
    for (const delta_ms of [-20_000, 20_000]) {
      await fault(testnet, { kind: "clock_skew", delta_ms });
      const refused = await signed("GET", "account");
      assertEquals(error(refused), "400 -1021");
      assert(refused.body.msg.includes(delta_ms < 0 ? "ahead" : "outside"), refused.body.msg);
      const { serverTime } = await get(`${testnet.rest}/api/v3/time`);
      assertEquals(serverTime, Math.floor(testnet.startTs / 1000) + delta_ms);
      assertEquals((await signed("GET", "account", { timestamp: serverTime })).status, 200);
      await fault(testnet, { kind: "clear" });
      assertEquals((await signed("GET", "account")).status, 200);
    }
  });
});

Deno.test("listen keys can end at once, and events of the user stream can get lost, late or doubled", async () => {
  await withTestnet({}, async (testnet, { send, signed }) => {
    const { listenKey } = (await send("POST", "userDataStream", "")).body;
    const user = await connect(`${testnet.ws}/ws/${listenKey}`);
    const place = () => signed("POST", "order", ORDER);
    await place();
    await fault(testnet, { kind: "stale", stream: "user", count: 2 });
    await place();
    await fault(testnet, { kind: "duplicate", stream: "user", count: 1 });
    await place();
    await fault(testnet, { kind: "expire_keys" });
    await place();
    await user.settle();
    const told = user.messages.map((text) => JSON.parse(text)).map(({ e, i }) => e === "executionReport" ? i : e);
    const position = "outboundAccountPosition";
    assertEquals(told, [1, position, 3, 3, position, "listenKeyExpired"]);
    assertEquals(error(await send("PUT", "userDataStream", `listenKey=${listenKey}`)), "400 -1125");
    await user.close();
  });
});

Deno.test("an order's answer can be an error of one's choice, with nothing done", async () => {
  await withTestnet({}, async (testnet, { signed }) => {
    for (const [status, code] of [[429, -1003], [418, -1003], [503, -1008], [504, -1007]] as const) {
      await fault(testnet, { kind: "http_error", status, retry_after: 7, path: "POST /api/v3/order" });
      assertEquals((await signed("GET", "openOrders")).body, []);
      const answer = await signed("POST", "order", ORDER);
      assertEquals(error(answer), `${status} ${code}`);
      assertEquals(answer.headers.get("retry-after"), status < 500 ? "7" : null);
    }
  });
});
