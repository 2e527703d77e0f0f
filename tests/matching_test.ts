import { assertEquals } from "@std/assert";
import { createAccount } from "testnet/engine/account.ts";
import type { Engine } from "testnet/engine/commands.ts";
import { standardCommissions } from "testnet/engine/commission.ts";
import type { EngineEvent } from "testnet/engine/events.ts";
import type { ExternalBook } from "testnet/engine/matching.ts";
import { type Units, units } from "testnet/engine/money.ts";
import type { NewOrder, StpMode } from "testnet/engine/order.ts";
import { Rejection } from "testnet/engine/rejection.ts";
import { createWorld, order, plain, refusal, RULES } from "./matching_world.ts";

let clock = 1_700_000_000_000_000;
const now = () => clock += 1000;

/** Places an order and tells its id. */
const place = (engine: Engine, account: number, text: string, more?: Partial<NewOrder>) =>
  engine.place(account, order(text, more), now());

const free = (engine: Engine, account: number, asset: string) => plain(engine.account(account).balance(asset).free);
const locked = (engine: Engine, account: number, asset: string) => plain(engine.account(account).balance(asset).locked);

/** What was told: `1 TRADE PARTIALLY_FILLED 2@100`. */
function told(events: readonly EngineEvent[]): string[] {
  return events.map((event) => {
    if (event.type === "position") {
      return `${event.accountId} has ${
        event.balances.map(({ asset, free, locked }) => `${asset} ${plain(free)}+${plain(locked)}`).join(", ")
      }`;
    }
    if (event.type === "trade") return `trade ${plain(event.qty)}@${plain(event.price)}`;
    if (event.type === "balance") return `${event.accountId} ${event.asset} ${plain(event.delta)}`;
    const { accountId, execution, order, trade, prevented } = event;
    const what = trade !== undefined
      ? ` ${plain(trade.qty)}@${plain(trade.price)}`
      : prevented !== undefined
      ? ` ${plain(prevented.lastQty)}`
      : "";
    return `${accountId} ${execution} ${order.status}${what}`;
  });
}

/** Status and quantities of an order: `FILLED 3/3`. */
function state(engine: Engine, account: number, orderId: number): string {
  const { status, executedQty, origQty, preventedQty } = engine.order(account, { orderId });
  const prevented = preventedQty === 0n ? "" : ` prevented ${plain(preventedQty)}`;
  return `${status} ${plain(executedQty)}/${plain(origQty)}${prevented}`;
}

Deno.test("price comes before time, and time decides within a price", () => {
  const engine = createWorld();
  const first = place(engine, 1, "SELL 1 @ 100").order.orderId;
  const second = place(engine, 2, "SELL 1 @ 100").order.orderId;
  const better = place(engine, 2, "SELL 1 @ 99").order.orderId;
  const { trades } = place(engine, 3, "BUY 2.5 @ 101");
  assertEquals(trades.map(({ price, qty }) => `${plain(qty)}@${plain(price)}`), ["1@99", "1@100", "0.5@100"]);
  assertEquals([better, first, second].map((id) => state(engine, id === first ? 1 : 2, id)), [
    "FILLED 1/1",
    "FILLED 1/1",
    "PARTIALLY_FILLED 0.5/1",
  ]);
});

Deno.test("what is left of a limit order rests, locks its price, and is released to the last unit", () => {
  const engine = createWorld({ commissions: standardCommissions(0n, 0n) });
  place(engine, 1, "SELL 1 @ 99");
  const { order: buy } = place(engine, 2, "BUY 3 @ 100");
  assertEquals([free(engine, 2, "USDT"), locked(engine, 2, "USDT"), free(engine, 2, "BTC")], ["9701", "200", "101"]);
  engine.cancel(2, { orderId: buy.orderId }, now());
  assertEquals([free(engine, 2, "USDT"), locked(engine, 2, "USDT")], ["9901", "0"]);
  assertEquals(state(engine, 2, buy.orderId), "CANCELED 1/3");
  assertEquals(engine.book.levels("BUY"), []);
});

Deno.test("commission is taken from what is received, at the maker's and at the taker's rate", () => {
  const engine = createWorld({ commissions: standardCommissions(units("0.0002"), units("0.001")) });
  place(engine, 1, "SELL 2 @ 100");
  const { trades: [trade] } = place(engine, 2, "BUY 2 @ 100");
  assertEquals([plain(trade!.commission), trade!.commissionAsset, trade!.isMaker], ["0.002", "BTC", false]);
  assertEquals([free(engine, 2, "BTC"), free(engine, 2, "USDT")], ["101.998", "9800"]);
  assertEquals([free(engine, 1, "BTC"), free(engine, 1, "USDT")], ["98", "10199.96"]);
  assertEquals([plain(engine.fees.balance("BTC").free), plain(engine.fees.balance("USDT").free)], ["0.002", "0.04"]);
});

Deno.test("IOC trades what it can and expires, FOK trades all or nothing", () => {
  const engine = createWorld();
  place(engine, 1, "SELL 1 @ 100");
  const fok = place(engine, 2, "BUY 2 @ 100 FOK");
  assertEquals(told(fok.events).slice(0, 2), ["2 NEW NEW", "2 EXPIRED EXPIRED"]);
  assertEquals(locked(engine, 2, "USDT"), "0");
  const ioc = place(engine, 2, "BUY 2 @ 100 IOC");
  assertEquals(state(engine, 2, ioc.order.orderId), "EXPIRED 1/2");
  place(engine, 1, "SELL 1 @ 100");
  place(engine, 1, "SELL 1 @ 101");
  assertEquals(state(engine, 2, place(engine, 2, "BUY 2 @ 101 FOK").order.orderId), "FILLED 2/2");
});

Deno.test("LIMIT_MAKER is refused where it would take, and rests where it would not", () => {
  const engine = createWorld();
  place(engine, 1, "SELL 1 @ 100");
  assertEquals(
    refusal(() => place(engine, 2, "BUY 1 @ 100 MAKER")),
    "-2010 Order would immediately match and take.",
  );
  assertEquals(free(engine, 2, "USDT"), "10000");
  assertEquals(place(engine, 2, "BUY 1 @ 99.99 MAKER").order.status, "NEW");
});

Deno.test("MARKET: by quantity it takes the book and expires where that ends, as in Binance's FAQ", () => {
  const engine = createWorld();
  place(engine, 1, "SELL 2 @ 100");
  place(engine, 1, "SELL 2 @ 101");
  const { order: taken, events } = place(engine, 2, "BUY 6");
  assertEquals([taken.status, plain(taken.executedQty), plain(taken.executedQuote)], ["EXPIRED", "4", "402"]);
  assertEquals(told(events), [
    "2 NEW NEW",
    "trade 2@100",
    "2 TRADE PARTIALLY_FILLED 2@100",
    "1 TRADE FILLED 2@100",
    "trade 2@101",
    "2 TRADE PARTIALLY_FILLED 2@101",
    "1 TRADE FILLED 2@101",
    "2 EXPIRED EXPIRED",
    "2 has USDT 9598+0, BTC 103.996+0",
    "1 has BTC 96+0, USDT 10401.598+0",
  ]);
  assertEquals(place(engine, 2, "SELL 1").order.status, "EXPIRED");
});

Deno.test("MARKET: is refused where the balance does not cover what the book would cost", () => {
  const engine = createWorld({ balances: { BTC: "10", USDT: "200" } });
  place(engine, 1, "SELL 1 @ 100");
  place(engine, 1, "SELL 1 @ 101");
  const short = "-2010 Account has insufficient balance for requested action.";
  assertEquals(refusal(() => place(engine, 2, "BUY 2")), short);
  assertEquals(refusal(() => place(engine, 2, "SELL 10.001")), short);
  assertEquals(place(engine, 2, "BUY 1.99 USDT", { quoteOrderQty: units("200") }).order.status, "FILLED");
});

Deno.test("MARKET: a quote amount buys whole lots and never costs more", () => {
  const engine = createWorld();
  place(engine, 1, "SELL 1 @ 100");
  place(engine, 1, "SELL 5 @ 300");
  const { order: bought } = place(engine, 2, "BUY 250 USDT");
  assertEquals([bought.status, plain(bought.origQty), plain(bought.executedQuote)], ["FILLED", "1.5", "250"]);
  const odd = place(engine, 2, "BUY 100.1 USDT").order;
  assertEquals([odd.status, plain(odd.executedQty), plain(odd.executedQuote)], ["FILLED", "0.333", "99.9"]);
  const thin = place(engine, 2, "BUY 5000 USDT").order;
  assertEquals([thin.status, plain(thin.executedQty), plain(thin.origQty)], ["EXPIRED", "4.167", "4.167"]);
  assertEquals(
    refusal(() => place(engine, 2, "BUY 100 USDT")),
    "-2010 Order book liquidity is less than symbol minimum quantity.",
  );
  const dear = createWorld({ rules: { ...RULES, filters: RULES.filters.slice(1, 3) } });
  place(dear, 1, "SELL 1 @ 1000");
  assertEquals(refusal(() => place(dear, 2, "BUY 0.99 USDT")), "-1013 Filter failure: LOT_SIZE");
});

/** Binance's STP FAQ: the maker orders are NONE, the taker has the mode; only one account. */
function selfTrade(makers: readonly string[], taker: string, stpMode: StpMode) {
  const engine = createWorld({ rules: { ...RULES, filters: [RULES.filters[1]!] } });
  const ids = makers.map((text) => place(engine, 1, text, { stpMode: "NONE" }).order.orderId);
  const placed = place(engine, 1, taker, { stpMode });
  return {
    makers: ids.map((id) => state(engine, 1, id)),
    taker: state(engine, 1, placed.order.orderId),
    matches: placed.prevented.map(({ preventedMatchId, price, takerPreventedQty, makerPreventedQty }) =>
      [preventedMatchId, plain(price), takerPreventedQty ?? 0n, makerPreventedQty ?? 0n]
        .map((cell) => typeof cell === "bigint" ? plain(cell) : cell).join(" ")
    ),
    trades: placed.trades.length,
    told: told(placed.events).filter((line) => line.includes("PREVENTION") || line.includes("EXPIRED")),
    engine,
  };
}

const THREE = ["BUY 1.2 @ 1.2", "BUY 1.3 @ 1.1", "BUY 8.1 @ 1"];

Deno.test("self-trade prevention NONE lets the orders match (FAQ, scenario A)", () => {
  const { makers, taker, trades, matches } = selfTrade(["BUY 1 @ 1"], "SELL 1 @ 1", "NONE");
  assertEquals([...makers, taker, trades, ...matches], ["FILLED 1/1", "FILLED 1/1", 1]);
});

Deno.test("self-trade prevention EXPIRE_MAKER expires what rests, and the taker goes on the book (scenario B)", () => {
  const { makers, taker, matches, engine } = selfTrade(THREE, "SELL 3 @ 1", "EXPIRE_MAKER");
  assertEquals(makers, [
    "EXPIRED_IN_MATCH 0/1.2 prevented 1.2",
    "EXPIRED_IN_MATCH 0/1.3 prevented 1.3",
    "EXPIRED_IN_MATCH 0/8.1 prevented 8.1",
  ]);
  assertEquals(taker, "NEW 0/3");
  assertEquals(matches, ["0 1.2 0 1.2", "1 1.1 0 1.3", "2 1 0 8.1"]);
  assertEquals(engine.archive.prevented(1).length, 3);
  assertEquals([locked(engine, 1, "USDT"), locked(engine, 1, "BTC")], ["0", "3"]);
});

Deno.test("self-trade prevention EXPIRE_TAKER expires the taker alone (scenario C)", () => {
  const { makers, taker, matches, told } = selfTrade(THREE, "SELL 3 @ 1", "EXPIRE_TAKER");
  assertEquals(makers, ["NEW 0/1.2", "NEW 0/1.3", "NEW 0/8.1"]);
  assertEquals(taker, "EXPIRED_IN_MATCH 0/3 prevented 3");
  assertEquals(matches, ["0 1.2 3 0"]);
  assertEquals(told, ["1 TRADE_PREVENTION EXPIRED_IN_MATCH 3"]);
});

Deno.test("self-trade prevention EXPIRE_BOTH expires both (scenario D)", () => {
  const { makers, taker, matches } = selfTrade(["BUY 1 @ 1"], "SELL 3 @ 1", "EXPIRE_BOTH");
  assertEquals([...makers, taker, ...matches], [
    "EXPIRED_IN_MATCH 0/1 prevented 1",
    "EXPIRED_IN_MATCH 0/3 prevented 3",
    "0 1 3 1",
  ]);
});

Deno.test("self-trade prevention of a MARKET order leaves it nothing to take (scenario F)", () => {
  const { makers, taker, told } = selfTrade(["BUY 1 @ 1"], "SELL 1", "EXPIRE_MAKER");
  assertEquals([...makers, taker], ["EXPIRED_IN_MATCH 0/1 prevented 1", "EXPIRED 0/1"]);
  assertEquals(told, ["1 TRADE_PREVENTION EXPIRED_IN_MATCH 1", "1 EXPIRED EXPIRED"]);
});

Deno.test("self-trade prevention DECREMENT takes the smaller from both (scenario G)", () => {
  const { makers, taker, matches, engine } = selfTrade(["BUY 6 @ 2"], "SELL 2 @ 2", "DECREMENT");
  assertEquals([...makers, taker, ...matches], [
    "NEW 0/6 prevented 2",
    "EXPIRED_IN_MATCH 0/2 prevented 2",
    "0 2 2 2",
  ]);
  assertEquals([locked(engine, 1, "USDT"), locked(engine, 1, "BTC")], ["8", "0"]);
  assertEquals(engine.book.levels("BUY").map(({ qty }) => plain(qty)), ["4"]);
});

Deno.test("self-trade prevention follows the taker's mode, and spares nobody of the same trade group (scenario E)", () => {
  const engine = createWorld({ count: 0 });
  for (const [id, tradeGroupId] of [[1, 5], [2, 5], [3, -1]] as const) {
    const balances = { BTC: units("10"), USDT: units("1000") };
    engine.open(createAccount({ id, tradeGroupId, commissions: standardCommissions(0n, 0n), balances }));
  }
  place(engine, 1, "BUY 1 @ 10", { stpMode: "EXPIRE_MAKER" });
  assertEquals(place(engine, 2, "SELL 1 @ 10", { stpMode: "EXPIRE_TAKER" }).order.status, "EXPIRED_IN_MATCH");
  assertEquals(place(engine, 3, "SELL 1 @ 10", { stpMode: "EXPIRE_TAKER" }).order.status, "FILLED");
  const narrow = createWorld({ rules: { ...RULES, allowedSelfTradePreventionModes: ["NONE"] } });
  assertEquals(
    refusal(() => place(narrow, 1, "BUY 1 @ 10", { stpMode: "EXPIRE_MAKER" })),
    "-1013 This symbol does not allow the specified self-trade prevention mode.",
  );
});

Deno.test("an order that fails a filter, a balance or its own name is refused and changes nothing", () => {
  const engine = createWorld({ balances: { BTC: "10", USDT: "100" } });
  place(engine, 1, "BUY 1 @ 10", { clientOrderId: "mine" });
  const short = "-2010 Account has insufficient balance for requested action.";
  const cases: [text: string, more: Partial<NewOrder>, refusal: string][] = [
    ["BUY 1 @ 10.005", {}, "-1013 Filter failure: PRICE_FILTER"],
    ["BUY 0.0005 @ 10", {}, "-1013 Filter failure: LOT_SIZE"],
    ["BUY 0.1 @ 10", {}, "-1013 Filter failure: NOTIONAL"],
    ["BUY 0.000 @ 10", {}, "-1013 Invalid quantity."],
    ["BUY 1 @ 0.00", {}, "-1013 Invalid price."],
    ["BUY 41", {}, "-1013 Filter failure: MARKET_LOT_SIZE"],
    ["BUY 1 @ 10", { clientOrderId: "mine" }, "-2010 Duplicate order sent."],
    ["BUY 1 @ 90.01", {}, short],
    ["SELL 10.001 @ 10", {}, short],
  ];
  for (const [text, more, expected] of cases) assertEquals(refusal(() => place(engine, 1, text, more)), expected, text);
  assertEquals([free(engine, 1, "USDT"), free(engine, 1, "BTC"), engine.archive.orders(1).length], ["90", "10", 1]);
  assertEquals(place(engine, 1, "BUY 1 @ 90").order.status, "NEW");
});

Deno.test("a client order id is free again when its order has ended, and finds the latest order", () => {
  const engine = createWorld();
  const first = place(engine, 1, "BUY 1 @ 10", { clientOrderId: "a" }).order.orderId;
  engine.cancel(1, { clientOrderId: "a" }, now());
  const second = place(engine, 1, "BUY 1 @ 10", { clientOrderId: "a" }).order.orderId;
  assertEquals(engine.order(1, { clientOrderId: "a" }).orderId, second);
  assertEquals(engine.order(1, { orderId: first }).status, "CANCELED");
  assertEquals(
    refusal(() => engine.order(1, { orderId: first, clientOrderId: "b" })),
    "-2039 Client order ID is not correct for this order ID.",
  );
  assertEquals(refusal(() => engine.order(1, { orderId: 99 })), "-2013 Order does not exist.");
  assertEquals(refusal(() => engine.order(2, { orderId: second })), "-2013 Order does not exist.");
});

Deno.test("cancel: once, only one's own, and under its restriction", () => {
  const engine = createWorld();
  const { orderId } = place(engine, 1, "BUY 2 @ 10", { clientOrderId: "a" }).order;
  const unknown = "-2011 Unknown order sent.";
  const restricted = "-2011 Order was not canceled due to cancel restrictions.";
  assertEquals(refusal(() => engine.cancel(2, { orderId }, now())), unknown);
  assertEquals(
    refusal(() => engine.cancel(1, { orderId }, now(), { restriction: "ONLY_PARTIALLY_FILLED" })),
    restricted,
  );
  place(engine, 2, "SELL 1 @ 10");
  assertEquals(refusal(() => engine.cancel(1, { orderId }, now(), { restriction: "ONLY_NEW" })), restricted);
  const { order: gone, clientOrderId, events } = engine.cancel(1, { orderId }, now(), { newClientOrderId: "c" });
  assertEquals([gone.status, gone.clientOrderId, clientOrderId], ["CANCELED", "a", "c"]);
  const report = events[0]!;
  assertEquals(report.type === "execution" && [report.clientOrderId, report.origClientOrderId], ["c", "a"]);
  assertEquals(refusal(() => engine.cancel(1, { orderId }, now())), unknown);
  assertEquals(refusal(() => engine.cancelAll(1, now())), unknown);
  for (const price of ["10", "11"]) place(engine, 1, `BUY 1 @ ${price}`);
  assertEquals(engine.cancelAll(1, now()).map((cancelled) => cancelled.order.status), ["CANCELED", "CANCELED"]);
});

/** The outcome of a half: a status or a refusal. */
const half = (result: { order: { status: string } } | Rejection | undefined) =>
  result === undefined ? "not attempted" : result instanceof Rejection ? `${result.code}` : result.order.status;

Deno.test("cancel-replace: cancels first, and stops or goes on where that fails", () => {
  const engine = createWorld({ balances: { BTC: "10", USDT: "100" } });
  const { orderId } = place(engine, 1, "BUY 10 @ 10").order;
  // The cancelled order's money pays for the new one.
  const good = engine.replace(1, { cancel: { orderId }, order: order("BUY 9 @ 11"), mode: "STOP_ON_FAILURE" }, now());
  assertEquals([half(good.cancelled), half(good.placed)], ["CANCELED", "NEW"]);
  assertEquals(told(good.events), ["1 CANCELED CANCELED", "1 NEW NEW", "1 has USDT 1+99"]);
  for (const [mode, expected] of [["STOP_ON_FAILURE", "not attempted"], ["ALLOW_FAILURE", "-2010"]] as const) {
    const failed = engine.replace(1, { cancel: { orderId }, order: order("BUY 1 @ 10"), mode }, now());
    assertEquals([half(failed.cancelled), half(failed.placed)], ["-2011", expected]);
  }
  place(engine, 2, "SELL 1 @ 50");
  const [resting] = engine.archive.open(1);
  const rejected = engine.replace(1, {
    cancel: { orderId: resting!.orderId },
    order: order("BUY 1 @ 50 MAKER"),
    mode: "STOP_ON_FAILURE",
  }, now());
  assertEquals([half(rejected.cancelled), half(rejected.placed)], ["CANCELED", "-2010"]);
  assertEquals(told(rejected.events), ["1 CANCELED CANCELED", "1 REJECTED REJECTED", "1 has USDT 100+0"]);
  const report = rejected.events[1]!;
  assertEquals(report.type === "execution" && report.rejectReason, "WOULD_MATCH_IMMEDIATELY");
  assertEquals(engine.archive.open(1), []);
});

Deno.test("cancel-replace: filters are looked at before anything is cancelled", () => {
  const engine = createWorld();
  const { orderId } = place(engine, 1, "BUY 1 @ 10").order;
  const replace = () =>
    engine.replace(1, { cancel: { orderId }, order: order("BUY 1 @ 10.001"), mode: "ALLOW_FAILURE" }, now());
  assertEquals(refusal(replace), "-1013 Filter failure: PRICE_FILTER");
  assertEquals(state(engine, 1, orderId), "NEW 0/1");
});

Deno.test("amend: smaller, in the same place, under a new name", () => {
  const engine = createWorld();
  place(engine, 2, "BUY 1 @ 87");
  const mine = place(engine, 1, "BUY 5.5 @ 87", { clientOrderId: "old" }).order.orderId;
  place(engine, 3, "BUY 4 @ 87");
  const { order: amended, origClientOrderId, events } = engine.amend(1, { orderId: mine }, units("5"), now(), "new");
  assertEquals([plain(amended.origQty), origClientOrderId, amended.clientOrderId], ["5", "old", "new"]);
  assertEquals(told(events), ["1 REPLACED NEW", "1 has USDT 9565+435"]);
  assertEquals([...engine.book.orders("BUY")].map(({ accountId }) => accountId), [2, 1, 3]);
  const amend = (qty: string) => refusal(() => engine.amend(1, { clientOrderId: "new" }, units(qty), now()));
  assertEquals(amend("6"), "-2038 Order amend (quantity increase) is not supported.");
  assertEquals(amend("5"), "-2038 The requested action would change no state; rejecting.");
  assertEquals(amend("4.0005"), "-1013 Filter failure: LOT_SIZE");
  assertEquals(refusal(() => engine.amend(1, { clientOrderId: "old" }, 1n, now())), "-2038 Unknown order sent.");
});

Deno.test("amend: an order that has traded as much already expires", () => {
  const engine = createWorld();
  const { orderId } = place(engine, 1, "BUY 5 @ 50").order;
  place(engine, 2, "SELL 3 @ 50");
  const { order: amended, events } = engine.amend(1, { orderId }, units("2"), now());
  assertEquals([amended.status, plain(amended.origQty), plain(amended.executedQty)], ["EXPIRED", "3", "3"]);
  assertEquals(told(events).slice(0, 2), ["1 REPLACED EXPIRED", "1 EXPIRED EXPIRED"]);
  assertEquals([engine.book.levels("BUY"), locked(engine, 1, "USDT")], [[], "0"]);
});

Deno.test("an order can be amended as often as MAX_NUM_ORDER_AMENDS says", () => {
  const filters = [...RULES.filters, { filterType: "MAX_NUM_ORDER_AMENDS", maxNumOrderAmends: 1 }];
  const engine = createWorld({ rules: { ...RULES, filters } });
  const { orderId } = place(engine, 1, "BUY 5 @ 50").order;
  engine.amend(1, { orderId }, units("4"), now());
  assertEquals(
    refusal(() => engine.amend(1, { orderId }, units("3"), now())),
    "-2038 Filter failure: MAX_NUM_ORDER_AMENDS",
  );
});

Deno.test("an account has at most MAX_NUM_ORDERS open", () => {
  const engine = createWorld();
  for (let i = 0; i < 8; i++) place(engine, 1, "BUY 1 @ 10");
  assertEquals(refusal(() => place(engine, 1, "BUY 1 @ 10")), "-1013 Filter failure: MAX_NUM_ORDERS");
  assertEquals(place(engine, 2, "BUY 1 @ 10").order.status, "NEW");
});

Deno.test("a recorded book is taken from first at each price, and its other side owes what was taken", () => {
  const taken: string[] = [];
  const external: ExternalBook = {
    levels: (side) =>
      side === "SELL"
        ? [["100", "1"], ["102", "5"]].map(([price, qty]) => ({ price: units(price!), qty: units(qty!) }))
        : [],
    take: (side: string, price: Units, qty: Units) => void taken.push(`${side} ${plain(qty)}@${plain(price)}`),
  };
  const engine = createWorld({ external, commissions: standardCommissions(0n, 0n) });
  assertEquals(refusal(() => place(engine, 1, "BUY 1 @ 100 MAKER")), "-2010 Order would immediately match and take.");
  const resting = place(engine, 1, "SELL 1 @ 100").order.orderId;
  const { trades } = place(engine, 2, "BUY 3 @ 102");
  assertEquals(trades.map(({ price, qty }) => `${plain(qty)}@${plain(price)}`), ["1@100", "1@100", "1@102"]);
  assertEquals(taken, ["SELL 1@100", "SELL 1@102"]);
  assertEquals(state(engine, 1, resting), "FILLED 1/1");
  assertEquals([engine.world.balance("BTC").free, engine.world.balance("USDT").free], [-units("2"), units("202")]);
});

Deno.test("a resting order trades with the recording, as a maker and under the recording's trade id", () => {
  const engine = createWorld({ commissions: standardCommissions(0n, 0n) });
  const { orderId } = place(engine, 1, "BUY 2 @ 100").order;
  assertEquals(told(engine.fill(1, orderId, units("0.5"), now(), 777)), [
    "1 TRADE PARTIALLY_FILLED 0.5@100",
    "1 has BTC 100.5+0, USDT 9800+150",
  ]);
  assertEquals(engine.archive.trades(1).map(({ tradeId, isMaker }) => [tradeId, isMaker]), [[777, true]]);
  assertEquals(engine.world.balance("BTC").free, -units("0.5"));
  assertEquals(told(engine.deposit(1, "BTC", -units("1"), now())), ["1 BTC -1", "1 has BTC 99.5+0"]);
});

Deno.test("the book tells which levels changed", () => {
  const engine = createWorld();
  place(engine, 1, "SELL 1 @ 100");
  place(engine, 1, "BUY 1 @ 99");
  engine.book.changes();
  place(engine, 2, "BUY 0.4 @ 100");
  place(engine, 2, "BUY 1 @ 98");
  const { bids, asks } = engine.book.changes();
  const text = (levels: typeof bids) => levels.map(({ price, qty }) => `${plain(qty)}@${plain(price)}`);
  assertEquals([text(bids), text(asks)], [["1@98"], ["0.6@100"]]);
  assertEquals(engine.book.changes(), { bids: [], asks: [] });
});

Deno.test("an account whose past is not kept leaves nothing behind", () => {
  const engine = createWorld({ keeps: (id) => id !== 1 });
  const { orderId } = place(engine, 1, "BUY 1 @ 10").order;
  place(engine, 2, "SELL 1 @ 10");
  assertEquals(refusal(() => engine.order(1, { orderId })), "-2013 Order does not exist.");
  assertEquals([engine.archive.orders(1), engine.archive.trades(1), engine.archive.trades(2).length], [[], [], 1]);
});

Deno.test("of a long past the oldest closed orders are forgotten, open ones never", () => {
  const engine = createWorld({ history: 20 });
  const first = place(engine, 1, "BUY 1 @ 10").order.orderId;
  for (let i = 0; i < 100; i++) {
    const { orderId } = place(engine, 1, "BUY 1 @ 11").order;
    if (i % 2 === 0) engine.cancel(1, { orderId }, now());
    else place(engine, 2, "SELL 1 @ 11");
  }
  const kept = engine.archive.orders(1);
  assertEquals(kept.length >= 20 && kept.length <= 26, true);
  assertEquals([kept[0]!.orderId, kept[0]!.status], [first, "NEW"]);
  assertEquals(refusal(() => engine.order(1, { orderId: first + 1 })), "-2013 Order does not exist.");
  const ids = new Set(kept.map(({ orderId }) => orderId));
  assertEquals(engine.archive.trades(1).every(({ orderId }) => ids.has(orderId)), true);
  engine.cancel(1, { orderId: first }, now());
});
