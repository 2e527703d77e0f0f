import { assert, assertEquals } from "@std/assert";
import { startTestnet } from "testnet/server.ts";
import { type Client, connect, get, post, recording, seeded, TAPE } from "./testnet_client.ts";

type Level = [price: string, qty: string];
interface Update {
  U: number;
  u: number;
  b: Level[];
  a: Level[];
}

/** Best bid and ask, with quantities, after update `u`, by the recorded bookTicker. */
function createTouch(rows: Awaited<ReturnType<typeof recording>>) {
  const tickers = rows.filter((row) => row.stream.endsWith("bookTicker")).map((row) => row.data);
  let i = 0;
  return (u: number) => {
    if (i > 0 && tickers[i - 1].u > u) i = 0;
    while (i < tickers.length && tickers[i].u <= u) i++;
    const t = tickers[i - 1];
    return t === undefined ? undefined : [[t.b, t.B], [t.a, t.A]];
  };
}

/** Binance's "How to manage a local order book correctly", word by word. Returns how many updates were applied. */
function follow(
  snapshot: { lastUpdateId: number; bids: Level[]; asks: Level[] },
  updates: Update[],
  check: (u: number, touch: unknown) => void,
): number {
  const bids = new Map(snapshot.bids);
  const asks = new Map(snapshot.asks);
  let last = snapshot.lastUpdateId;
  let applied = 0;
  for (const update of updates) {
    if (update.u <= last) continue;
    assert(update.U <= last + 1, `update ${update.U} does not continue ${last}`);
    if (applied > 0) assertEquals(update.U, last + 1);
    for (const [side, levels] of [[bids, update.b], [asks, update.a]] as const) {
      for (const [price, qty] of levels) Number(qty) === 0 ? side.delete(price) : side.set(price, qty);
    }
    last = update.u;
    applied++;
    const best = (side: Map<string, string>, pick: (...prices: number[]) => number) => {
      const price = pick(...[...side.keys()].map(Number)).toFixed(8);
      return [price, side.get(price)];
    };
    check(last, [best(bids, Math.max), best(asks, Math.min)]);
  }
  return applied;
}

const depths = (client: Client): Update[] => client.messages.map((text) => JSON.parse(text).data ?? JSON.parse(text));

Deno.test("the documented synchronisation succeeds at twenty random moments and gives the recorded best prices", async () => {
  const rows = await recording();
  const touch = createTouch(rows);
  const testnet = await startTestnet({ tape: TAPE, hold: true });
  const random = seeded(20240808);
  const seconds = (testnet.endTs - testnet.startTs) / 1e6;
  const moments = Array.from({ length: 20 }, () => random() * (seconds - 10)).sort((a, b) => a - b);
  let now = 0;
  let checked = 0;
  try {
    for (const moment of moments) {
      const client = await connect(`${testnet.ws}/ws/btcusdt@depth@100ms`);
      await post(`${testnet.control}/clock`, { step: Math.max(0, moment - now) });
      const snapshot = await get(`${testnet.rest}/api/v3/depth?symbol=BTCUSDT&limit=5000`);
      await post(`${testnet.control}/clock`, { step: 2 });
      now = Math.max(now, moment) + 2;
      await client.settle();
      const applied = follow(snapshot, depths(client), (u, found) => {
        assertEquals(found, touch(u), `best prices after update ${u}`);
        checked++;
      });
      assert(applied >= 15, `only ${applied} updates after ${moment} s`);
      await client.close();
    }
  } finally {
    await testnet.close();
  }
  assert(checked > 350);
});

Deno.test("every recorded message after the start is served once, untouched, in the order of exchange time", async () => {
  const rows = await recording();
  const testnet = await startTestnet({ tape: TAPE, start: 48, hold: true });
  try {
    const streams = ["btcusdt@depth@100ms", "btcusdt@trade", "btcusdt@bookTicker"];
    const client = await connect(`${testnet.ws}/stream?streams=${streams.join("/")}`);
    const snapshot = await get(`${testnet.rest}/api/v3/depth?symbol=BTCUSDT&limit=1`);
    await post(`${testnet.control}/clock`, { step: 700 });
    await client.settle();
    for (const stream of streams) {
      const served = client.messages.filter((text) => text.startsWith(`{"stream":"${stream}"`));
      const later = rows.filter((row) =>
        row.stream === stream && (row.data.E ?? 0) * 1000 > (row.data.E ? testnet.startTs : -1)
      );
      const expected = later.map(({ text }) => `{"stream":"${stream}","data":${text}}`);
      // bookTicker has no time of its own: what is served must be the end of what was recorded.
      assertEquals(served, expected.slice(expected.length - served.length));
      if (stream !== "btcusdt@bookTicker") assertEquals(served.length, expected.length);
    }
    const tickers = client.messages.filter((text) => text.includes("bookTicker")).map((text) =>
      JSON.parse(text).data.u
    );
    assert(tickers[0] > snapshot.lastUpdateId - 100);
    const times = client.messages.map((text) => JSON.parse(text).data.E).filter((E) => E !== undefined);
    assert(times.every((E, i) => i === 0 || E >= times[i - 1]));
    const status = await get(`${testnet.control}/status`);
    assertEquals(status.ended, true);
    const count = (part: string) => client.messages.filter((text) => text.includes(part)).length;
    assertEquals(status.served.depth, count("@depth"));
    assertEquals(status.served.trade, count("@trade"));
    assertEquals(status.served.bookTicker, tickers.length);
    assertEquals(status.served, status.issued);
    await client.close();
  } finally {
    await testnet.close();
  }
});

Deno.test("two replays send the same sequence, whatever the speed", async () => {
  const play = async (options: { speed: number; hold: boolean }) => {
    const testnet = await startTestnet({ tape: TAPE, start: 640, ...options, hold: true });
    try {
      const client = await connect(`${testnet.ws}/ws`);
      const names = [
        "depth@100ms",
        "depth",
        "trade",
        "aggTrade",
        "bookTicker",
        "kline_1s",
        "kline_1m",
        "depth5",
        "ticker",
      ];
      await client.request("SUBSCRIBE", names.map((name) => `btcusdt@${name}`));
      if (options.hold) await post(`${testnet.control}/clock`, { step: 60 });
      else await post(`${testnet.control}/clock`, { held: false });
      while (!(await get(`${testnet.control}/status`)).ended) await client.settle();
      await client.settle();
      await client.close();
      return client.messages;
    } finally {
      await testnet.close();
    }
  };
  const stepped = await play({ speed: 1, hold: true });
  assert(stepped.length > 500);
  assertEquals(await play({ speed: 100, hold: false }), stepped);
});

Deno.test("derived streams agree with the REST answers of the same moment", async () => {
  const testnet = await startTestnet({ tape: TAPE, start: 100, hold: true });
  try {
    const client = await connect(`${testnet.ws}/stream?streams=btcusdt@kline_1m/btcusdt@aggTrade/btcusdt@miniTicker`);
    const deep = await connect(`${testnet.ws}/ws/btcusdt@depth20@100ms/btcusdt@avgPrice`);
    await post(`${testnet.control}/clock`, { step: 130 });
    await Promise.all([client.settle(), deep.settle()]);
    const all = client.messages.map((text) => JSON.parse(text));
    const closed = all.filter((m) => m.stream === "btcusdt@kline_1m" && m.data.k.x).map((m) => m.data.k);
    const klines = await get(`${testnet.rest}/api/v3/klines?symbol=BTCUSDT&interval=1m`);
    assertEquals(closed.length, 3);
    for (const k of closed) {
      const row = klines.find((kline: unknown[]) => kline[0] === k.t);
      assertEquals(row, [k.t, k.o, k.h, k.l, k.c, k.v, k.T, k.q, k.n, k.V, k.Q, k.B]);
    }
    const aggregate = all.filter((m) => m.stream === "btcusdt@aggTrade").map((
      { data: { e: _e, E: _E, s: _s, ...row } },
    ) => row);
    const rows = await get(`${testnet.rest}/api/v3/aggTrades?symbol=BTCUSDT&fromId=${aggregate[0].a}&limit=1000`);
    assertEquals(aggregate.slice(0, rows.length), rows);
    const top = JSON.parse(deep.messages.filter((text) => text.includes("lastUpdateId")).at(-1)!);
    assertEquals(top, await get(`${testnet.rest}/api/v3/depth?symbol=BTCUSDT&limit=20`));
    assert(deep.messages.some((text) => JSON.parse(text).e === "avgPrice"));
    await Promise.all([client.close(), deep.close()]);
  } finally {
    await testnet.close();
  }
});

Deno.test("one diff a second says the same as ten", async () => {
  const testnet = await startTestnet({ tape: TAPE, start: 100, hold: true });
  const touch = createTouch(await recording());
  try {
    const client = await connect(`${testnet.ws}/ws/btcusdt@depth`);
    const snapshot = await get(`${testnet.rest}/api/v3/depth?symbol=BTCUSDT&limit=5000`);
    await post(`${testnet.control}/clock`, { step: 30 });
    await client.settle();
    const applied = follow(snapshot, depths(client), (u, found) => assertEquals(found, touch(u)));
    assertEquals(applied, 30);
    await client.close();
  } finally {
    await testnet.close();
  }
});

Deno.test("requests over a stream connection are answered as documented", async () => {
  const testnet = await startTestnet({ tape: TAPE, start: 100, hold: true });
  try {
    const client = await connect(`${testnet.ws}/ws`);
    const says = async (text: string, code: number, msg: string, id?: unknown) => {
      const answer = await client.raw(text);
      assertEquals([answer.code, answer.msg, answer.id], [code, msg, id], text);
      assertEquals(answer.error, { code, msg });
    };
    assertEquals(await client.request("SUBSCRIBE", ["btcusdt@trade", "btcusdt@depth"], 1), { result: null, id: 1 });
    assertEquals(await client.request("LIST_SUBSCRIPTIONS", undefined, "a-1"), {
      result: ["btcusdt@trade", "btcusdt@depth"],
      id: "a-1",
    });
    assertEquals(await client.request("UNSUBSCRIBE", ["btcusdt@depth"], null), { result: null, id: null });
    assertEquals(await client.request("GET_PROPERTY", ["combined"], 4), { result: false, id: 4 });
    assertEquals(await client.request("SET_PROPERTY", ["combined", true], 5), { result: null, id: 5 });
    assertEquals(await client.request("GET_PROPERTY", ["combined"], 6), { result: true, id: 6 });
    await says('{"method":"SET_PROPERTY","params":["x",true],"id":7}', 0, "Unknown property", 7);
    await says(
      '{"method":"SET_PROPERTY","params":["combined",1],"id":8}',
      1,
      "Invalid value type: expected Boolean",
      8,
    );
    await says('{"method":"GET_PROPERTY","params":[],"id":9}', 2, "Invalid request: property name must be a string", 9);
    await says(
      '{"method":"GET_PROPERTY","params":["combined",1],"id":9}',
      2,
      "Invalid request: too many parameters",
      9,
    );
    await says('{"method":"SUBSCRIBE","params":["a@b"]}', 2, "Invalid request: request ID must be an unsigned integer");
    await says(
      '{"method":"SUBSCRIBE","params":["a@b"],"id":1.5}',
      2,
      "Invalid request: request ID must be an unsigned integer",
    );
    await says(
      '{"method":"FOO","id":10}',
      2,
      "Invalid request: unknown variant `FOO`, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, " +
        "`SET_PROPERTY`, `GET_PROPERTY` at line 1 column 15",
      10,
    );
    await says('{"id":3}', 2, "Invalid request: missing field `method` at line 1 column 8", 3);
    await says("hello", 3, "Invalid JSON: expected value at line 1 column 1");
    await post(`${testnet.control}/clock`, { step: 5 });
    await client.settle();
    assert(client.messages.length > 0);
    assert(client.messages.every((text) => text.startsWith('{"stream":"btcusdt@trade","data":')));
    await client.close();
  } finally {
    await testnet.close();
  }
});

Deno.test("a 64-bit request id comes back digit by digit", async () => {
  const testnet = await startTestnet({ tape: TAPE, hold: true });
  try {
    const socket = new WebSocket(`${testnet.ws}/ws`);
    const text = await new Promise<string>((resolve) => {
      socket.onopen = () => socket.send('{"method":"LIST_SUBSCRIPTIONS","id":9223372036854775807}');
      socket.onmessage = ({ data }) => resolve(data);
    });
    assertEquals(text, '{"result":[],"id":9223372036854775807}');
    const closed = new Promise((resolve) => socket.onclose = resolve);
    socket.close();
    await closed;
  } finally {
    await testnet.close();
  }
});

Deno.test("stream names are lower case; others are accepted and stay silent", async () => {
  const testnet = await startTestnet({ tape: TAPE, hold: true });
  try {
    const client = await connect(`${testnet.ws}/ws/BTCUSDT@trade`);
    assertEquals(await client.request("SUBSCRIBE", ["ethusdt@trade", "btcusdt@aggtrade", "!ticker@arr"], 1), {
      result: null,
      id: 1,
    });
    await post(`${testnet.control}/clock`, { step: 10 });
    await client.settle();
    assert(client.messages.length > 0);
    assert(client.messages.every((text) => Array.isArray(JSON.parse(text))));
    await client.close();
  } finally {
    await testnet.close();
  }
});

Deno.test("a book once a second goes by either name, and the pace may be said", async () => {
  const testnet = await startTestnet({ tape: TAPE, start: 48, hold: true });
  try {
    const names = ["depth", "depth@1000ms", "depth5", "depth5@1000ms", "kline_1m@+08:00"].map((n) => `btcusdt@${n}`);
    const client = await connect(`${testnet.ws}/stream?streams=${names.join("/")}`);
    await post(`${testnet.control}/clock`, { step: 4 });
    await client.settle();
    const messages = client.messages.map((text) => JSON.parse(text));
    const of = (name: string) => messages.filter(({ stream }) => stream === `btcusdt@${name}`).map(({ data }) => data);
    assertEquals(of("depth").length, 4);
    assertEquals(of("depth@1000ms"), of("depth"));
    assertEquals(of("depth5").length, 4);
    assertEquals(of("depth5@1000ms"), of("depth5"));
    assert(of("kline_1m@+08:00").length > 0);
    await client.close();
  } finally {
    await testnet.close();
  }
});

Deno.test("times come in microseconds where the address asks for them", async () => {
  const testnet = await startTestnet({ tape: TAPE, hold: true });
  try {
    const client = await connect(`${testnet.ws}/stream?streams=btcusdt@trade&timeUnit=MICROSECOND`);
    await post(`${testnet.control}/clock`, { step: 2 });
    await client.settle();
    const { E, T, t } = JSON.parse(client.messages[0]!).data;
    assert(E >= testnet.startTs && E < testnet.endTs && T <= E);
    assert(t < 1e10);
    await client.close();
  } finally {
    await testnet.close();
  }
});
