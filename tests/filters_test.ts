import { assertEquals } from "@std/assert";
import known from "testnet/symbols.json" with { type: "json" };
import { createAveragePrice } from "testnet/engine/average_price.ts";
import { type Candidate, createFilters, type Filter } from "testnet/engine/filters.ts";
import { formatUnits, multiply, ONE, type Units, units } from "testnet/engine/money.ts";

const BTCUSDT = createFilters(known.find(({ symbol }) => symbol === "BTCUSDT")!.filters as Filter[]);
const AVERAGE = units("60000");

/** A sound order of one notional's worth, changed as wanted. */
const limit = (more: Partial<Candidate>): Candidate => ({
  side: "BUY",
  type: "LIMIT",
  price: AVERAGE,
  qty: units("0.001"),
  average: AVERAGE,
  openOrders: 0,
  ...more,
});

/** Filters that fail just below, at, and just above an edge. */
function around(edge: Units, step: Units, candidate: (value: Units) => Candidate) {
  return [edge - step, edge, edge + step].map((value) => BTCUSDT.failure(candidate(value)));
}

Deno.test("PRICE_FILTER: from the lowest to the highest price, in whole ticks", () => {
  const tick = units("0.01");
  const price = (value: Units) => limit({ price: value, qty: units("9"), average: undefined });
  // Below the first tick there is only zero, and a price of one tick is too small a notional.
  const low = createFilters([{ filterType: "PRICE_FILTER", minPrice: "0.05", maxPrice: "7.00", tickSize: "0.01" }]);
  const fails = (value: Units) => low.failure(price(value));
  assertEquals([units("0.05") - tick, units("0.05"), units("7"), units("7") + tick].map(fails), [
    "PRICE_FILTER",
    undefined,
    undefined,
    "PRICE_FILTER",
  ]);
  assertEquals(BTCUSDT.failure(price(units("60000.005"))), "PRICE_FILTER");
  assertEquals(BTCUSDT.failure(price(units("60000.00000001"))), "PRICE_FILTER");
  const one = (value: Units) => limit({ price: value, qty: ONE, average: undefined });
  assertEquals(around(units("1000000"), tick, one), [undefined, undefined, "PRICE_FILTER"]);
});

Deno.test("LOT_SIZE: from the smallest to the largest quantity, in whole lots", () => {
  const lot = units("0.00001");
  const free = { average: undefined };
  const qty = (value: Units) => limit({ ...free, qty: value, price: units("900") });
  assertEquals(around(units("9000"), lot, qty), [undefined, undefined, "LOT_SIZE"]);
  assertEquals(BTCUSDT.failure(limit({ qty: units("0.00100001") })), "LOT_SIZE");
  const small = (value: Units) => limit({ ...free, qty: value, price: units("1000000") });
  assertEquals(around(lot, lot, small), ["LOT_SIZE", undefined, undefined]);
});

Deno.test("MARKET_LOT_SIZE: only MARKET orders by quantity, with its own largest quantity", () => {
  const most = units("97.09521");
  const lot = units("0.00001");
  const market = (value: Units): Candidate =>
    limit({ type: "MARKET", price: undefined, qty: value, average: units("10000") });
  assertEquals(around(most, lot, market), [undefined, undefined, "MARKET_LOT_SIZE"]);
  assertEquals(around(most, lot, (value) => limit({ qty: value })), [undefined, undefined, undefined]);
  // LOT_SIZE holds for MARKET orders too.
  assertEquals(BTCUSDT.failure(market(units("0.000005"))), "LOT_SIZE");
});

Deno.test("NOTIONAL: one unit of notional either side of its bounds", () => {
  const filters = createFilters([
    {
      filterType: "NOTIONAL",
      minNotional: "5.00000000",
      applyMinToMarket: true,
      maxNotional: "9000000.00000000",
      applyMaxToMarket: false,
      avgPriceMins: 5,
    },
  ]);
  const worth = (value: Units, more: Partial<Candidate> = {}) =>
    filters.failure(limit({ price: value, qty: ONE, ...more }));
  assertEquals([units("5") - 1n, units("5"), units("9000000"), units("9000000") + 1n].map((v) => worth(v)), [
    "NOTIONAL",
    undefined,
    undefined,
    "NOTIONAL",
  ]);
  // A product of sixteen digits that would be cut off to exactly five.
  assertEquals(filters.failure(limit({ price: units("3.33333333"), qty: units("1.5") })), "NOTIONAL");
  // MARKET orders are valued at the average price, or by their quote amount; the upper bound is not for them.
  const market = { type: "MARKET", price: undefined } as const;
  assertEquals(worth(0n, { ...market, average: units("5") - 1n }), "NOTIONAL");
  assertEquals(worth(0n, { ...market, average: units("5") }), undefined);
  assertEquals(worth(0n, { ...market, average: units("9000001") }), undefined);
  assertEquals(worth(0n, { ...market, average: undefined }), undefined);
  assertEquals(worth(0n, { ...market, qty: undefined, quoteOrderQty: units("5") - 1n }), "NOTIONAL");
  assertEquals(worth(0n, { ...market, qty: undefined, quoteOrderQty: units("5") }), undefined);
});

Deno.test("MIN_NOTIONAL: the older filter, for MARKET orders only where it says so", () => {
  const filter = (applyToMarket: boolean) =>
    createFilters([{ filterType: "MIN_NOTIONAL", minNotional: "10", applyToMarket, avgPriceMins: 5 }]);
  assertEquals(filter(true).failure(limit({ price: units("10") - 1n, qty: ONE })), "MIN_NOTIONAL");
  assertEquals(filter(true).failure(limit({ price: units("10"), qty: ONE })), undefined);
  const market = limit({ type: "MARKET", price: undefined, qty: ONE, average: units("9") });
  assertEquals(filter(true).failure(market), "MIN_NOTIONAL");
  assertEquals(filter(false).failure(market), undefined);
});

Deno.test("PERCENT_PRICE_BY_SIDE: one tick either side of the multiples of the average price", () => {
  const filters = createFilters([
    {
      filterType: "PERCENT_PRICE_BY_SIDE",
      bidMultiplierUp: "1.2",
      bidMultiplierDown: "0.2",
      askMultiplierUp: "5",
      askMultiplierDown: "0.8",
      avgPriceMins: 5,
    },
  ]);
  const fails = (side: "BUY" | "SELL", price: Units) => filters.failure(limit({ side, price, average: units("100") }));
  const name = "PERCENT_PRICE_BY_SIDE";
  for (
    const [side, edge, inside] of [["BUY", "120", -1n], ["BUY", "20", 1n], ["SELL", "500", -1n], [
      "SELL",
      "80",
      1n,
    ]] as const
  ) {
    const tick = units("0.01") * inside;
    assertEquals([units(edge) + tick, units(edge), units(edge) - tick].map((p) => fails(side, p)), [
      undefined,
      undefined,
      name,
    ]);
  }
  // The average is not rounded before it is compared.
  assertEquals(filters.failure(limit({ price: units("1.2"), average: units("0.99999999") })), name);
  assertEquals(filters.failure(limit({ price: units("120"), average: undefined })), undefined);
});

Deno.test("MAX_NUM_ORDERS: counts the orders that are open before", () => {
  assertEquals(BTCUSDT.failure(limit({ openOrders: 199 })), undefined);
  assertEquals(BTCUSDT.failure(limit({ openOrders: 200 })), "MAX_NUM_ORDERS");
});

Deno.test("the first filter in the symbol's own order is the answer", () => {
  assertEquals(BTCUSDT.failure(limit({ price: units("0.001"), qty: 1n, openOrders: 500 })), "PRICE_FILTER");
  assertEquals(BTCUSDT.failure(limit({ qty: 1n, openOrders: 500 })), "LOT_SIZE");
  assertEquals(BTCUSDT.failure(limit({ qty: units("0.00001"), openOrders: 500 })), "NOTIONAL");
});

Deno.test("the average price is that of the last minutes, and the last price after a pause", () => {
  const average = createAveragePrice(5);
  const minute = 60e6;
  assertEquals(average.at(0), undefined);
  average.trade(0, units("100"), units("1"));
  average.trade(minute, units("200"), units("3"));
  assertEquals(formatUnits(average.at(minute)!), "175.00000000");
  assertEquals(formatUnits(average.at(5.5 * minute)!), "200.00000000");
  assertEquals(formatUnits(average.at(60 * minute)!), "200.00000000");
  const last = createAveragePrice(0);
  last.trade(0, units("100"), ONE);
  last.trade(1, units("300"), ONE);
  assertEquals(last.at(2), units("300"));
  assertEquals(multiply(ONE, ONE), ONE);
});
