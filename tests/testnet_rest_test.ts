import { assert, assertEquals } from "@std/assert";
import { startTestnet } from "testnet/server.ts";
import { get, post, recording, TAPE } from "./testnet_client.ts";

const START = 48;

/** Runs against a market that stands 48 seconds after the beginning of the tape. */
async function held(use: (rest: string, control: string) => Promise<void>): Promise<void> {
  const testnet = await startTestnet({ tape: TAPE, start: START, hold: true });
  try {
    await use(`${testnet.rest}/api/v3`, testnet.control);
  } finally {
    await testnet.close();
  }
}

Deno.test("trades are the recorded ones, the last `limit` before now", async () => {
  const rows = (await recording()).filter((row) => row.stream === "btcusdt@trade").map((row) => row.data);
  await held(async (rest) => {
    const { serverTime } = await get(`${rest}/time`);
    const past = rows.filter((trade) => trade.E <= serverTime);
    const expected = past.map(({ t, p, q, T, m }) => ({
      id: t,
      price: p,
      qty: q,
      time: T,
      isBuyerMaker: m,
      isBestMatch: true,
    }));
    const strip = ({ quoteQty: _, ...row }: { quoteQty: string }) => row;
    for (const [query, length] of [["", 500], ["&limit=3", 3], ["&limit=5000", 1000]] as const) {
      const trades = await get(`${rest}/trades?symbol=BTCUSDT${query}`);
      assertEquals(trades.map(strip), expected.slice(-length));
    }
    const trades = await get(`${rest}/trades?symbol=BTCUSDT&limit=1000`);
    for (const { price, qty, quoteQty } of trades) {
      assert(/^\d+\.\d{8}$/.test(quoteQty) && Math.abs(Number(price) * Number(qty) - Number(quoteQty)) < 1e-6);
    }
    const fromId = past[7]!.t;
    const old = await get(`${rest}/historicalTrades?symbol=BTCUSDT&fromId=${fromId}&limit=4`);
    assertEquals(old.map(strip), expected.slice(7, 11));
    assertEquals(await get(`${rest}/historicalTrades?symbol=BTCUSDT&fromId=${past.at(-1)!.t + 1}`), []);
  });
});

Deno.test("paging by id gives every trade of the past once", async () => {
  await held(async (rest) => {
    const ids: number[] = [];
    for (let from = 0;;) {
      const page = await get(`${rest}/historicalTrades?symbol=BTCUSDT&fromId=${from}&limit=700`);
      if (page.length === 0) break;
      ids.push(...page.map((trade: { id: number }) => trade.id));
      from = ids.at(-1)! + 1;
    }
    assert(ids.length > 700 && ids.every((id, i) => i === 0 || id === ids[i - 1]! + 1));
    assertEquals(ids.at(-1), (await get(`${rest}/trades?symbol=BTCUSDT&limit=1`))[0].id);
  });
});

Deno.test("aggregate trades cover the trades exactly and can be asked for by id and time", async () => {
  await held(async (rest) => {
    const trades: { id: number; price: string; qty: string; time: number; isBuyerMaker: boolean }[] = [];
    for (const page of [0, 1]) {
      const from = page === 0 ? 0 : trades.at(-1)!.id + 1;
      trades.push(...await get(`${rest}/historicalTrades?symbol=BTCUSDT&fromId=${from}&limit=1000`));
    }
    const url = `${rest}/aggTrades?symbol=BTCUSDT`;
    const all = await get(`${url}&fromId=1&limit=1000`);
    let next = trades[0]!.id;
    for (const { p, q, f, l, T, m } of all) {
      assertEquals(f, next);
      next = l + 1;
      const parts = trades.filter((trade) => trade.id >= f && trade.id <= l);
      if (parts.length !== l - f + 1) break;
      assert(parts.every((part) => part.price === p && part.time === T && part.isBuyerMaker === m));
      assertEquals(q, parts.reduce((sum, part) => sum + Number(part.qty), 0).toFixed(8));
    }
    assertEquals(Object.keys(all[0]), ["a", "p", "q", "f", "l", "T", "m", "M"]);
    assertEquals(await get(`${url}&fromId=5&limit=2`), all.slice(4, 6));
    assertEquals(await get(`${url}&limit=2`), (await get(`${url}&limit=5`)).slice(3));
    const time = all[20].T;
    const later = all.filter((row: { T: number }) => row.T >= time);
    assertEquals(await get(`${url}&startTime=${time}&limit=10`), later.slice(0, 10));
    const until = all.filter((row: { T: number }) => row.T <= time);
    assertEquals(await get(`${url}&endTime=${time}&limit=3`), until.slice(-3));
    const between = later.filter((row: { T: number }) => row.T <= time + 1000);
    assertEquals(await get(`${url}&startTime=${time}&endTime=${time + 1000}`), between);
  });
});

Deno.test("klines are exact sums of the trades for every interval", async () => {
  await held(async (rest) => {
    const trades: { price: string; qty: string; time: number; isBuyerMaker: boolean }[] = [];
    for (let from = 0;;) {
      const page = await get(`${rest}/historicalTrades?symbol=BTCUSDT&fromId=${from}&limit=1000`);
      if (page.length === 0) break;
      trades.push(...page);
      from = page.at(-1).id + 1;
    }
    const units = (text: string) => BigInt(text.replace(".", ""));
    const sum = (values: bigint[]) => values.reduce((a, b) => a + b, 0n);
    for (
      const interval of [
        "1s",
        "1m",
        "3m",
        "5m",
        "15m",
        "30m",
        "1h",
        "2h",
        "4h",
        "6h",
        "8h",
        "12h",
        "1d",
        "3d",
        "1w",
        "1M",
      ]
    ) {
      const klines = await get(`${rest}/klines?symbol=BTCUSDT&interval=${interval}&limit=1000`);
      assertEquals(await get(`${rest}/uiKlines?symbol=BTCUSDT&interval=${interval}&limit=1000`), klines);
      assertEquals(sum(klines.map((k: number[]) => BigInt(k[8]!))), BigInt(trades.length), interval);
      for (const [open, o, h, l, c, v, close, q, n, tv, tq, unused] of klines) {
        const own = trades.filter(({ time }) => time >= open && time <= close);
        assertEquals(n, own.length);
        assertEquals(unused, "0");
        if (n === 0) {
          assert(o === h && h === l && l === c && v === "0.00000000");
          continue;
        }
        const prices = own.map(({ price }) => Number(price));
        assertEquals([o, c], [own[0]!.price, own.at(-1)!.price]);
        assertEquals([Number(h), Number(l)], [Math.max(...prices), Math.min(...prices)]);
        const bought = own.filter(({ isBuyerMaker }) => !isBuyerMaker);
        assertEquals([units(v), units(tv)], [sum(own.map((t) => units(t.qty))), sum(bought.map((t) => units(t.qty)))]);
        const quote = (list: typeof own) => sum(list.map((t) => units(t.price) * units(t.qty))) / 10n ** 8n;
        assertEquals([units(q), units(tq)], [quote(own), quote(bought)]);
      }
    }
    const minutes = await get(`${rest}/klines?symbol=BTCUSDT&interval=1s`);
    const [from, to] = [minutes[3][0], minutes[9][0]];
    const url = `${rest}/klines?symbol=BTCUSDT&interval=1s`;
    assertEquals(await get(`${url}&startTime=${from}&endTime=${to}`), minutes.slice(3, 10));
    assertEquals(await get(`${url}&startTime=${from}&limit=2`), minutes.slice(3, 5));
    assertEquals(await get(`${url}&endTime=${to}&limit=2`), minutes.slice(8, 10));
    const [monday] = await get(`${rest}/klines?symbol=BTCUSDT&interval=1w`);
    assertEquals(new Date(monday[0]).toISOString(), "2024-08-05T00:00:00.000Z");
    const [tokyo] = await get(`${rest}/klines?symbol=BTCUSDT&interval=1d&timeZone=9`);
    assertEquals(new Date(tokyo[0]).toISOString(), "2024-08-08T15:00:00.000Z");
  });
});

Deno.test("tickers agree with klines, trades and book", async () => {
  await held(async (rest) => {
    const day = await get(`${rest}/ticker/24hr?symbol=BTCUSDT`);
    const [[, o, h, l, c, v, , q, n]] = await get(`${rest}/klines?symbol=BTCUSDT&interval=1M`);
    assertEquals(
      [day.openPrice, day.highPrice, day.lowPrice, day.lastPrice, day.volume, day.quoteVolume, day.count],
      [o, h, l, c, v, q, n],
    );
    assertEquals(day.closeTime - day.openTime, 86_400_000);
    assertEquals(day.lastId - day.firstId + 1, n);
    assertEquals(day.priceChange, (Number(c) - Number(o)).toFixed(8));
    const mini = await get(`${rest}/ticker/24hr?symbols=["BTCUSDT"]&type=MINI`);
    assertEquals(Object.keys(mini[0]), [
      ...["symbol", "openPrice", "highPrice", "lowPrice", "lastPrice", "volume", "quoteVolume"],
      ...["openTime", "closeTime", "firstId", "lastId", "count"],
    ]);
    const [last] = await get(`${rest}/trades?symbol=BTCUSDT&limit=1`);
    assertEquals(await get(`${rest}/ticker/price?symbol=BTCUSDT`), { symbol: "BTCUSDT", price: last.price });
    assertEquals(await get(`${rest}/ticker/price`), [{ symbol: "BTCUSDT", price: last.price }]);
    const best = await get(`${rest}/ticker/bookTicker?symbol=BTCUSDT`);
    assertEquals([best.bidPrice, best.askPrice], [day.bidPrice, day.askPrice]);
    assert(Number(best.bidPrice) < Number(best.askPrice));
    const hour = await get(`${rest}/ticker?symbol=BTCUSDT&windowSize=1h`);
    assertEquals([hour.volume, hour.openTime % 60_000], [v, 0]);
    const today = await get(`${rest}/ticker/tradingDay?symbol=BTCUSDT`);
    assertEquals([today.volume, today.openTime % 86_400_000, today.closeTime - today.openTime], [v, 0, 86_399_999]);
    const average = await get(`${rest}/avgPrice?symbol=BTCUSDT`);
    assertEquals([average.mins, average.closeTime], [5, last.time]);
    assertEquals(average.price, day.weightedAvgPrice);
  });
});

Deno.test("a depth answer has up to `limit` levels, best first, and weighs by them", async () => {
  await held(async (rest) => {
    const full = await get(`${rest}/depth?symbol=BTCUSDT&limit=9999`);
    assert(full.bids.length >= 1000 && full.asks.length >= 1000);
    const prices = (levels: string[][]) => levels.map(([price]) => Number(price));
    assert(prices(full.bids).every((p, i, all) => i === 0 || p < all[i - 1]!));
    assert(prices(full.asks).every((p, i, all) => i === 0 || p > all[i - 1]!));
    for (const [limit, weight] of [[1, 5], [100, 5], [500, 25], [1000, 50], [5000, 250]] as const) {
      const before = Number((await fetch(`${rest}/ping`).then(drain)).headers.get("x-mbx-used-weight-1m"));
      const response = await fetch(`${rest}/depth?symbol=BTCUSDT&limit=${limit}`);
      const used = Number(response.headers.get("X-MBX-USED-WEIGHT-1M"));
      assert(used - before === weight || used === weight);
      assertEquals((await response.json()).bids, full.bids.slice(0, limit));
    }
    assertEquals((await get(`${rest}/depth?symbol=BTCUSDT`)).asks, full.asks.slice(0, 100));
  });
});

async function drain(response: Response): Promise<Response> {
  await response.body?.cancel();
  return response;
}

Deno.test("exchangeInfo reports market time and can be narrowed", async () => {
  await held(async (rest, control) => {
    const info = await get(`${rest}/exchangeInfo`);
    const { marketTs } = await get(`${control}/status`);
    assertEquals(info.serverTime, Math.floor(marketTs / 1000));
    assertEquals(info.symbols.map((row: { symbol: string }) => row.symbol), ["BTCUSDT"]);
    assertEquals(info.symbols[0].filters[0].tickSize, "0.01000000");
    for (
      const query of [
        "symbol=BTCUSDT",
        'symbols=["BTCUSDT"]',
        "permissions=SPOT",
        'permissions=["MARGIN"]',
        "symbolStatus=TRADING",
      ]
    ) {
      assertEquals((await get(`${rest}/exchangeInfo?${query}`)).symbols, info.symbols, query);
    }
    for (const query of ["permissions=LEVERAGED", "symbolStatus=HALT"]) {
      assertEquals((await get(`${rest}/exchangeInfo?${query}`)).symbols, [], query);
    }
    assertEquals((await get(`${rest}/exchangeInfo?showPermissionSets=false`)).symbols[0].permissionSets, []);
  });
});

Deno.test("times are microseconds where the header asks for them", async () => {
  await held(async (rest, control) => {
    const { marketTs } = await get(`${control}/status`);
    assertEquals(await get(`${rest}/time`, { "X-MBX-TIME-UNIT": "MICROSECOND" }), { serverTime: marketTs });
    const [trade] = await get(`${rest}/trades?symbol=BTCUSDT&limit=1`, { "X-MBX-TIME-UNIT": "microsecond" });
    const [same] = await get(`${rest}/trades?symbol=BTCUSDT&limit=1`);
    assertEquals(trade.time, same.time * 1000);
    assertEquals(
      await get(`${rest}/aggTrades?symbol=BTCUSDT&startTime=${trade.time}`),
      await get(`${rest}/aggTrades?symbol=BTCUSDT&startTime=${same.time}`),
    );
    assertEquals((await get(`${rest}/time`, { "X-MBX-TIME-UNIT": "DAY" })).code, -1194);
  });
});

Deno.test("wrong requests get Binance's codes, messages and HTTP statuses", async () => {
  const illegal = (name: string, range: string) =>
    `Illegal characters found in parameter '${name}'; legal range is '${range}'.`;
  const symbols = "^[A-Z0-9-_.]{1,20}$";
  const missing = (name: string) => `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`;
  const invalid = (name: string) => `Data sent for parameter '${name}' is not valid.`;
  const combination = "Combination of optional parameters invalid.";
  const cases: [string, number, string][] = [
    ["depth", -1102, missing("symbol")],
    ["depth?symbol=", -1102, missing("symbol")],
    ["depth?symbol=btcusdt", -1100, illegal("symbol", symbols)],
    ["depth?symbol=BTC/USDT", -1100, illegal("symbol", symbols)],
    ["depth?symbol=NOPE", -1121, "Invalid symbol."],
    ["depth?symbol=BTCUSDT&limit=x", -1100, illegal("limit", "^[0-9]{1,20}$")],
    ["depth?symbol=BTCUSDT&limit=-5", -1100, illegal("limit", "^[0-9]{1,20}$")],
    ["depth?symbol=BTCUSDT&limit=0", -1130, invalid("limit")],
    ["depth?symbol=BTCUSDT&limit=", -1105, "Parameter 'limit' was empty."],
    ["depth?symbol=BTCUSDT&limit=99999999999999999999", -1108, "Parameter 'limit' overflowed."],
    ["depth?symbol=BTCUSDT&symbol=BTCUSDT", -1101, "Duplicate values for a parameter detected."],
    ["depth?symbol=BTCUSDT&x=1", -1104, "Not all sent parameters were read; read '1' parameter(s) but was sent '2'."],
    ["depth?symbol=BTCUSDT&symbolStatus=X", -1122, "Invalid symbolStatus."],
    ["ping?x=1", -1101, "Too many parameters; expected '0' and received '1'."],
    ["klines?symbol=BTCUSDT", -1102, missing("interval")],
    ["klines?symbol=BTCUSDT&interval=2m", -1120, "Invalid interval."],
    ["klines?symbol=BTCUSDT&interval=1m&timeZone=15", -1130, invalid("timeZone")],
    ["aggTrades?symbol=BTCUSDT&fromId=1&startTime=1", -1128, combination],
    ["ticker/24hr?symbol=BTCUSDT&symbols=[%22BTCUSDT%22]", -1128, combination],
    ["exchangeInfo?symbol=BTCUSDT&permissions=SPOT", -1128, combination],
    ["exchangeInfo?symbol=NOPE", -1121, "Invalid symbol."],
    ["ticker/price?symbols=[%22BTCUSDT%22,%22BTCUSDT%22]", -1151, "Symbol is present multiple times in the list."],
    [
      "ticker/price?symbols=BTCUSDT",
      -1100,
      illegal("symbols", '^\\[("[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}){0,1}\\]$'),
    ],
    ["ticker/24hr?symbol=BTCUSDT&type=HUGE", -1139, "Invalid ticker type."],
    ["ticker", -1102, "Param 'symbol' or 'symbols' must be sent, but both were empty/null!"],
    ["ticker?symbol=BTCUSDT&windowSize=90m", -1130, invalid("windowSize")],
  ];
  await held(async (rest) => {
    for (const [query, code, msg] of cases) {
      const response = await fetch(`${rest}/${query}`);
      assertEquals([response.status, await response.json()], [400, { code, msg }], query);
    }
    const unknown = await fetch(`${rest}/nothing`);
    assertEquals([unknown.status, await unknown.text()], [404, "<html><body><h2>404 Not found</h2></body></html>"]);
    const account = await fetch(`${rest}/account?timestamp=1`);
    assertEquals([account.status, await account.json()], [401, { code: -2014, msg: "API-key format invalid." }]);
    const posted = await fetch(`${rest}/depth?symbol=BTCUSDT`, { method: "POST" });
    assertEquals([posted.status, (await posted.json()).code], [405, -1020]);
  });
});

Deno.test("a browser may read the exchange from any page, but not steer the testnet", async () => {
  await held(async (rest, control) => {
    const response = await fetch(`${rest}/ping`, { headers: { origin: "http://example.org" } });
    assertEquals(response.headers.get("access-control-allow-origin"), "*");
    assertEquals(await response.json(), {});
    const stop = await fetch(`${control}/stop`, { method: "POST", headers: { origin: "http://example.org" } });
    assertEquals([stop.status, await stop.json()], [403, { error: "not from a web page" }]);
    const preflight = await drain(await fetch(`${rest}/depth`, { method: "OPTIONS" }));
    assertEquals([preflight.status, preflight.headers.get("access-control-allow-headers")], [204, "*"]);
  });
});

Deno.test("the clock is held, stepped and released through the control endpoint, and refuses nonsense", async () => {
  await held(async (rest, control) => {
    const before = await get(`${control}/status`);
    assertEquals(before.held, true);
    assertEquals((await get(`${control}/status`)).marketTs, before.marketTs);
    const stepped = await post(`${control}/clock`, { step: 1.5, speed: 4 });
    assertEquals([stepped.marketTs - before.marketTs, stepped.speed], [1_500_000, 4]);
    assertEquals((await get(`${rest}/time`)).serverTime, Math.floor(stepped.marketTs / 1000));
    for (
      const [body, error] of [
        [{ speed: 0 }, "speed = 0, must be above 0 and at most 10000"],
        [{ held: 1 }, "clock: held = 1, must be a boolean"],
        [{ step: -1 }, "step = -1000000, must be 0 or more"],
        [{ sped: 1 }, "clock: unknown key sped; known: held, speed, step"],
      ] as const
    ) assertEquals(await post(`${control}/clock`, body), { error });
    assertEquals((await get(`${control}/status`)).marketTs, stepped.marketTs);
  });
});
