import { assert, assertEquals } from "@std/assert";
import { createLimitClock, createRequestLimits, type TooManyRequests } from "testnet/request_limits.ts";
import { createUserFeeds, LISTEN_KEY_MS } from "testnet/private/user_feeds.ts";
import { DEFAULT_KEY } from "testnet/private/keys.ts";
import type { Testnet } from "testnet/server.ts";
import { connect, post } from "./testnet_client.ts";
import { createCcxt, hmac, withTestnet } from "./testnet_private_client.ts";

// deno-lint-ignore no-explicit-any
type Json = any;

const LOW = { symbol: "BTCUSDT", side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "0.01", price: "60000.00" };

type Key = { apiKey: string; secret: string };

/** What is answered to a client that wants a WebSocket and does not get it. */
async function refusal(testnet: Testnet, path: string): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(testnet.rest).port) });
  const key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==";
  const text = `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n\r\n`;
  await connection.write(new TextEncoder().encode(text));
  return await new Response(connection.readable).text();
}

/** A connection to the WebSocket API. Answers by id; everything else are events, in order. */
async function connectApi(testnet: Testnet, query = "") {
  const socket = new WebSocket(`${testnet.ws}/ws-api/v3${query}`);
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error("no connection"));
  });
  socket.onerror = () => {};
  const events: Json[] = [];
  const answers = new Map<unknown, (answer: Json) => void>();
  let heard = () => {};
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if ("event" in message) {
      events.push(message);
      heard();
    } else answers.get(message.id)?.(message);
  };
  const closed = new Promise<void>((resolve) => socket.onclose = () => resolve());
  let nextId = 1;
  const raw = (text: string, id: unknown) => {
    const answer = new Promise<Json>((resolve) => answers.set(id, resolve));
    socket.send(text);
    return answer;
  };
  const request = (method: string, params?: Record<string, unknown>) => {
    const id = nextId++;
    return raw(JSON.stringify({ id, method, params }), id);
  };
  return {
    events,
    raw,
    request,
    /** A request with key, time and signature. */
    signed(method: string, params: Record<string, string | number | boolean> = {}, key = DEFAULT_KEY as Key) {
      const all: Record<string, string | number | boolean> = {
        ...params,
        apiKey: key.apiKey,
        timestamp: Date.now(),
      };
      const payload = Object.keys(all).sort().map((name) => `${name}=${all[name]}`).join("&");
      return request(method, { ...all, signature: hmac(payload, key.secret) });
    },
    /** Waits until there are that many events. */
    async heard(count: number) {
      while (events.length < count) await new Promise<void>((resolve) => heard = resolve);
      return events.map(({ event }) => event);
    },
    closed,
    close() {
      socket.close();
      return closed;
    },
  };
}

/** `executionReport NEW NEW` and so on. */
const names = (events: Json[]) => events.map(({ e, x, X }) => [e, x, X].filter((word) => word !== undefined).join(" "));

Deno.test("WebSocket API: orders are placed, looked at and cancelled, with signature or in a session", async () => {
  await withTestnet({}, async (testnet) => {
    const api = await connectApi(testnet);
    const placed = await api.signed("order.place", { ...LOW, newClientOrderId: "one" });
    assertEquals([placed.status, placed.result.status, placed.result.clientOrderId], [200, "NEW", "one"]);
    assertEquals(
      placed.rateLimits.map((l: Json) => [l.rateLimitType, l.interval, l.count > 0]),
      [["ORDERS", "SECOND", true], ["ORDERS", "DAY", true], ["REQUEST_WEIGHT", "MINUTE", true]],
    );
    const { orderId, symbol } = placed.result;
    assertEquals((await api.signed("order.status", { symbol, orderId })).result.price, "60000.00000000");
    assertEquals((await api.signed("order.test", LOW)).result, {});
    const amended = await api.signed("order.amend.keepPriority", { symbol, orderId, newQty: "0.005" });
    assertEquals(amended.result.amendedOrder.qty, "0.00500000");
    const replaced = await api.signed("order.cancelReplace", {
      ...{ ...LOW, price: "60001.00", cancelReplaceMode: "STOP_ON_FAILURE", cancelOrderId: orderId },
    });
    assertEquals(replaced.result.newOrderResult, "SUCCESS");
    const again = await api.signed("order.cancelReplace", {
      ...LOW,
      cancelReplaceMode: "STOP_ON_FAILURE",
      cancelOrderId: orderId,
    });
    assertEquals([again.status, again.error.code, again.error.data.cancelResponse.code], [400, -2022, -2011]);

    assertEquals((await api.request("session.status")).result.apiKey, null);
    assertEquals((await api.signed("session.logon")).result.apiKey, DEFAULT_KEY.apiKey);
    const dated = (method: string, params = {}) => api.request(method, { ...params, timestamp: Date.now() });
    assertEquals((await dated("openOrders.status")).result.length, 1);
    assertEquals((await dated("openOrders.cancelAll", { symbol })).result[0].status, "CANCELED");
    assertEquals(
      (await dated("order.place", { ...LOW, type: "MARKET", price: null, timeInForce: null })).result.status,
      "FILLED",
    );
    assertEquals((await dated("myTrades", { symbol })).result.length, 1);
    assertEquals((await dated("allOrders", { symbol, limit: 2 })).result.length, 2);
    assertEquals((await dated("account.status", { omitZeroBalances: true })).result.balances.length, 2);
    assertEquals((await dated("account.commission", { symbol })).result.symbol, symbol);
    assertEquals((await dated("account.rateLimits.orders")).result[0].limit, 100);
    // No key and no signature, but when it was sent.
    assertEquals((await api.request("openOrders.status")).error.code, -1102);
    assertEquals((await api.request("openOrders.status", { timestamp: Date.now() - 6000 })).error.code, -1021);
    const { listenKey } = (await api.request("userDataStream.start")).result;
    assertEquals((await api.request("userDataStream.ping", { listenKey })).status, 200);
    await api.request("session.logout");
    assertEquals((await api.request("openOrders.status")).error.code, -2014);
    await api.close();
  });
});

Deno.test("WebSocket API: what is wrong is said with status, code and text, under the request's id", async () => {
  await withTestnet({}, async (testnet) => {
    const api = await connectApi(testnet, "?returnRateLimits=false");
    const cases: [request: Promise<Json>, expected: unknown][] = [
      [api.raw("{", null), [null, 400, -1135, "Invalid JSON Request"]],
      [api.raw('{"id":"a-1","method":"order.dance"}', "a-1"), ["a-1", 400, -1020, "This operation is not supported."]],
      [api.request("order.place", LOW), [1, 401, -2014, "API-key format invalid."]],
      [api.request("order.place", { ...LOW, apiKey: "nobody" }), [
        2,
        401,
        -2015,
        "Invalid API-key, IP, or permissions for action.",
      ]],
      [
        api.request("order.place", { ...LOW, apiKey: DEFAULT_KEY.apiKey, timestamp: Date.now(), signature: "00" }),
        [3, 400, -1022, "Signature for this request is not valid."],
      ],
      [api.signed("order.place", { ...LOW, quantity: 100 }), [
        4,
        400,
        -2010,
        "Account has insufficient balance for requested action.",
      ]],
      [api.signed("order.status", { symbol: "BTCUSDT", orderId: 9 }), [5, 400, -2013, "Order does not exist."]],
      [api.signed("order.cancel", { symbol: "BTCUSDT", orderId: 9 }), [6, 400, -2011, "Unknown order sent."]],
      [api.request("userDataStream.unsubscribe", { subscriptionId: 7 }), [
        7,
        400,
        -2036,
        "User Data Stream subscription not active.",
      ]],
    ];
    for (const [request, expected] of cases) {
      const { id, status, error, rateLimits } = await request;
      assertEquals([id, status, error.code, error.msg], expected);
      assertEquals(rateLimits, undefined);
    }
    assertEquals((await api.request("time", { returnRateLimits: true })).rateLimits[0].rateLimitType, "REQUEST_WEIGHT");
    await api.close();
  });
});

Deno.test("WebSocket API: the public requests answer as REST does", async () => {
  await withTestnet({}, async (testnet) => {
    const api = await connectApi(testnet);
    const symbol = "BTCUSDT";
    const pairs: [method: string, path: string, params: Record<string, string | number>][] = [
      ["time", "time", {}],
      ["depth", "depth", { symbol, limit: 5 }],
      ["trades.recent", "trades", { symbol, limit: 5 }],
      ["klines", "klines", { symbol, interval: "1m" }],
      ["avgPrice", "avgPrice", { symbol }],
      ["ticker.book", "ticker/bookTicker", { symbol }],
    ];
    for (const [method, path, params] of pairs) {
      const query = new URLSearchParams(Object.entries(params).map(([name, value]) => [name, String(value)]));
      const expected = await (await fetch(`${testnet.rest}/api/v3/${path}?${query}`)).json();
      assertEquals((await api.request(method, params)).result, expected, method);
    }
    const { result } = await api.request("exchangeInfo", { symbols: [symbol] });
    assertEquals(result.symbols[0].orderTypes, ["LIMIT", "LIMIT_MAKER", "MARKET"]);
    await api.close();
  });
});

Deno.test("user data: a subscription tells of everything that happens to the account, in order", async () => {
  await withTestnet({}, async (testnet, client) => {
    const api = await connectApi(testnet);
    assertEquals((await api.signed("userDataStream.subscribe.signature")).result, { subscriptionId: 0 });
    const { result } = await api.signed("order.place", { ...LOW, newClientOrderId: "one" });
    await client.signed("DELETE", "order", { symbol: "BTCUSDT", orderId: result.orderId, newClientOrderId: "bye" });
    await client.order({ side: "BUY", type: "MARKET", quantity: "0.01" });
    const events = await api.heard(7);
    assertEquals(names(events), [
      "executionReport NEW NEW",
      "outboundAccountPosition",
      "executionReport CANCELED CANCELED",
      "outboundAccountPosition",
      "executionReport NEW NEW",
      "executionReport TRADE FILLED",
      "outboundAccountPosition",
    ]);
    const [placed, locked, gone] = events;
    assertEquals([placed.c, placed.C, placed.q, placed.p, placed.w, placed.t, placed.N], [
      ...["one", "", "0.01000000", "60000.00000000", true, -1, null],
    ]);
    assertEquals(locked.B, [{ a: "USDT", f: "999400.00000000", l: "600.00000000" }]);
    assertEquals([gone.c, gone.C, gone.w], ["bye", "one", false]);
    const trade = events[5];
    assertEquals([trade.m, trade.n, trade.N, trade.l, trade.z], [
      false,
      "0.00001000",
      "BTC",
      "0.01000000",
      "0.01000000",
    ]);
    assertEquals(api.events[0].subscriptionId, 0);
    assertEquals((await api.request("session.subscriptions")).result, [{ subscriptionId: 0 }]);
    assertEquals((await api.signed("userDataStream.subscribe.signature")).error, {
      code: -2035,
      msg: "User Data Stream subscription already active.",
    });
    assertEquals((await api.request("userDataStream.unsubscribe")).result, {});
    assertEquals(api.events.slice(7).map(({ subscriptionId, event }) => [subscriptionId, event.e, typeof event.E]), [
      [0, "eventStreamTerminated", "number"],
    ]);
    await api.close();
  });
});

Deno.test("user data: a logout ends the subscription of the session's own key, and no other", async () => {
  const other = { apiKey: "other", secret: "o", balances: { USDT: "1000" } };
  const accounts = [{ ...DEFAULT_KEY, balances: {} }, other];
  await withTestnet({ market: "empty", start: 0, accounts }, async (testnet) => {
    const api = await connectApi(testnet);
    await api.signed("session.logon");
    assertEquals((await api.request("userDataStream.subscribe")).result, { subscriptionId: 0 });
    assertEquals((await api.signed("userDataStream.subscribe.signature", {}, other)).result, { subscriptionId: 1 });
    assertEquals((await api.request("session.logout")).result.userDataStream, true);
    assertEquals((await api.request("session.subscriptions")).result, [{ subscriptionId: 1 }]);
    await api.signed("order.place", { ...LOW, price: "50000.00" }, other);
    const events = await api.heard(3);
    assertEquals(names(events), ["eventStreamTerminated", "executionReport NEW NEW", "outboundAccountPosition"]);
    assertEquals(api.events.map(({ subscriptionId }) => subscriptionId), [0, 1, 1]);
    await api.close();
  });
});

Deno.test("WebSocket API: no address and no method that a client makes up ends the testnet", async () => {
  await withTestnet({ market: "empty", start: 0 }, async (testnet) => {
    for (const unit of ["FOO", ""]) {
      const answer = await refusal(testnet, `/ws-api/v3?timeUnit=${unit}`);
      assert(/^HTTP\/1\.1 400 Bad Request\r\n.*\{"code":-1194,/s.test(answer), answer);
    }
    const api = await connectApi(testnet);
    for (const method of ["constructor", "toString", "__proto__", "v3/hasOwnProperty"]) {
      assertEquals((await api.request(method)).error.code, -1020, method);
    }
    await api.close();
  });
});

Deno.test("WebSocket API: an id comes back as it was sent, however long", async () => {
  await withTestnet({ market: "empty", start: 0 }, async (testnet) => {
    const socket = new WebSocket(`${testnet.ws}/ws-api/v3?returnRateLimits=false`);
    await new Promise((resolve) => socket.onopen = resolve);
    for (const id of ["1732597200123456789", '"9223372036854775807"', "null", "0"]) {
      const text = new Promise((resolve) => socket.onmessage = ({ data }) => resolve(data));
      socket.send(`{"id":${id},"method":"ping"}`);
      assertEquals(await text, `{"id":${id},"status":200,"result":{}}`);
    }
    const closed = new Promise((resolve) => socket.onclose = resolve);
    socket.close();
    await closed;
  });
});

Deno.test("user data: a listen key is a stream, until it is closed", async () => {
  await withTestnet({}, async (testnet, { send, order, signed }) => {
    const { listenKey } = (await send("POST", "userDataStream", "")).body;
    assertEquals((await send("POST", "userDataStream", "")).body.listenKey, listenKey);
    assertEquals((await send("PUT", "userDataStream", `listenKey=${listenKey}`)).body, {});
    const client = await connect(`${testnet.ws}/ws/${listenKey}`);
    const combined = await connect(`${testnet.ws}/stream?streams=${listenKey}`);
    await order.bind({ order, send, signed })({ ...LOW, side: "SELL", price: "63000" });
    await Promise.all([client.settle(), combined.settle()]);
    assertEquals(names(client.messages.map((text) => JSON.parse(text))), [
      "executionReport NEW NEW",
      "outboundAccountPosition",
    ]);
    assertEquals(JSON.parse(combined.messages[0]!).stream, listenKey);
    assertEquals((await send("DELETE", "userDataStream", `listenKey=${listenKey}`)).body, {});
    const { body } = await send("PUT", "userDataStream", `listenKey=${listenKey}`);
    assertEquals(body, { code: -1125, msg: "This listenKey does not exist." });
    await Promise.all([client.close(), combined.close()]);
  });
});

Deno.test("user data: a listen key that is not renewed for an hour ends, and says so", () => {
  let wall = 0;
  const sent: string[] = [];
  const send = ({ text }: { text: string }) => void sent.push(text);
  const feeds = createUserFeeds({ seed: 1, now: () => 5_000_000, wallMs: () => wall, send });
  const listenKey = feeds.listenKey(1);
  wall = LISTEN_KEY_MS - 1;
  feeds.expire();
  feeds.renew(listenKey, 1);
  wall += LISTEN_KEY_MS - 1;
  feeds.expire();
  assertEquals(sent, []);
  wall += 1;
  feeds.expire();
  assertEquals(JSON.parse(sent[0]!), { e: "listenKeyExpired", E: 5000, listenKey });
  assert(feeds.listenKey(1) !== listenKey);
});

Deno.test("user data: money that comes from outside or goes there is told", async () => {
  await withTestnet({}, async (testnet, { signed }) => {
    const api = await connectApi(testnet);
    await api.signed("userDataStream.subscribe.signature");
    const deposit = (body: Json) => post(`${testnet.control}/deposit`, body);
    assertEquals(await deposit({ asset: "BTC", amount: "-2.5" }), {
      asset: "BTC",
      free: "7.50000000",
      locked: "0.00000000",
    });
    const [update, position] = await api.heard(2);
    assertEquals([update.e, update.a, update.d], ["balanceUpdate", "BTC", "-2.50000000"]);
    assertEquals(position.B, [{ a: "BTC", f: "7.50000000", l: "0.00000000" }]);
    for (
      const bad of [{ asset: "BTC", amount: "-100" }, { asset: "BTC" }, { amount: "1" }, {
        asset: "BTC",
        amount: "1",
        key: "x",
      }]
    ) {
      assertEquals(typeof (await deposit(bad)).error, "string");
    }
    assertEquals((await signed("GET", "account")).body.balances[0].free, "7.50000000");
    await api.close();
  });
});

Deno.test("user data: a dropped connection ends its subscriptions, and the next one begins anew", async () => {
  await withTestnet({}, async (testnet, { order, signed, send }) => {
    const place = order.bind({ order, signed, send });
    const first = await connectApi(testnet);
    await first.signed("userDataStream.subscribe.signature");
    await post(`${testnet.control}/fault`, { kind: "drop" });
    await first.closed;
    await place(LOW);
    const second = await connectApi(testnet);
    assertEquals((await second.signed("userDataStream.subscribe.signature")).result, { subscriptionId: 0 });
    await place(LOW);
    const events = await second.heard(2);
    assertEquals([first.events.length, events[0].i], [0, 2]);
    await second.close();
  });
});

/** A promise whose failure is seen by whoever awaits it, and by nobody if the test fails before. */
function watch(promise: Promise<Json>): Promise<Json> {
  promise.catch(() => {});
  return promise;
}

Deno.test("ccxt watches orders, trades and balance while it places orders over either door", async () => {
  await withTestnet({}, async (testnet) => {
    const exchange = createCcxt(testnet);
    try {
      await exchange.loadMarkets();
      const symbol = "BTC/USDT";
      // The first call subscribes; what happens before it is answered is nobody's.
      const orders = watch(exchange.watchOrders(symbol));
      await exchange.ensureUserDataStreamWsSubscribeSignature("spot");
      const balance = watch(exchange.watchBalance());
      const placed = await exchange.createOrderWs(symbol, "limit", "buy", 0.01, 60000);
      const [seen] = await orders;
      assertEquals([seen.id, seen.status, seen.amount], [placed.id, "open", 0.01]);
      assertEquals((await balance).USDT.used, 600);
      const gone = watch(exchange.watchOrders(symbol));
      assertEquals((await exchange.cancelOrderWs(placed.id, symbol)).status, "canceled");
      assertEquals((await gone)[0].status, "canceled");
      const trades = watch(exchange.watchMyTrades(symbol));
      const bought = await exchange.createOrder(symbol, "market", "buy", 0.01);
      const [trade] = await trades;
      assertEquals([trade.order, trade.amount, trade.takerOrMaker], [bought.id, 0.01, "taker"]);
      assertEquals((await exchange.fetchOpenOrdersWs(symbol)).length, 0);
    } finally {
      await exchange.close();
    }
  });
});

Deno.test("request weight: 429 with Retry-After at the limit, 418 for who goes on, twice as long each time", () => {
  let wall = 600_000;
  const limits = createRequestLimits(createLimitClock({ speed: 1 }, () => wall), () => wall);
  const refusal = () => {
    try {
      limits.check();
      return undefined;
    } catch (error) {
      const { status, code, retryAfter } = error as TooManyRequests;
      return [status, code, retryAfter];
    }
  };
  assertEquals(limits.add(5999), 5999);
  assertEquals(refusal(), undefined);
  limits.add(1);
  wall += 15_000;
  assertEquals(refusal(), [429, -1003, 45]);
  wall += 45_000;
  assertEquals([refusal(), limits.used], [undefined, 0]);
  for (const [ban, seconds] of [[1, 120], [2, 240]]) {
    limits.add(6000);
    for (let i = 0; i < 20; i++) assertEquals(refusal()?.[0], 429);
    assertEquals(refusal(), [418, -1003, seconds], `ban ${ban}`);
    wall += 60_000;
    assertEquals(refusal()?.[0], 418);
    wall += seconds! * 1000;
    assertEquals(refusal(), undefined);
  }
});

Deno.test("request weight: a client that does not stop is refused over REST and over the WebSocket API", async () => {
  await withTestnet({}, async (testnet) => {
    const api = await connectApi(testnet);
    let last = await fetch(`${testnet.rest}/api/v3/depth?symbol=BTCUSDT&limit=5000`);
    for (let i = 0; i < 60 && last.status === 200; i++) {
      await last.body?.cancel();
      last = await fetch(`${testnet.rest}/api/v3/depth?symbol=BTCUSDT&limit=5000`);
    }
    assertEquals([last.status, (await last.json()).code], [429, -1003]);
    assert(Number(last.headers.get("retry-after")) >= 1);
    const { status, error } = await api.request("ping");
    assertEquals([status, error.code, error.data.retryAfter > Date.now()], [429, -1003, true]);
    await api.close();
  });
});
