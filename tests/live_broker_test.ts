import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { BrokerOrder } from "../lib/broker.ts";
import { createLiveBroker, type LiveBroker, type LiveBrokerListener } from "../lib/live_broker.ts";
import { createOrderIds } from "../lib/order_ids.ts";
import type { OrderRequests } from "../lib/order_requests.ts";
import { createOwnTrades } from "../lib/own_trades.ts";
import { validate } from "../lib/schema.ts";
import { createStandaloneQuotes } from "../lib/standalone_quotes.ts";
import { BUY, SELL } from "../lib/tape.ts";
import { createModelVenue, type ModelVenue } from "./model_venue.ts";

const MARKET = { symbol: "B/Q", base: "B", quote: "Q", rules: { tickSize: 1, lotSize: 0.001 } };
const LARGEST = 5;
const LEFT = { side: "buy", priceTicks: 100, lots: 1, executedLots: 0, status: "open" } as const;

/** A broker at that venue, in its time. */
function openBroker(
  venue: ModelVenue,
  { requests = venue.requests, failure = () => {} }: {
    requests?: OrderRequests;
    failure?: LiveBrokerListener["failure"];
  } = {},
): LiveBroker {
  const broker = createLiveBroker({
    market: MARKET,
    ids: createOrderIds(0, () => 0),
    requests,
    trades: createOwnTrades("0"),
    rates: { rate: () => undefined, fetch: () => Promise.resolve(undefined) },
    now: () => venue.now() * 1000,
    serverNow: () => venue.now(),
    openingLots: () => 0,
    qMax: 1,
    pause: venue.pause,
    listener: {
      news: () => broker.deliver(venue.now() * 1000),
      order() {},
      unknown: (order) => broker.adopt(order, "not known"),
      trade() {},
      failure,
      doubt() {},
    },
  });
  return broker;
}

/** Drives a broker against the venue, and compares what it told with what happened. */
async function play(seed: number, steps: readonly { what: number; wait: number; size: number }[]) {
  let state = seed >>> 0;
  const fate = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
  const venue = createModelVenue(fate) as ModelVenue & { late: (clientId: string, answer: never) => void };
  const told = {
    position: 0,
    fills: new Set<string>(),
    ended: new Set<BrokerOrder>(),
    filled: new Map<BrokerOrder, number>(),
  };
  const broker = openBroker(venue);
  venue.late = broker.hearLate;
  venue.listen(broker.see, broker.book);
  const end = (order: BrokerOrder) => {
    assert(!told.ended.has(order) || !working.has(order), "an end told twice");
    const { record } = order as unknown as { record: { clientId: string; orderId: string | undefined } };
    const real = venue.orders.find(({ orderId }) => orderId === record.orderId);
    assertEquals(told.filled.get(order) ?? 0, real?.executedLots ?? 0, "gone before its fills were told");
    if (record.orderId === undefined) {
      const there = venue.orders.filter(({ clientId, status }) => clientId === record.clientId && status === "open");
      assertEquals(there, [], "told to be nowhere, and open");
      nowhere.push(record.clientId);
    } else assert(real?.status !== "open", "told to be gone, and open");
    told.ended.add(order);
    working.delete(order);
  };
  const working = new Set<BrokerOrder>();
  const nowhere: string[] = [];
  broker.attach(undefined, {
    accepted() {},
    rejected: end,
    cancelled: end,
    filled(fill, order) {
      assert(!told.fills.has(fill.id), `trade ${fill.id} told twice`);
      told.fills.add(fill.id);
      told.position += fill.side === "buy" ? fill.lots : -fill.lots;
      told.filled.set(order, (told.filled.get(order) ?? 0) + fill.lots);
      // Its last fill is all that is told of the end of a filled order.
      if (told.filled.get(order) === order.lots) working.delete(order);
    },
  });
  const placed: BrokerOrder[] = [];
  for (const { what, wait, size } of steps) {
    if (what < 2) {
      const order = broker.submit(what === 0 ? BUY : SELL, 100, size, venue.now() * 1000, 1);
      placed.push(order);
      working.add(order);
    } else if (what === 2) {
      const order = placed[size % Math.max(1, placed.length)];
      if (order) broker.cancel(order, venue.now() * 1000);
    } else venue.hit(size, size);
    await venue.run(venue.pause(wait));
  }
  venue.heal();
  broker.cancelAll(venue.now() * 1000);
  // What the session does by its timer.
  const compare = async () => {
    const asked = venue.now();
    const open = await venue.requests.openOrders();
    if (!("kind" in open)) await broker.compareOpen(open, asked);
    return await broker.pollTrades();
  };
  const finish = async () => {
    do {
      const gone = broker.allGone().then(() => assertEquals(venue.onTheWay(), 0, "all gone, and one is coming"));
      await Promise.race([gone, venue.pause(200)]);
      await compare();
    } while (broker.working.length > 0 || venue.orders.some(({ status }) => status === "open"));
    await broker.allGone();
    assertEquals(venue.onTheWay(), 0, "all gone, and one is coming");
    await compare();
  };
  await venue.run(finish());
  broker.deliver(venue.now() * 1000);
  broker.close();
  const truth = venue.orders.reduce(
    (sum, { side, executedLots }) => sum + (side === "buy" ? executedLots : -executedLots),
    0,
  );
  assertEquals([told.position, broker.positionLots], [truth, truth]);
  assertEquals(told.fills.size, venue.trades.length);
  assertEquals(venue.orders.filter(({ status }) => status === "open"), []);
  assertEquals(venue.orders.filter(({ clientId }) => nowhere.includes(clientId)), [], "told to be nowhere, and placed");
  assertEquals([...working].map(({ id }) => id), []);
  return {
    orders: venue.orders.length,
    twice: venue.orders.length - new Set(venue.orders.map((o) => o.clientId)).size,
  };
}

/** As Bybit and Gate answer, in ccxt's words: what has ended cannot be cancelled, which does not say that it is not there. */
Deno.test("a cancel that is refused because the order has ended is no failure, and the order is looked at", async () => {
  const venue = createModelVenue((below) => below - 1);
  venue.heal();
  const failures: string[] = [];
  const ended: number[] = [];
  let cancels = 0;
  const broker = openBroker(venue, {
    requests: {
      ...venue.requests,
      async cancel(name) {
        cancels++;
        const answer = await venue.requests.cancel(name);
        await venue.pause(100);
        return answer.kind === "missing"
          ? { kind: "refused", reason: "Order has been finished or canceled", wouldTake: false }
          : answer;
      },
    },
    failure: ({ reason }) => void failures.push(reason),
  });
  const end = ({ id }: BrokerOrder) => void ended.push(id);
  broker.attach(undefined, { accepted() {}, rejected: end, cancelled: end, filled: (_, order) => end(order) });
  const submit = async () => {
    const order = broker.submit(BUY, 100, 1, venue.now() * 1000, 1);
    await venue.run(venue.pause(10));
    return order;
  };
  // Asked several times, as the answers are slow: all but one come to an order that is gone.
  broker.cancel(await submit(), venue.now() * 1000);
  await venue.run(broker.allGone());
  await venue.run(venue.pause(300));
  assert(cancels > 1, `${cancels} cancels`);
  assertEquals([failures, ended], [[], [1]]);
  // Filled just before, and no stream tells of it.
  const order = await submit();
  venue.hit(0, 1);
  broker.cancel(order, venue.now() * 1000);
  await venue.run(Promise.race([broker.allGone(), venue.pause(2000)]));
  assertEquals([failures, ended, broker.positionLots], [[], [1, 2], 1]);
  broker.close();
});

const step = fc.record({ what: fc.nat(3), wait: fc.nat(120), size: fc.integer({ min: 1, max: LARGEST }) });

Deno.test("whatever gets lost, late or doubled, in the end the books are the venue's and nothing is open", async () => {
  const seen = { orders: 0, twice: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      fc.array(step, { minLength: 5, maxLength: 40, size: "max" }),
      async (seed, steps) => {
        const { orders, twice } = await play(seed, steps);
        seen.orders += orders;
        seen.twice += twice;
      },
    ),
    { numRuns: 300 },
  );
  console.log(`${seen.orders} orders at the venue, ${seen.twice} of them sent twice by the network`);
  assert(seen.twice > 0);
});

Deno.test("what is asked of a broker that is closed is not sent", async () => {
  const venue = createModelVenue((below) => below - 1);
  venue.heal();
  const broker = openBroker(venue);
  broker.close();
  const order = broker.take(SELL, 1, venue.now() * 1000, 1);
  await venue.run(venue.pause(100));
  assertEquals([venue.orders, broker.working, order.leavesLots], [[], [], 0]);
});

Deno.test("whoever waits for the answers to quotes by hand is let go when nothing will be answered any more", async () => {
  const venue = createModelVenue((below) => below - 1);
  const broker = openBroker(venue, {
    requests: { ...venue.requests, place: () => new Promise(() => {}) },
  });
  const quotes = createStandaloneQuotes({
    broker,
    config: validate({}),
    market: MARKET,
    now: () => venue.now() * 1000,
    opening: undefined,
  });
  const standing = quotes.sync({ price: 100, qty: 0.001 }, undefined);
  broker.close();
  quotes.end();
  assertEquals([(await standing).bid?.state, (await standing).ask], ["sent", undefined]);
});

Deno.test("many orders whose cancels are not answered stay within the venue's limit of requests", async () => {
  const venue = createModelVenue((below) => below - 1);
  let asked = 0;
  const silent = async () => {
    asked++;
    await venue.pause(1000);
    return { kind: "silence", reason: "no answer" } as const;
  };
  const broker = openBroker(venue, { requests: { ...venue.requests, cancel: silent, query: silent } });
  for (let i = 0; i < 100; i++) {
    broker.see([{ ...LEFT, orderId: String(i), clientId: `mb-0-${i}` }]);
  }
  // The first cancel of each is sent at once, and a few more soon.
  await venue.run(venue.pause(20_000));
  asked = 0;
  await venue.run(venue.pause(60_000));
  assert(asked < 6000, `${asked} requests`);
  broker.close();
});

Deno.test("an order that is filled in part is made smaller by what is left of it", async () => {
  const venue = createModelVenue((below) => below - 1);
  venue.heal();
  const asked: number[] = [];
  const broker = openBroker(venue, {
    requests: {
      ...venue.requests,
      reduce(_, lots) {
        asked.push(lots);
        return new Promise(() => {});
      },
    },
  });
  venue.listen(broker.see, broker.book);
  broker.attach(undefined, { accepted() {}, rejected() {}, cancelled() {}, filled() {} });
  const order = broker.submit(BUY, 100, 5, venue.now() * 1000, 1);
  await venue.run(venue.pause(10));
  venue.hit(0, 2);
  await venue.run(venue.pause(10));
  assertEquals([broker.reduce!(order, 2, 0), asked], [true, [4]]);
  broker.close();
});
