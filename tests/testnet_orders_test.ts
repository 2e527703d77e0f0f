import { assert, assertEquals } from "@std/assert";
import ccxt from "ccxt";
import { checkSignature, hmacVerifier } from "testnet/private/keys.ts";
import { createOrderLimits } from "testnet/private/order_limits.ts";
import { type Answer, createCcxt, createClient, hmac, withTestnet } from "./testnet_private_client.ts";
import { post } from "./testnet_client.ts";

const error = ({ status, body }: Answer) => `${status} ${body.code} ${body.msg}`;

/** Far below the market of the default tape at 200 s, which is near 61726, and far above it. */
const LOW = { side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "0.01", price: "60000.00" };
const HIGH = { ...LOW, side: "SELL", price: "63000.00" };

Deno.test("signatures are those of Binance's documentation, in the query, in the body, and split over both", () => {
  const secret = hmacVerifier("NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j");
  const head = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC";
  const tail = "quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559";
  checkSignature(`${head}&${tail}`, "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71", secret);
  checkSignature(`${head}${tail}`, "0FD168B8DDB4876A0358A8D14D0C9F3DA0E9B20C5D52B2A00FCF7D1C602F9A77", secret);
});

Deno.test("a signed request may carry its parameters in the query, in the body, or in both", async () => {
  await withTestnet({}, async (_, { send }) => {
    const head = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC";
    const rest = `quantity=0.01&timestamp=${Date.now()}`;
    const tail = `${rest}&price=60000`;
    const whole = `${head}&${tail}`;
    for (
      const [query, body] of [
        [`${whole}&signature=${hmac(whole)}`, undefined],
        ["", `${whole}&signature=${hmac(whole)}`],
        [head, `${tail}&signature=${hmac(head + tail)}`],
        // What is in both counts as it is in the query.
        [`${head}&price=60000`, `price=1&${rest}&signature=${hmac(`${head}&price=60000price=1&${rest}`)}`],
      ] as const
    ) {
      const { body: order } = await send("POST", "order", query, body);
      assertEquals([order.status, order.price], ["NEW", "60000.00000000"]);
    }
  });
});

Deno.test("who asks is checked first: key, then signature, then time", async () => {
  await withTestnet({}, async (testnet, client) => {
    const { send, signed } = client;
    assertEquals(
      error(await send("GET", "account", "", undefined, { "X-MBX-APIKEY": "" })),
      "401 -2014 API-key format invalid.",
    );
    const stranger = createClient(testnet, { apiKey: "nobody", secret: "x" });
    const rejected = "401 -2015 Invalid API-key, IP, or permissions for action.";
    assertEquals(error(await stranger.signed("GET", "account")), rejected);
    assertEquals(
      error(await send("GET", "account", "timestamp=1")),
      "400 -1102 Mandatory parameter 'signature' was not sent, was empty/null, or malformed.",
    );
    assertEquals(
      error(await send("GET", "account", `signature=${hmac("")}`)),
      "400 -1102 Mandatory parameter 'timestamp' was not sent, was empty/null, or malformed.",
    );
    const now = Date.now();
    const invalid = "400 -1022 Signature for this request is not valid.";
    assertEquals(error(await send("GET", "account", `timestamp=${now}&signature=${hmac("timestamp=1")}`)), invalid);
    assertEquals(error(await send("GET", "account", `timestamp=${now}&signature=abc`)), invalid);
    const late = "400 -1021 Timestamp for this request is outside of the recvWindow.";
    assertEquals(error(await signed("GET", "account", { timestamp: now - 6000 })), late);
    assertEquals((await signed("GET", "account", { timestamp: now - 6000, recvWindow: 30000 })).status, 200);
    assertEquals(
      error(await signed("GET", "account", { timestamp: now + 60_000 })),
      "400 -1021 Timestamp for this request was 1000ms ahead of the server's time.",
    );
    // Also the market's time will do, in milliseconds or microseconds.
    for (const timestamp of [testnet.startTs, Math.floor(testnet.startTs / 1000)]) {
      assertEquals((await signed("GET", "account", { timestamp })).status, 200);
    }
    assertEquals(
      error(await signed("GET", "account", { recvWindow: 60001 })),
      "400 -1131 recvWindow must be less than 60000",
    );
    assertEquals(error(await signed("GET", "myFilters")), "400 -1020 This operation is not supported.");
  });
});

Deno.test("an order is answered in short or in full, found by either id, and cancelled once", async () => {
  await withTestnet({}, async (_, { order, signed, ...client }) => {
    const place = order.bind({ ...client, order, signed });
    const ack = (await place({ ...LOW, newOrderRespType: "ACK", newClientOrderId: "one" })).body;
    assertEquals(Object.keys(ack), ["symbol", "orderId", "orderListId", "clientOrderId", "transactTime"]);
    const result = (await place({ ...HIGH, newOrderRespType: "RESULT" })).body;
    assertEquals([result.status, result.fills, result.workingTime], ["NEW", undefined, result.transactTime]);
    const maker = (await place({ side: "BUY", type: "LIMIT_MAKER", quantity: "0.01", price: "60001" })).body;
    assertEquals(maker.status, undefined);
    const full = await place({ side: "BUY", type: "MARKET", quoteOrderQty: "1000" });
    assertEquals([full.body.status, full.body.origQuoteOrderQty], ["FILLED", "1000.00000000"]);
    const spent = full.body.fills.reduce(
      (sum: number, f: { price: string; qty: string }) => sum + +f.price * +f.qty,
      0,
    );
    assert(Math.abs(spent - +full.body.cummulativeQuoteQty) < 1e-8 && spent <= 1000 && spent > 999);
    assertEquals(full.headers.get("x-mbx-order-count-10s"), "3");

    const symbol = "BTCUSDT";
    const byId = (await signed("GET", "order", { symbol, orderId: ack.orderId })).body;
    const byName = (await signed("GET", "order", { symbol, origClientOrderId: "one" })).body;
    assertEquals(byId, byName);
    assertEquals([byId.price, byId.origQty, byId.isWorking], ["60000.00000000", "0.01000000", true]);
    assertEquals(
      error(await signed("GET", "order", { symbol, orderId: ack.orderId, origClientOrderId: "two" })),
      "400 -2039 Client order ID is not correct for this order ID.",
    );
    assertEquals(error(await signed("GET", "order", { symbol, orderId: 99 })), "400 -2013 Order does not exist.");
    assertEquals(
      error(await signed("GET", "order", { symbol })),
      "400 -1102 Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
    );

    const gone = (await signed("DELETE", "order", { symbol, orderId: ack.orderId, newClientOrderId: "bye" })).body;
    assertEquals([gone.status, gone.origClientOrderId, gone.clientOrderId], ["CANCELED", "one", "bye"]);
    assertEquals(
      error(await signed("DELETE", "order", { symbol, orderId: ack.orderId })),
      "400 -2011 Unknown order sent.",
    );
    assertEquals(
      error(await signed("DELETE", "order", { symbol, orderId: maker.orderId, cancelRestrictions: "NEVER" })),
      "400 -1145 Invalid cancelRestrictions",
    );
    assertEquals(
      error(
        await signed("DELETE", "order", {
          symbol,
          orderId: maker.orderId,
          cancelRestrictions: "ONLY_PARTIALLY_FILLED",
        }),
      ),
      "400 -2011 Order was not canceled due to cancel restrictions.",
    );
    assertEquals((await signed("GET", "openOrders", { symbol })).body.length, 2);
    assertEquals((await signed("DELETE", "openOrders", { symbol })).body.length, 2);
    assertEquals((await signed("GET", "openOrders")).body, []);
    assertEquals(error(await signed("DELETE", "openOrders", { symbol })), "400 -2011 Unknown order sent.");

    const ids = async (params: Record<string, number>) =>
      (await signed("GET", "allOrders", { symbol, ...params })).body.map((o: { orderId: number }) => o.orderId);
    assertEquals([await ids({}), await ids({ orderId: 3 }), await ids({ limit: 1 })], [[1, 2, 3, 4], [3, 4], [4]]);
    const trades = (await signed("GET", "myTrades", { symbol })).body;
    assertEquals(trades.length, full.body.fills.length);
    assertEquals([trades[0].isBuyer, trades[0].isMaker, trades[0].commissionAsset], [true, false, "BTC"]);
    assertEquals((await signed("GET", "myTrades", { symbol, fromId: trades[0].id + 1000 })).body, []);
    assertEquals((await signed("GET", "myTrades", { symbol, orderId: 4 })).body, trades);
    assertEquals(
      error(await signed("GET", "myTrades", { symbol, startTime: 1, endTime: 86_400_002 })),
      "400 -1127 More than 24 hours between startTime and endTime.",
    );
  });
});

Deno.test("what is wrong with an order is said as Binance says it", async () => {
  const cases: [changes: Record<string, string>, expected: string][] = [
    [{ symbol: "NOPE" }, "-1121 Invalid symbol."],
    [
      { symbol: "BTC/USDT" },
      "-1100 Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.",
    ],
    [{ side: "HOLD" }, "-1117 Invalid side."],
    [{ type: "PEG" }, "-1116 Invalid orderType."],
    [{ timeInForce: "GTX" }, "-1115 Invalid timeInForce."],
    [{ side: "" }, "-1105 Parameter 'side' was empty."],
    [{ price: "" }, "-1105 Parameter 'price' was empty."],
    [
      { price: "1e5" },
      "-1100 Illegal characters found in parameter 'price'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.",
    ],
    [{ price: "60000.000000001" }, "-1111 Parameter 'price' has too much precision."],
    [{ quantity: "0.000000001" }, "-1111 Parameter 'quantity' has too much precision."],
    [{ price: "60000.001" }, "-1013 Filter failure: PRICE_FILTER"],
    [{ price: "1000000.01" }, "-1013 Filter failure: PRICE_FILTER"],
    [{ quantity: "0.000015" }, "-1013 Filter failure: LOT_SIZE"],
    [{ quantity: "0" }, "-1013 Invalid quantity."],
    [{ price: "0" }, "-1013 Invalid price."],
    [{ price: "1000" }, "-1013 Filter failure: PERCENT_PRICE_BY_SIDE"],
    [{ quantity: "0.00008" }, "-1013 Filter failure: NOTIONAL"],
    [{ quantity: "0.00009" }, "NEW"],
    [{ quantity: "100" }, "-2010 Account has insufficient balance for requested action."],
    [{ type: "LIMIT_MAKER" }, "-1106 Parameter 'timeInForce' sent when not required."],
    [{ type: "MARKET", timeInForce: "-" }, "-1106 Parameter 'price' sent when not required."],
    [
      { type: "LIMIT", timeInForce: "-" },
      "-1102 Mandatory parameter 'timeInForce' was not sent, was empty/null, or malformed.",
    ],
    [{ price: "-" }, "-1102 Mandatory parameter 'price' was not sent, was empty/null, or malformed."],
    [{ quantity: "-" }, "-1102 Mandatory parameter 'quantity' was not sent, was empty/null, or malformed."],
    [{ side: "-" }, "-1102 Mandatory parameter 'side' was not sent, was empty/null, or malformed."],
    [
      { type: "MARKET", price: "-", timeInForce: "-", quantity: "-" },
      "-1102 Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!",
    ],
    [{ type: "LIMIT_MAKER", timeInForce: "-", price: "70000" }, "-2010 Order would immediately match and take."],
    [{ type: "STOP_LOSS" }, "-1013 Stop loss orders are not supported for this symbol."],
    [{ icebergQty: "0.001" }, "-1013 Iceberg orders are not supported for this symbol."],
    [{ stopPrice: "1" }, "-1106 Parameter 'stopPrice' sent when not required."],
    [
      { newClientOrderId: "a b" },
      "-1100 Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
    ],
    [{ newOrderRespType: "ALL" }, "-1130 Data sent for parameter 'newOrderRespType' is not valid."],
    [{ selfTradePreventionMode: "NONE" }, "-1013 This symbol does not allow the specified self-trade prevention mode."],
    [{ strategyType: "5" }, "-1134 Strategy type was less than 1000000."],
    [{ foo: "1" }, "-1104 Not all sent parameters were read; read '8' parameter(s) but was sent '9'."],
  ];
  await withTestnet({}, async (_, client) => {
    const balance = async () => (await client.signed("GET", "account")).body.balances;
    const before = await balance();
    for (const [changes, expected] of cases) {
      const params = Object.fromEntries(
        Object.entries({ symbol: "BTCUSDT", ...LOW, ...changes }).filter(([, value]) => value !== "-"),
      );
      const { status, body } = await client.signed("POST", "order", params);
      assertEquals(status === 200 ? body.status : `${body.code} ${body.msg}`, expected, JSON.stringify(changes));
      assertEquals(status, expected === "NEW" ? 200 : 400);
    }
    await client.signed("DELETE", "openOrders", { symbol: "BTCUSDT" });
    assertEquals(await balance(), before);
  });
});

Deno.test("a test order is checked and leaves no trace", async () => {
  await withTestnet({}, async (_, { signed }) => {
    const params = { symbol: "BTCUSDT", ...LOW };
    assertEquals((await signed("POST", "order/test", params)).body, {});
    assertEquals(
      error(await signed("POST", "order/test", { ...params, price: "0.001" })),
      "400 -1013 Filter failure: PRICE_FILTER",
    );
    const rates = (await signed("POST", "order/test", { ...params, computeCommissionRates: "true" })).body;
    assertEquals(rates.standardCommissionForOrder, { maker: "0.00100000", taker: "0.00100000" });
    assertEquals((await signed("GET", "openOrders")).body, []);
    const { standardCommission } = (await signed("GET", "account/commission", { symbol: "BTCUSDT" })).body;
    assertEquals(standardCommission, {
      maker: "0.00100000",
      taker: "0.00100000",
      buyer: "0.00000000",
      seller: "0.00000000",
    });
  });
});

Deno.test("cancel-replace answers for both halves, with 200, 409 or 400", async () => {
  await withTestnet({}, async (_, { signed, order, ...rest }) => {
    const place = order.bind({ ...rest, order, signed });
    const { orderId } = (await place(LOW)).body;
    const replace = (changes: Record<string, string | number>) =>
      signed("POST", "order/cancelReplace", {
        ...{ symbol: "BTCUSDT", ...LOW, cancelReplaceMode: "STOP_ON_FAILURE", cancelOrderId: orderId },
        ...changes,
      });
    const halves = ({ status, body }: Answer) => {
      const { cancelResult, newOrderResult } = body.data ?? body;
      return [status, body.code, cancelResult, newOrderResult];
    };
    assertEquals(error(await replace({ price: "0.001" })), "400 -1013 Filter failure: PRICE_FILTER");
    const good = await replace({ price: "60001.00" });
    assertEquals(halves(good), [200, undefined, "SUCCESS", "SUCCESS"]);
    assertEquals([good.body.cancelResponse.status, good.body.newOrderResponse.price], ["CANCELED", "60001.00000000"]);
    const stopped = await replace({});
    assertEquals(halves(stopped), [400, -2022, "FAILURE", "NOT_ATTEMPTED"]);
    assertEquals(stopped.body.data.cancelResponse, { code: -2011, msg: "Unknown order sent." });
    assertEquals(stopped.body.data.newOrderResponse, null);
    const allowed = { cancelReplaceMode: "ALLOW_FAILURE" };
    assertEquals(halves(await replace(allowed)), [409, -2021, "FAILURE", "SUCCESS"]);
    assertEquals(halves(await replace({ ...allowed, quantity: "100" })), [400, -2022, "FAILURE", "FAILURE"]);
    const next = good.body.newOrderResponse.orderId;
    assertEquals(halves(await replace({ cancelOrderId: next, quantity: "100" })), [409, -2021, "SUCCESS", "FAILURE"]);
  });
});

Deno.test("an amendment makes an order smaller, and prevented matches can be looked up", async () => {
  await withTestnet({}, async (_, { signed, order, ...rest }) => {
    const place = order.bind({ ...rest, order, signed });
    const symbol = "BTCUSDT";
    const { orderId } = (await place({ ...HIGH, newClientOrderId: "a" })).body;
    const amend = (newQty: string) =>
      signed("PUT", "order/amend/keepPriority", { symbol, orderId, newQty, newClientOrderId: "b" });
    const { amendedOrder } = (await amend("0.005")).body;
    assertEquals([amendedOrder.qty, amendedOrder.origClientOrderId, amendedOrder.clientOrderId], [
      "0.00500000",
      "a",
      "b",
    ]);
    assertEquals(error(await amend("0.006")), "400 -2038 Order amend (quantity increase) is not supported.");
    const buy = { ...LOW, price: "63000.00", quantity: "5", selfTradePreventionMode: "EXPIRE_TAKER" };
    const taker = (await place({ ...buy })).body;
    // The recorded book stands before it at every better price; then it meets itself.
    if (taker.status === "EXPIRED_IN_MATCH") {
      const rows = (await signed("GET", "myPreventedMatches", { symbol, orderId: taker.orderId })).body;
      assertEquals([rows.length, rows[0].makerOrderId, rows[0].selfTradePreventionMode], [1, orderId, "EXPIRE_TAKER"]);
      const { preventedMatchId } = rows[0];
      assertEquals((await signed("GET", "myPreventedMatches", { symbol, preventedMatchId })).body, rows);
    }
    assertEquals(
      error(await signed("GET", "myPreventedMatches", { symbol })),
      "400 -1128 Combination of optional parameters invalid.",
    );
  });
});

Deno.test("unfilled orders are limited by ten seconds and by day; one that trades no longer counts", () => {
  let now = 1_000_000;
  const limits = createOrderLimits(
    [
      { rateLimitType: "ORDERS", interval: "SECOND", intervalNum: 10, limit: 2 },
      { rateLimitType: "ORDERS", interval: "DAY", intervalNum: 1, limit: 3 },
      { rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", intervalNum: 1, limit: 1 },
    ],
    () => now,
  );
  const refusal = () => {
    try {
      limits.check();
      return undefined;
    } catch (error) {
      return `${(error as { status: number }).status} ${(error as Error).message}`;
    }
  };
  limits.add();
  limits.add();
  assertEquals(refusal(), "429 Too many new orders; current limit is 2 orders per 10 SECOND.");
  limits.forget();
  assertEquals(refusal(), undefined);
  limits.add();
  now += 10_000;
  assertEquals(refusal(), undefined);
  limits.add();
  assertEquals(limits.usage().map(({ count }) => count), [1, 3]);
  assertEquals(limits.headers(), { "x-mbx-order-count-10s": "1", "x-mbx-order-count-1d": "3" });
  now += 10_000;
  assertEquals(refusal(), "429 Too many new orders; current limit is 3 orders per 1 DAY.");
});

Deno.test("resting orders are filled by the recording as its time goes on", async () => {
  await withTestnet({}, async (testnet, { signed, order, ...rest }) => {
    const place = order.bind({ ...rest, order, signed });
    const book = await (await fetch(`${testnet.rest}/api/v3/depth?symbol=BTCUSDT&limit=5`)).json();
    const bid = await place({ side: "BUY", type: "LIMIT_MAKER", quantity: "0.01", price: book.bids[0][0] });
    const ask = await place({ side: "SELL", type: "LIMIT_MAKER", quantity: "0.01", price: book.asks[0][0] });
    await post(`${testnet.control}/clock`, { step: 120 });
    const trades = (await signed("GET", "myTrades", { symbol: "BTCUSDT" })).body;
    const ids = new Set(trades.map((t: { id: number }) => t.id));
    assert(trades.length > 0 && ids.size === trades.length);
    for (const trade of trades) {
      assertEquals([trade.isMaker, trade.commissionAsset], [true, trade.isBuyer ? "BTC" : "USDT"]);
      assertEquals(trade.price, trade.isBuyer ? book.bids[0][0] : book.asks[0][0]);
      assert([bid.body.orderId, ask.body.orderId].includes(trade.orderId));
    }
    const { balances } = (await signed("GET", "account")).body;
    const open = (await signed("GET", "openOrders")).body;
    const locked = open.reduce(
      (sum: number, o: Record<string, string>) => sum + (o.side === "SELL" ? +o.origQty! - +o.executedQty! : 0),
      0,
    );
    assertEquals(Number(balances.find((b: { asset: string }) => b.asset === "BTC").locked), locked);
  });
});

Deno.test("ccxt places, edits, finds and cancels orders, and knows the errors", async () => {
  await withTestnet({}, async (testnet) => {
    const exchange = createCcxt(testnet);
    try {
      await exchange.loadMarkets();
      const symbol = "BTC/USDT";
      const order = await exchange.createOrder(symbol, "limit", "buy", 0.01, 60000, { postOnly: true });
      assertEquals([order.status, order.postOnly, order.type], ["open", true, "limit"]);
      assertEquals((await exchange.fetchOrder(order.id, symbol)).remaining, 0.01);
      const edited = await exchange.editOrder(order.id, symbol, "limit", "buy", 0.02, 60001);
      assertEquals([edited.status, edited.price, edited.amount], ["open", 60001, 0.02]);
      assertEquals((await exchange.fetchBalance()).USDT.used, 1200.02);
      assertEquals((await exchange.fetchOpenOrders(symbol)).map((o: { id: string }) => o.id), [edited.id]);
      assertEquals((await exchange.cancelAllOrders(symbol)).length, 1);
      const bought = await exchange.createOrder(symbol, "market", "buy", 0.01);
      assertEquals([bought.status, bought.filled, bought.trades.length > 0], ["closed", 0.01, true]);
      assertEquals((await exchange.createMarketBuyOrderWithCost(symbol, 100)).status, "closed");
      const trades = await exchange.fetchMyTrades(symbol);
      assertEquals(trades[0].fee, { cost: 0.00001, currency: "BTC" });
      assertEquals((await exchange.fetchOrders(symbol)).length, 4);
      const failure = (promise: Promise<unknown>) =>
        promise.then(() => "none", (error: Error) => error.constructor.name);
      const create = (amount: number, price: number, params = {}) =>
        failure(exchange.createOrder(symbol, "limit", "buy", amount, price, params));
      assertEquals(await create(0.01, 70000, { postOnly: true }), ccxt.OrderImmediatelyFillable.name);
      assertEquals(await create(100, 60000), ccxt.InsufficientFunds.name);
      assertEquals(await failure(exchange.cancelOrder("99", symbol)), ccxt.OrderNotFound.name);
      assertEquals(await failure(exchange.fetchOrder("99", symbol)), ccxt.OrderNotFound.name);
    } finally {
      await exchange.close();
    }
  });
});
