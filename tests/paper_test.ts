import { assert, assertEquals } from "@std/assert";
import { createBook, type L2Book } from "../lib/book.ts";
import type { FillModel } from "../lib/fills.ts";
import { createPaperBroker, type PaperBroker, type PaperOrder } from "../lib/paper.ts";
import { BUY, SELL } from "../lib/tape.ts";
import type { Fill } from "../lib/types.ts";

const ENTRY = 10;
const RESPONSE = 20;

interface Venue {
  book: L2Book;
  broker: PaperBroker;
  fills: Fill[];
  told: string[];
  set(ts: number, side: number, ticks: number, qty: number): void;
  print(ts: number, aggressor: number, ticks: number, qty: number): void;
}

/** A book of 5 at 100 bid and 5 at 102 ask, tick 1, lot 1. */
function venue(model: FillModel): Venue {
  const book = createBook();
  const fills: Fill[] = [];
  const told: string[] = [];
  const broker = createPaperBroker(book, {
    rules: { tickSize: 1, lotSize: 1 },
    quote: "USD",
    model,
    entryLatencyUs: ENTRY,
    responseLatencyUs: RESPONSE,
    makerFee: 0.001,
  }, {
    accepted: (o: PaperOrder) => void told.push(`accepted ${o.id}`),
    rejected: (o: PaperOrder) => void told.push(`rejected ${o.id}`),
    cancelled: (o: PaperOrder) => void told.push(`cancelled ${o.id}`),
    filled: (f: Fill) => void fills.push(f),
  });
  book.set(BUY, 100, 5);
  book.set(BUY, 99, 5);
  book.set(SELL, 102, 5);
  broker.settle(0);
  return {
    book,
    broker,
    fills,
    told,
    set(ts, side, ticks, qty) {
      broker.advance(ts);
      broker.level(side, ticks, book.set(side, ticks, qty), qty);
      broker.settle(ts);
    },
    print(ts, aggressor, ticks, qty) {
      broker.advance(ts);
      broker.trade(ts, aggressor, ticks, qty);
    },
  };
}

Deno.test("an order works from its arrival on: events before it, or at that very time, pass it by", () => {
  const { broker, fills, print } = venue("touch");
  broker.submit(BUY, 100, 2, 1000, 1);
  print(1005, SELL, 100, 9);
  print(1000 + ENTRY, SELL, 100, 9);
  print(1000 + ENTRY + 1, SELL, 100, 9);
  broker.deliver(5000);
  assertEquals(fills.map((f) => [f.lots, f.exchTs]), [[2, 1011]]);
});

Deno.test("post-only is judged at arrival, not at sending", () => {
  const { broker, told, set } = venue("touch");
  broker.submit(BUY, 101, 1, 1000, 1);
  set(1005, SELL, 101, 1);
  set(1100, BUY, 98, 1);
  broker.deliver(1100);
  assertEquals(told, ["rejected 1"]);
  assertEquals(broker.counts.rejected, 1);
});

Deno.test("a cancel works when it arrives; fills until then count", () => {
  const { broker, fills, told, print } = venue("touch");
  const order = broker.submit(BUY, 100, 3, 1000, 1);
  print(1100, SELL, 100, 1);
  broker.cancel(order, 1200);
  print(1205, SELL, 100, 1);
  print(1211, SELL, 100, 1);
  broker.deliver(9999);
  assertEquals(fills.map((f) => f.exchTs), [1100, 1205]);
  assertEquals(told, ["accepted 1", "cancelled 1"]);
});

Deno.test("we learn of everything a response latency later, and not before", () => {
  const { broker, fills, told, print } = venue("touch");
  broker.submit(BUY, 100, 1, 1000, 1);
  print(1011, SELL, 100, 1);
  assertEquals(broker.deliver(1010 + RESPONSE - 1), 0);
  assertEquals(broker.deliver(1010 + RESPONSE), 1);
  assertEquals([told, fills.length], [["accepted 1"], 0]);
  broker.deliver(1011 + RESPONSE);
  assertEquals(fills[0]?.localTs, 1011 + RESPONSE);
});

Deno.test("touch fills at the price, through only beyond it, the queue only past what was ahead", () => {
  const filledAfter = (model: FillModel, prints: [ticks: number, qty: number][]) => {
    const { broker, fills, print } = venue(model);
    broker.submit(BUY, 100, 2, 1000, 1);
    prints.forEach(([ticks, qty], i) => print(1100 + i, SELL, ticks, qty));
    broker.deliver(9999);
    return fills.reduce((sum, f) => sum + f.lots, 0);
  };
  assertEquals(filledAfter("touch", [[100, 1]]), 1);
  assertEquals(filledAfter("through", [[100, 100]]), 0);
  assertEquals(filledAfter("through", [[99, 1]]), 2);
  assertEquals(filledAfter("riskAverse", [[100, 5]]), 0);
  assertEquals(filledAfter("riskAverse", [[100, 6]]), 1);
  assertEquals(filledAfter("riskAverse", [[100, 4], [100, 9]]), 2);
  assertEquals(filledAfter("riskAverse", [[99, 1]]), 2);
});

Deno.test("a buyer's print does not fill a bid", () => {
  const { broker, fills, print } = venue("touch");
  broker.submit(BUY, 100, 2, 1000, 1);
  print(1100, BUY, 100, 50);
  broker.deliver(9999);
  assertEquals(fills, []);
});

Deno.test("the queue is filled at once when the other side crosses its price; through is not", () => {
  for (const [model, expected] of [["riskAverse", 1], ["touch", 1], ["through", 0]] as const) {
    const { broker, fills, set, book } = venue(model);
    broker.submit(BUY, 100, 2, 1000, 1);
    set(1100, BUY, 98, 1);
    book.set(BUY, 100, 0);
    book.set(BUY, 99, 0);
    set(1101, SELL, 100, 1);
    broker.deliver(9999);
    assertEquals(fills.length, expected, model);
  }
});

Deno.test("deeper than the book shows, the queue begins when the level appears", () => {
  const { broker, fills, set, print } = venue("riskAverse");
  broker.submit(BUY, 90, 1, 1000, 1);
  print(1100, SELL, 90, 50);
  broker.deliver(9999);
  assertEquals(fills.length, 0);
  set(1200, BUY, 90, 4);
  print(1300, SELL, 90, 4);
  broker.deliver(9999);
  assertEquals(fills.length, 0);
  print(1301, SELL, 90, 1);
  broker.deliver(9999);
  assertEquals(fills.length, 1);
});

Deno.test("a fill carries the mid and spread it met, its fee and the decision behind it", () => {
  const { broker, fills, print } = venue("touch");
  broker.submit(SELL, 102, 2, 1000, 7);
  print(1100, BUY, 102, 2);
  broker.deliver(9999);
  const [fill] = fills;
  assert(fill);
  assertEquals(
    [fill.side, fill.price, fill.qty, fill.mid, fill.spread, fill.fee, fill.feeCurrency, fill.quoteId, fill.liquidity],
    ["sell", 102, 2, 101, 2, 102 * 2 * 0.001, "USD", 7, "maker"],
  );
});

Deno.test("a fill by crossing is measured against the mid before the move: what follows is the inventory's loss", () => {
  const { broker, fills, set, book } = venue("riskAverse");
  broker.submit(BUY, 100, 2, 1000, 1);
  set(1100, BUY, 98, 1);
  book.set(BUY, 100, 0);
  book.set(BUY, 99, 0);
  set(1101, SELL, 99, 1);
  broker.deliver(9999);
  assertEquals(fills.map((f) => [f.price, f.mid, f.spread]), [[100, 101, 2]]);
});

Deno.test("a print fetched late does not fill an order younger than it", () => {
  const { broker, fills, print } = venue("touch");
  broker.advance(1000);
  broker.submit(BUY, 100, 1, 1000, 1);
  broker.advance(2000);
  print(1005, SELL, 100, 5);
  broker.deliver(9999);
  assertEquals(fills, []);
});

Deno.test("counts keep orders, rejections, cancels and fills apart", () => {
  const { broker, print } = venue("touch");
  const first = broker.submit(BUY, 100, 2, 1000, 1);
  broker.submit(BUY, 102, 1, 1000, 2);
  print(1100, SELL, 100, 1);
  broker.cancel(first, 1200);
  broker.advance(2000);
  assertEquals(broker.counts, {
    sent: 2,
    accepted: 1,
    rejected: 1,
    cancelled: 1,
    filled: 0,
    touched: 1,
    lotsSent: 3,
    lotsAccepted: 2,
    lotsFilled: 1,
  });
});
