/**
 * The private API against Binance's documentation, by table: each endpoint's answer member by member over both doors, each
 * refusal with status, code and text, and each filter one step inside and one step outside of its edge.
 */
import { assert, assertEquals } from "@std/assert";
import { generateKeyPairSync, sign } from "node:crypto";
import { PRIVATE_METHODS } from "testnet/private/ws_methods.ts";
import { startTestnet } from "testnet/server.ts";
import { connect, get } from "./testnet_client.ts";
import { createClient, hmac } from "./testnet_private_client.ts";

// deno-lint-ignore no-explicit-any
type Json = any;
type Params = Record<string, string | number>;

const MAKER = { apiKey: "maker", secret: "m" };
const TAKER = { apiKey: "taker", secret: "t" };
const RICH = { BTC: "100000", USDT: "100000000000" };
const S = { symbol: "BTCUSDT" };
const BUY = { ...S, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "0.01", price: "60000.00" };
const ONE = 100_000_000n;

const units = (text: string) => {
  const [whole = "0", part = ""] = text.split(".");
  return BigInt(whole) * ONE + BigInt(part.padEnd(8, "0"));
};
const decimal = (value: bigint) => `${value / ONE}.${String(value % ONE).padStart(8, "0")}`;

/** Two accounts on an empty market in which one trade has happened, at 60000. */
async function onMarket(
  use: (world: Awaited<ReturnType<typeof openWorld>>) => Promise<void>,
  speed = 1,
): Promise<void> {
  const world = await openWorld(speed);
  try {
    await use(world);
  } finally {
    await world.close();
  }
}

async function openWorld(speed: number) {
  const accounts = [MAKER, TAKER].map((key) => ({ ...key, balances: RICH }));
  const testnet = await startTestnet({ market: "empty", hold: true, speed, beginTs: 1_700_000_000_000_000, accounts });
  const maker = createClient(testnet, MAKER);
  const taker = createClient(testnet, TAKER);
  const { listenKey } = (await maker.send("POST", "userDataStream", "")).body;
  const user = await connect(`${testnet.ws}/ws/${listenKey}`);
  await maker.order({ ...BUY, quantity: "0.02" });
  await taker.order({ ...BUY, side: "SELL" });
  const socket = new WebSocket(`${testnet.ws}/ws-api/v3`);
  await new Promise((resolve) => socket.onopen = resolve);
  let id = 0;
  const waiting = new Map<number, (answer: Json) => void>();
  socket.onmessage = ({ data }) => {
    const answer = JSON.parse(data);
    waiting.get(answer.id)?.(answer);
  };
  return {
    testnet,
    maker,
    taker,
    user,
    /** A signed request of the WebSocket API by the maker. */
    ws(method: string, params: Params = {}): Promise<Json> {
      const all: Params = { ...params, apiKey: MAKER.apiKey, timestamp: Date.now() };
      const payload = Object.entries(all).sort().map(([name, value]) => `${name}=${value}`).join("&");
      const answer = new Promise((resolve) => waiting.set(++id, resolve));
      socket.send(JSON.stringify({ id, method, params: { ...all, signature: hmac(payload, MAKER.secret) } }));
      return answer;
    },
    async close() {
      const closed = new Promise((resolve) => socket.onclose = resolve);
      await user.close();
      socket.close();
      await closed;
      await testnet.close();
    },
  };
}

/** `name:type`; s text, n number, b boolean, a array, o object, 0 null; a question mark after what may be absent. */
const letter = (value: unknown) => value === null ? "0" : Array.isArray(value) ? "a" : (typeof value).slice(0, 1);

function assertShape(value: Json, shape: string, place: string): void {
  const expected = new Map(shape.trim().split(/\s+/).map((item) => item.split(":") as [string, string]));
  for (const [name, type] of expected) {
    if (name.endsWith("?") && value[name.slice(0, -1)] === undefined) continue;
    assertEquals(letter(value[name.replace("?", "")]), type, `${place}: ${name}`);
  }
  for (const name of Object.keys(value)) {
    assert(expected.has(name) || expected.has(`${name}?`), `${place}: ${name} is not documented`);
  }
  // Times are the market's, in milliseconds.
  for (const name of ["time", "updateTime", "workingTime", "transactTime"]) {
    if (name in value) assert(value[name] >= 1_700_000_000_000 && value[name] < 1_800_000_000_000, `${place}: ${name}`);
  }
}

const ACK = "symbol:s orderId:n orderListId:n clientOrderId:s transactTime:n";
const AMOUNTS =
  "price:s origQty:s executedQty:s origQuoteOrderQty:s cummulativeQuoteQty:s status:s timeInForce:s type:s side:s";
const RESULT = `${ACK} ${AMOUNTS} workingTime:n selfTradePreventionMode:s`;
const CANCELLED = `${ACK} ${AMOUNTS} origClientOrderId:s selfTradePreventionMode:s`;
const ROW =
  `symbol:s orderId:n orderListId:n clientOrderId:s ${AMOUNTS} stopPrice:s icebergQty:s time:n updateTime:n ` +
  "isWorking:b workingTime:n selfTradePreventionMode:s preventedMatchId?:n preventedQuantity?:s " +
  "strategyId?:n strategyType?:n expiryReason?:s";
const FILL = "price:s qty:s commission:s commissionAsset:s tradeId:n";
const TRADE = "symbol:s id:n orderId:n orderListId:n price:s qty:s quoteQty:s commission:s commissionAsset:s time:n " +
  "isBuyer:b isMaker:b isBestMatch:b";
const RATES = "maker:s taker:s buyer:s seller:s";
const LIMIT = "rateLimitType:s interval:s intervalNum:n limit:n count:n";
const REPORT = "e:s E:n s:s c:s S:s o:s f:s q:s p:s P:s F:s g:n C:s x:s X:s r:s i:n l:s z:s L:s n:s N:0 T:n t:n I:n " +
  "w:b m:b M:b O:n Z:s Y:s Q:s W:n V:s j?:n J?:n eR?:s";

Deno.test("every endpoint answers with the documented members and types, alike over REST and the WebSocket API", () =>
  onMarket(async ({ maker, taker, ws, user }) => {
    const called = new Set<string>();
    /** Asks over both doors, `prepare` anew for each; both answers must have the same shape. */
    const both = async (method: string, prepare: () => Promise<Params> | Params, check: (body: Json) => void) => {
      const [verb = "", path = ""] = PRIVATE_METHODS[method]!.split(" ");
      called.add(method);
      const rest = await maker.signed(verb, path.replace("/api/v3/", ""), await prepare());
      const answer = await ws(method, await prepare());
      assertEquals([rest.status, answer.status], [200, 200], `${method} ${JSON.stringify([rest.body, answer.error])}`);
      check(rest.body);
      check(answer.result);
      assert(answer.rateLimits.some((limit: Json) => limit.rateLimitType === "REQUEST_WEIGHT" && limit.count > 0));
      for (const limit of answer.rateLimits) assertShape(limit, LIMIT, `${method} rateLimits`);
    };
    const placed = async (params: Params = {}) => (await maker.order({ ...BUY, ...params })).body;

    await both("order.place", () => ({ ...BUY, newOrderRespType: "ACK" }), (body) => assertShape(body, ACK, "ACK"));
    await both("order.place", () => ({ ...BUY, newOrderRespType: "RESULT" }), (b) => assertShape(b, RESULT, "RESULT"));
    await taker.order({ ...BUY, side: "SELL", quantity: "1", price: "60001.00" });
    await both("order.place", () => ({ ...S, side: "BUY", type: "MARKET", quantity: "0.01" }), (body) => {
      assertShape(body, `${RESULT} fills:a`, "FULL");
      assertShape(body.fills[0], FILL, "fills");
      assertEquals([body.price, body.status, body.fills[0].price], ["0.00000000", "FILLED", "60001.00000000"]);
    });
    // Why an order expires is said where it is expired, and whose it is wherever it is shown.
    const strategy = { strategyId: 7, strategyType: 1_000_001 };
    const expired = { ...BUY, ...strategy, price: "59000.00", newOrderRespType: "RESULT" };
    for (const [timeInForce, reason] of [["IOC", "UNFILLED_IOC_QUANTITY"], ["FOK", "UNFILLED_FOK_ORDER"]]) {
      await both("order.place", () => ({ ...expired, timeInForce: timeInForce! }), (body) => {
        assertShape(body, `${RESULT} strategyId:n strategyType:n expiryReason:s`, "EXPIRED");
        assertEquals([body.status, body.expiryReason, body.strategyId], ["EXPIRED", `${reason}_EXPIRED`, 7]);
      });
    }
    await both("order.place", () => ({ ...S, side: "BUY", type: "MARKET", quantity: "5" }), (body) => {
      assertEquals([body.status, body.expiryReason], ["EXPIRED", "INSUFFICIENT_LIQUIDITY"]);
    });
    await both("order.test", () => BUY, (body) => assertEquals(body, {}));
    await both("order.test", () => ({ ...BUY, computeCommissionRates: "true" }), (body) => {
      const parts = "standardCommissionForOrder:o specialCommissionForOrder:o taxCommissionForOrder:o discount:o";
      assertShape(body, parts, "computeCommissionRates");
      assertShape(body.standardCommissionForOrder, "maker:s taker:s", "standardCommissionForOrder");
    });
    await both("order.status", async () => ({ ...S, orderId: (await placed()).orderId }), (body) => {
      assertShape(body, ROW, "order.status");
      assertEquals([body.isWorking, body.status, body.price], [true, "NEW", "60000.00000000"]);
    });
    await both("order.cancel", async () => ({ ...S, orderId: (await placed()).orderId }), (body) => {
      assertShape(body, CANCELLED, "order.cancel");
    });
    const amendment = async () => ({ ...S, orderId: (await placed()).orderId, newQty: "0.005" });
    await both("order.amend.keepPriority", amendment, (body) => {
      assertShape(body, "transactTime:n executionId:n amendedOrder:o", "amend");
      assertShape(
        body.amendedOrder,
        "symbol:s orderId:n orderListId:n origClientOrderId:s clientOrderId:s price:s qty:s executedQty:s " +
          "preventedQty:s quoteOrderQty:s cumulativeQuoteQty:s status:s timeInForce:s type:s side:s workingTime:n " +
          "selfTradePreventionMode:s",
        "amendedOrder",
      );
    });
    const amended = await amendment();
    await maker.signed("PUT", "order/amend/keepPriority", amended);
    await maker.signed("PUT", "order/amend/keepPriority", { ...amended, newQty: "0.004" });
    await both("order.amendments", () => ({ ...S, orderId: amended.orderId }), (body) => {
      assertEquals(body.map((row: Json) => [row.origQty, row.newQty]), [
        ["0.01000000", "0.00500000"],
        ["0.00500000", "0.00400000"],
      ]);
      assertEquals(body[0].newClientOrderId, body[1].origClientOrderId);
      const row = "symbol:s orderId:n executionId:n origClientOrderId:s newClientOrderId:s origQty:s newQty:s time:n";
      assertShape(body[0], row, "amendments");
    });
    const mode = { cancelReplaceMode: "STOP_ON_FAILURE" };
    await both(
      "order.cancelReplace",
      async () => ({ ...BUY, ...mode, cancelOrderId: (await placed()).orderId }),
      (body) => {
        assertShape(body, "cancelResult:s newOrderResult:s cancelResponse:o newOrderResponse:o", "cancelReplace");
        assertShape(body.cancelResponse, CANCELLED, "cancelResponse");
        assertShape(body.newOrderResponse, `${RESULT} fills:a`, "newOrderResponse");
      },
    );
    await both("openOrders.status", () => S, (body) => assertShape(body[0], ROW, "openOrders"));
    await both("allOrders", () => S, (body) => assertShape(body[0], ROW, "allOrders"));
    await both("openOrders.cancelAll", async () => (await placed(), S), (body) => {
      assertShape(body[0], CANCELLED, "cancelAll");
    });
    await both("myTrades", () => S, (body) => assertShape(body[0], TRADE, "myTrades"));
    const meet = async (): Promise<Params> => {
      await placed({ price: "50000.00" });
      const stp = { side: "SELL", price: "50000.00", selfTradePreventionMode: "EXPIRE_TAKER" };
      const prevented = await placed(stp);
      assertShape(
        prevented,
        `${RESULT} fills:a preventedMatches:a preventedMatchId:n preventedQuantity:s`,
        "prevented",
      );
      return { ...S, orderId: prevented.orderId };
    };
    await both("myPreventedMatches", meet, (body) => {
      const row = "symbol:s preventedMatchId:n takerOrderId:n makerSymbol:s makerOrderId:n tradeGroupId:n " +
        "selfTradePreventionMode:s price:s takerPreventedQuantity:s transactTime:n";
      assertShape(body[0], row, "myPreventedMatches");
    });
    await both("account.status", () => ({}), (body) => {
      const flags = "canTrade:b canWithdraw:b canDeposit:b brokered:b requireSelfTradePrevention:b preventSor:b";
      const fees = "makerCommission:n takerCommission:n buyerCommission:n sellerCommission:n commissionRates:o";
      assertShape(body, `${fees} ${flags} updateTime:n accountType:s balances:a permissions:a uid:n`, "account");
      assertShape(body.commissionRates, RATES, "commissionRates");
      for (const row of body.balances) assertShape(row, "asset:s free:s locked:s", "balances");
    });
    await both("account.commission", () => S, (body) => {
      assertShape(body, "symbol:s standardCommission:o specialCommission:o taxCommission:o discount:o", "commission");
      assertShape(body.standardCommission, RATES, "standardCommission");
      assertShape(body.discount, "enabledForAccount:b enabledForSymbol:b discountAsset:s discount:s", "discount");
    });
    await both("account.rateLimits.orders", () => ({}), (body) => {
      assertEquals(body.map((limit: Json) => limit.interval), ["SECOND", "DAY"]);
      for (const limit of body) assertShape(limit, LIMIT, "rateLimit/order");
    });
    for (const method of ["openOrderLists.status", "allOrderLists"]) {
      await both(method, () => ({}), (body) => assertEquals(body, []));
    }
    await both("myAllocations", () => S, (body) => assertEquals(body, []));
    const elsewhere = ["userDataStream.start", "userDataStream.ping", "userDataStream.stop"];
    const refused = Object.keys(PRIVATE_METHODS).filter((method) => /^orderList\./.test(method));
    assertEquals(new Set([...called, ...elsewhere, ...refused]), new Set(Object.keys(PRIVATE_METHODS)));

    await user.settle();
    const reports = user.messages.map((text) => JSON.parse(text));
    const types = new Set(reports.map(({ e, x }) => x ?? e));
    assertEquals(
      types,
      new Set(["NEW", "TRADE", "CANCELED", "REPLACED", "EXPIRED", "TRADE_PREVENTION", "outboundAccountPosition"]),
    );
    for (const report of reports) {
      const stp = "v:n A:s B:s u:n U:n Cs:s pl:s pL:s pY:s";
      if (report.e === "outboundAccountPosition") assertShape(report, "e:s E:n u:n B:a", report.e);
      else if (report.x === "TRADE") assertShape(report, REPORT.replace("N:0", "N:s"), report.x);
      else assertShape(report, report.x === "TRADE_PREVENTION" ? `${REPORT} ${stp}` : REPORT, report.x);
      if (report.x === "TRADE_PREVENTION") assertEquals(units(report.pY), units(report.pl) * units(report.pL) / ONE);
      assertEquals(report.x === "EXPIRED", report.eR !== undefined);
    }
    assertEquals(reports.filter(({ j, J }) => j === 7 && J === 1_000_001).map(({ x }) => x), [
      ...["NEW", "EXPIRED", "NEW", "EXPIRED", "NEW", "EXPIRED", "NEW", "EXPIRED"],
    ]);
  }));

const missing = (name: string) => `-1102 Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`;
const either = (a: string, b: string) => `-1102 Param '${a}' or '${b}' must be sent, but both were empty/null!`;
const invalid = (name: string) => `-1130 Data sent for parameter '${name}' is not valid.`;
const notRequired = (name: string) => `-1106 Parameter '${name}' sent when not required.`;
const illegal = (name: string, range: string) =>
  `-1100 Illegal characters found in parameter '${name}'; legal range is '${range}'.`;
const INTEGER = "^[0-9]{1,20}$";
const CLIENT_ID = "^[a-zA-Z0-9-_]{1,36}$";
const COMBINATION = "-1128 Combination of optional parameters invalid.";
const { timeInForce: _, ...NO_TIF } = BUY;
const { price: __, ...NO_PRICE } = BUY;
const MARKET = { ...S, side: "BUY", type: "MARKET" };

/** What is refused, by method of the WebSocket API: parameters and the refusal. */
const REFUSALS: Readonly<Record<string, readonly [params: Params, expected: string][]>> = {
  "order.place": [
    [{}, missing("symbol")],
    [{ ...BUY, symbol: "NOPE" }, "-1121 Invalid symbol."],
    [{ ...BUY, symbol: "btcusdt" }, illegal("symbol", "^[A-Z0-9-_.]{1,20}$")],
    [S, missing("side")],
    [{ ...S, side: "BUY" }, missing("type")],
    [{ ...BUY, side: "BID" }, "-1117 Invalid side."],
    [{ ...BUY, type: "PEGGED" }, "-1116 Invalid orderType."],
    [{ ...BUY, timeInForce: "GTX" }, "-1115 Invalid timeInForce."],
    [NO_TIF, missing("timeInForce")],
    [NO_PRICE, missing("price")],
    [{ ...BUY, quoteOrderQty: "5" }, notRequired("quoteOrderQty")],
    [{ ...BUY, price: "" }, "-1105 Parameter 'price' was empty."],
    [{ ...BUY, price: "-1" }, illegal("price", "^([0-9]{1,20})(\\.[0-9]{1,20})?$")],
    [{ ...BUY, price: "1.000000001" }, "-1111 Parameter 'price' has too much precision."],
    [{ ...BUY, quantity: "0" }, "-1013 Invalid quantity."],
    [{ ...BUY, newClientOrderId: "x".repeat(37) }, illegal("newClientOrderId", CLIENT_ID)],
    [{ ...BUY, newClientOrderId: "" }, "-1105 Parameter 'newClientOrderId' was empty."],
    [{ ...BUY, newOrderRespType: "LONG" }, invalid("newOrderRespType")],
    [{ ...BUY, selfTradePreventionMode: "MAYBE" }, invalid("selfTradePreventionMode")],
    [{ ...BUY, strategyType: 999_999 }, "-1134 Strategy type was less than 1000000."],
    [{ ...BUY, strategyId: "99999999999999999999" }, "-1108 Parameter 'strategyId' overflowed."],
    [{ ...BUY, hidden: "true" }, "-1104 Not all sent parameters were read; read '8' parameter(s) but was sent '9'."],
    [MARKET, either("quantity", "quoteOrderQty")],
    [{ ...MARKET, quantity: "1", quoteOrderQty: "1" }, notRequired("quoteOrderQty")],
    [{ ...MARKET, quantity: "1", price: "1" }, notRequired("price")],
    [{ ...MARKET, quantity: "1", timeInForce: "GTC" }, notRequired("timeInForce")],
    [{ ...MARKET, side: "SELL", quantity: "0.00001" }, "-1013 Filter failure: NOTIONAL"],
    [{ ...NO_TIF, type: "LIMIT_MAKER", side: "SELL" }, "-2010 Order would immediately match and take."],
    [{ ...BUY, type: "LIMIT_MAKER" }, notRequired("timeInForce")],
    [{ ...BUY, quantity: "8999", price: "300000.00" }, "-1013 Filter failure: NOTIONAL"],
    [{ ...BUY, newClientOrderId: "taken" }, "-2010 Duplicate order sent."],
    [{ ...NO_PRICE, type: "STOP_LOSS", stopPrice: "1" }, "-1013 Stop loss orders are not supported for this symbol."],
    [
      { ...BUY, type: "STOP_LOSS_LIMIT", stopPrice: "1" },
      "-1013 Stop loss limit orders are not supported for this symbol.",
    ],
    [
      { ...NO_PRICE, type: "TAKE_PROFIT", trailingDelta: 10 },
      "-1013 Take profit orders are not supported for this symbol.",
    ],
    [
      { ...BUY, type: "TAKE_PROFIT_LIMIT", stopPrice: "1" },
      "-1013 Take profit limit orders are not supported for this symbol.",
    ],
    [{ ...BUY, icebergQty: "0.001" }, "-1013 Iceberg orders are not supported for this symbol."],
    [{ ...BUY, trailingDelta: 10 }, notRequired("trailingDelta")],
    [{ ...BUY, pegPriceType: "PRIMARY_PEG" }, "-1013 Pegged orders are not supported for this symbol."],
    [{ ...BUY, recvWindow: 60_001 }, "-1131 recvWindow must be less than 60000"],
  ],
  "order.test": [[{ ...BUY, computeCommissionRates: "yes" }, invalid("computeCommissionRates")]],
  "order.status": [
    [S, either("origClientOrderId", "orderId")],
    [{ ...S, orderId: 999 }, "-2013 Order does not exist."],
    [{ ...S, origClientOrderId: "nobody" }, "-2013 Order does not exist."],
    [{ ...S, orderId: "1a" }, illegal("orderId", INTEGER)],
    [{ ...S, orderId: 1, origClientOrderId: "nobody" }, "-2039 Client order ID is not correct for this order ID."],
  ],
  "order.cancel": [
    [S, either("origClientOrderId", "orderId")],
    [{ ...S, orderId: 999 }, "-2011 Unknown order sent."],
    [{ ...S, orderId: 2 }, "-2011 Unknown order sent."],
    [{ ...S, orderId: 1, cancelRestrictions: "ONLY" }, "-1145 Invalid cancelRestrictions"],
    [
      { ...S, orderId: 1, cancelRestrictions: "ONLY_NEW" },
      "-2011 Order was not canceled due to cancel restrictions.",
    ],
    [{ ...S, orderId: 1, newClientOrderId: "ä" }, illegal("newClientOrderId", CLIENT_ID)],
  ],
  "order.amend.keepPriority": [
    [{ ...S, orderId: 1 }, missing("newQty")],
    [{ ...S, newQty: "1" }, either("origClientOrderId", "orderId")],
    [{ ...S, orderId: 999, newQty: "0.01" }, "-2038 Unknown order sent."],
    [{ ...S, orderId: 1, newQty: "0.03" }, "-2038 Order amend (quantity increase) is not supported."],
    [{ ...S, orderId: 1, newQty: "0.02" }, "-2038 The requested action would change no state; rejecting."],
    [{ ...S, orderId: 1, newQty: "0.000001" }, "-1013 Filter failure: LOT_SIZE"],
  ],
  "order.amendments": [[S, missing("orderId")]],
  "order.cancelReplace": [
    [{ ...BUY, cancelOrderId: 1 }, missing("cancelReplaceMode")],
    [{ ...BUY, cancelOrderId: 1, cancelReplaceMode: "TRY" }, invalid("cancelReplaceMode")],
    [{ ...BUY, cancelReplaceMode: "ALLOW_FAILURE" }, either("cancelOrigClientOrderId", "cancelOrderId")],
    [
      { ...BUY, quantity: "0.000001", cancelOrderId: 1, cancelReplaceMode: "ALLOW_FAILURE" },
      "-1013 Filter failure: LOT_SIZE",
    ],
    [
      { ...BUY, cancelOrderId: 1, cancelReplaceMode: "STOP_ON_FAILURE", orderRateLimitExceededMode: "X" },
      invalid("orderRateLimitExceededMode"),
    ],
    [{ ...BUY, cancelOrderId: 999, cancelReplaceMode: "STOP_ON_FAILURE" }, "-2022 Order cancel-replace failed."],
  ],
  "openOrders.status": [[{ symbol: "NOPE" }, "-1121 Invalid symbol."]],
  "openOrders.cancelAll": [[{}, missing("symbol")]],
  "allOrders": [
    [{}, missing("symbol")],
    [{ ...S, limit: 0 }, invalid("limit")],
    [{ ...S, startTime: 1, endTime: 86_400_002 }, "-1127 More than 24 hours between startTime and endTime."],
  ],
  "myTrades": [
    [{ ...S, fromId: 1, startTime: 1 }, COMBINATION],
    [{ ...S, orderId: 1, endTime: 1 }, COMBINATION],
  ],
  "myPreventedMatches": [[S, COMBINATION], [{ ...S, preventedMatchId: 1, orderId: 1 }, COMBINATION]],
  "account.status": [[{ omitZeroBalances: "1" }, invalid("omitZeroBalances")]],
  "account.commission": [[{}, missing("symbol")]],
  "orderList.status": [
    [{}, either("origClientOrderId", "orderListId")],
    [{ orderListId: 1 }, "-2018 Order list does not exist."],
  ],
  "orderList.cancel": [[{ ...S, orderListId: 1 }, "-2011 Unknown order sent."]],
  "orderList.place": [[S, "-1013 OCO orders are not supported for this symbol"]],
  "orderList.place.oco": [[S, "-1013 OCO orders are not supported for this symbol"]],
  "orderList.place.oto": [[S, "-1013 OTO orders are not supported for this symbol"]],
  "orderList.place.otoco": [[S, "-1013 OTOCO orders are not supported for this symbol"]],
};

Deno.test("every refusal is said with status 400, code and text, alike over REST and the WebSocket API, and changes nothing", () =>
  onMarket(async ({ maker, taker, ws, user }) => {
    await maker.order({ ...BUY, newClientOrderId: "taken" });
    const state = async () =>
      await Promise.all([maker, taker].map(async (client) => [
        (await client.signed("GET", "account")).body.balances,
        (await client.signed("GET", "openOrders")).body,
        (await client.signed("GET", "myTrades", S)).body,
      ]));
    const before = await state();
    await user.settle();
    const told = user.messages.length;
    for (const [method, cases] of Object.entries(REFUSALS)) {
      const [verb = "", path = ""] = PRIVATE_METHODS[method]!.split(" ");
      for (const [params, expected] of cases) {
        const place = `${method} ${JSON.stringify(params)}`;
        const { status, body } = await maker.signed(verb, path.replace("/api/v3/", ""), params);
        assertEquals(`${status} ${body.code} ${body.msg}`, `400 ${expected}`, place);
        const { status: wsStatus, error } = await ws(method, params);
        assertEquals(`${wsStatus} ${error.code} ${error.msg}`, `400 ${expected}`, place);
      }
    }
    assertEquals(await state(), before);
    await user.settle();
    assertEquals(user.messages.length, told);
  }));

Deno.test("every filter lets pass what is at its edge, and refuses one tick, one lot or one unit of notional beyond", () =>
  onMarket(async ({ testnet, maker }) => {
    const info = (await get(`${testnet.rest}/api/v3/exchangeInfo?symbol=BTCUSDT`)).symbols[0];
    const filter = (type: string): Record<string, string> =>
      info.filters.find(({ filterType }: Json) => filterType === type);
    const price = filter("PRICE_FILTER");
    const lot = filter("LOT_SIZE");
    const market = filter("MARKET_LOT_SIZE");
    const percent = filter("PERCENT_PRICE_BY_SIDE");
    const notional = filter("NOTIONAL");
    const tick = units(price.tickSize!);
    const step = units(lot.stepSize!);
    const average = 60_000n;
    const at = (multiplier: string) => average * units(multiplier);
    const answer = async (params: Params) => {
      const { body } = await maker.signed("POST", "order/test", { ...BUY, ...params });
      return body.code === undefined ? "passes" : body.msg.replace("Filter failure: ", "");
    };
    const limit = (side: string, priceUnits: bigint, qty = ONE / 100n) => ({
      side,
      price: decimal(priceUnits),
      quantity: decimal(qty),
    });
    const rows: [name: string, inside: Params, outside: Params][] = [];
    // A finer price than a tick, and prices beyond the largest and the smallest.
    rows.push(["PRICE_FILTER", limit("BUY", 60_000n * ONE), limit("BUY", 60_000n * ONE + tick / 2n)]);
    for (const [side, sign] of [["BUY", "bid"], ["SELL", "ask"]] as const) {
      const [up, down] = [at(percent[`${sign}MultiplierUp`]!), at(percent[`${sign}MultiplierDown`]!)];
      rows.push(["PERCENT_PRICE_BY_SIDE", limit(side, up), limit(side, up + tick)]);
      rows.push(["PERCENT_PRICE_BY_SIDE", limit(side, down), limit(side, down - tick)]);
    }
    // Beyond the largest price and below the smallest; within, it is the average that is too far away.
    for (const [edge, sign] of [[units(price.maxPrice!), 1n], [units(price.minPrice!), -1n]] as const) {
      const found = [await answer(limit("SELL", edge)), await answer(limit("SELL", edge + sign * tick / 2n))];
      assertEquals(found, ["PERCENT_PRICE_BY_SIDE", "PRICE_FILTER"]);
    }
    const [least, most] = [units(lot.minQty!), units(lot.maxQty!)];
    const cheap = at(percent.bidMultiplierDown!);
    rows.push(["LOT_SIZE", limit("BUY", 60_000n * ONE, step * 1000n), limit("BUY", 60_000n * ONE, step * 1000n + 1n)]);
    // As many as the largest lot cost more than the largest notional, unless they are a MARKET order's.
    rows.push(["LOT_SIZE", limit("BUY", 60_000n * ONE, least * 10n), limit("BUY", 60_000n * ONE, least - 1n)]);
    const { timeInForce: _, price: __, ...noLimit } = BUY;
    const marketOrder = async (qty: bigint) => {
      const { body } = await maker.signed("POST", "order/test", { ...noLimit, type: "MARKET", quantity: decimal(qty) });
      return body.code === undefined ? "passes" : body.msg.replace("Filter failure: ", "");
    };
    const marketMost = units(market.maxQty!) / step * step;
    assertEquals([await marketOrder(marketMost), await marketOrder(marketMost + step)], ["passes", "MARKET_LOT_SIZE"]);
    assertEquals(await marketOrder(most + step), "LOT_SIZE");
    // The smallest and the largest notional, at a price at which one lot is one unit of it.
    const [low, high] = [units(notional.minNotional!), units(notional.maxNotional!)];
    const unit = 12_500n * ONE;
    assert(unit >= cheap && low * ONE % unit === 0n && (low * ONE / unit) % step === 0n);
    const lots = (value: bigint) => value * ONE / unit;
    rows.push(["NOTIONAL", limit("BUY", unit, lots(low)), limit("BUY", unit, lots(low) - step)]);
    rows.push(["NOTIONAL", limit("BUY", unit, lots(high)), limit("BUY", unit, lots(high) + step)]);
    rows.push(["NOTIONAL", limit("BUY", unit, lots(low)), limit("BUY", unit - tick, lots(low))]);
    for (const [name, inside, outside] of rows) {
      assertEquals(await answer(inside), "passes", `${name} ${JSON.stringify(inside)}`);
      assertEquals(await answer(outside), name, `${name} ${JSON.stringify(outside)}`);
    }
    const quote = async (quoteOrderQty: string) => {
      const { body } = await maker.signed("POST", "order/test", { ...MARKET, quoteOrderQty });
      return body.code === undefined ? "passes" : body.msg.replace("Filter failure: ", "");
    };
    assertEquals([await quote(decimal(low)), await quote(decimal(low - 1n))], ["passes", "NOTIONAL"]);
    // Orders by number: one is open already.
    const many = Number(filter("MAX_NUM_ORDERS").maxNumOrders);
    for (let open = 1; open < many; open++) {
      assertEquals((await maker.order({ ...BUY, price: "50000.00" })).status, 200, `order ${open + 1}`);
    }
    assertEquals((await maker.order(BUY)).body.msg, "Filter failure: MAX_NUM_ORDERS");
    // At that speed as many seconds pass for the limits by rate.
  }, 1000));

Deno.test("keys may be HMAC, Ed25519 or RSA: each signs REST and the WebSocket API, and a stranger's signature is refused", async () => {
  for (const type of ["ed25519", "rsa"] as const) {
    const pair = () =>
      type === "rsa" ? generateKeyPairSync("rsa", { modulusLength: 2048 }) : generateKeyPairSync("ed25519");
    const { publicKey, privateKey } = pair();
    const pem = publicKey.export({ type: "spki", format: "pem" }) as string;
    const account = { apiKey: "asymmetric", publicKey: pem };
    const testnet = await startTestnet({ market: "empty", hold: true, account });
    const digest = type === "rsa" ? "sha256" : undefined;
    const ask = async (key: typeof privateKey) => {
      const query = `timestamp=${Date.now()}`;
      const signature = encodeURIComponent(sign(digest, new TextEncoder().encode(query), key).toString("base64"));
      const headers = { "X-MBX-APIKEY": "asymmetric" };
      const response = await fetch(`${testnet.rest}/api/v3/account?${query}&signature=${signature}`, { headers });
      return [response.status, (await response.json()).code];
    };
    assertEquals(await ask(privateKey), [200, undefined], type);
    assertEquals(await ask(pair().privateKey), [400, -1022], type);
    const socket = new WebSocket(`${testnet.ws}/ws-api/v3`);
    await new Promise((resolve) => socket.onopen = resolve);
    const request = (method: string, params: Params) => {
      socket.send(JSON.stringify({ id: 1, method, params }));
      return new Promise<Json>((resolve) => socket.onmessage = ({ data }) => resolve(JSON.parse(data)));
    };
    const params = { apiKey: "asymmetric", timestamp: Date.now() };
    const payload = `apiKey=asymmetric&timestamp=${params.timestamp}`;
    const signature = sign(digest, new TextEncoder().encode(payload), privateKey).toString("base64");
    assertEquals((await request("session.logon", { ...params, signature })).result.apiKey, "asymmetric");
    // In the session no signature is needed.
    assertEquals((await request("order.place", { ...BUY, timestamp: Date.now() })).result.status, "NEW");
    const closed = new Promise((resolve) => socket.onclose = resolve);
    socket.close();
    await closed;
    await testnet.close();
  }
});
