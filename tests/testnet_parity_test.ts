import { assert, assertEquals } from "@std/assert";
import { createBook } from "makerbook/book.ts";
import { type FillModel, fillModel } from "makerbook/fills.ts";
import { createPaperBroker, type PaperOrder } from "makerbook/paper.ts";
import { createRandom } from "makerbook/random.ts";
import { BUY, SELL } from "makerbook/tape.ts";
import type { LatencyOptions } from "testnet/latency.ts";
import { createMarket } from "testnet/market.ts";
import { createTrading } from "testnet/private/trading.ts";
import { openSource } from "testnet/source.ts";
import { symbolInfo } from "testnet/symbols.ts";
import { loadTape, type TapeEvent } from "testnet/tape.ts";
import { connect, post, TAPE } from "./testnet_client.ts";
import { hmac, withTestnet } from "./testnet_private_client.ts";

const tape = await loadTape(await openSource(TAPE));
const TICK = 0.01;
const ONE = 100_000_000n;
const ticksOf = (price: string) => Math.round(Number(price) / TICK);

const byTime = (a: string, b: string) => {
  const [timeA, timeB] = [a, b].map((row) => row.split(" @ ")[1]!);
  return timeA === timeB ? parseInt(a) - parseInt(b) : timeA! < timeB! ? -1 : 1;
};

/** The simulated broker and its book on the default tape, and a recorded market beside it. */
function createPaper(model: FillModel, latency: LatencyOptions) {
  const market = createMarket(tape);
  const book = createBook();
  const fills: string[] = [];
  const told: string[] = [];
  const rules = { tickSize: TICK, lotSize: 0.00001 };
  const latencies = { entryLatencyUs: latency.entryUs, responseLatencyUs: latency.responseUs };
  const tell = (what: string) => (order: PaperOrder) => void told.push(`${order.id} ${what}`);
  const broker = createPaperBroker(book, { rules, quote: "USDT", model, ...latencies, makerFee: 0 }, {
    accepted: tell("NEW"),
    rejected: tell("REJECTED"),
    cancelled: tell("CANCELED"),
    filled: (fill, order) => void fills.push(`${order.id}: ${fill.lots} @ ${fill.exchTs}`),
  });
  return {
    market,
    book,
    broker,
    fills,
    told,
    /** The next event of the tape. `venue` is told of it too, when the market shows it. */
    event(event: TapeEvent, venue: (update: ReturnType<typeof market.apply>) => void = () => {}) {
      // Trades are dated by themselves, not by their message.
      const ts = event.trade === undefined ? event.ts : tape.trades.ts.at(event.trade) as number;
      broker.advance(ts);
      const update = market.apply(event);
      venue(update);
      if (update !== undefined) {
        for (const [sign, side] of [[BUY, "bids"], [SELL, "asks"]] as const) {
          const rows = side === "bids" ? update.b : update.a;
          for (const [price] of rows) {
            const qty = Number(market.book.quantity(side, Number(price)) ?? 0);
            const prev = book.set(sign, ticksOf(price), qty);
            if (prev !== qty) broker.level(sign, ticksOf(price), prev, qty);
          }
        }
        // The first diff brings the whole book.
        if (book.size(BUY) < 100) {
          for (const [price, qty] of market.book.levels("bids")) book.set(BUY, ticksOf(price), Number(qty));
          for (const [price, qty] of market.book.levels("asks")) book.set(SELL, ticksOf(price), Number(qty));
        }
        broker.settle(ts);
      } else if (event.trade !== undefined) {
        const { price, qty, buyerMaker } = tape.trades;
        const aggressor = buyerMaker.at(event.trade) === 1 ? SELL : BUY;
        const ticks = Number(price.at(event.trade) as bigint) / 1e6;
        broker.trade(ts, aggressor, ticks, Number(qty.at(event.trade) as bigint) / 1e8);
      }
    },
  };
}

/** Fills as `order: lots @ time`, of the testnet and of the simulated broker, for the same orders at the same moments. */
function play(model: FillModel, seed: number) {
  const { market, book, broker, fills: paper, event: happen } = createPaper(model, { entryUs: 0, responseUs: 0 });
  const venue: string[] = [];
  const trading = createTrading(market, symbolInfo(tape), { fills: model }, {
    tell(event) {
      if (event.type !== "execution" || event.trade === undefined) return;
      venue.push(`${event.order.orderId}: ${event.trade.qty / 1000n} @ ${event.ts}`);
    },
    flush() {},
  });
  const random = createRandom(seed);
  let next = tape.startTs + 60e6;
  const latest = new Map<number, PaperOrder>();
  let accepted = 0;
  const place = (side: 1 | -1, ts: number) => {
    // At the touch, inside the spread or a few ticks behind.
    const depth = random.integer(30) - 2;
    const other = latest.get(side === BUY ? SELL : BUY);
    // Nor does it take our own of the other side.
    const bound = other?.state === "resting" ? other.priceTicks - side : side * Infinity;
    const ticks = side === BUY
      ? Math.min(book.bestBid - depth, book.bestAsk - 1, bound)
      : Math.max(book.bestAsk + depth, book.bestBid + 1, bound);
    const lots = 100 + random.integer(3000);
    latest.set(side, broker.submit(side, ticks, lots, ts - 1, 0));
    // It arrives before the next event, as it does at the venue.
    broker.advance(ts);
    accepted++;
    const order = { type: "LIMIT_MAKER", price: BigInt(ticks) * (ONE / 100n), qty: BigInt(lots) * 1000n } as const;
    trading.tell(trading.engine.place(1, { side: side === BUY ? "BUY" : "SELL", ...order }, ts - 1).events);
  };
  const cancel = (order: PaperOrder, ts: number) => {
    broker.cancel(order, ts - 1);
    broker.advance(ts);
    trading.tell(trading.engine.cancel(1, { orderId: order.id }, ts - 1).events);
  };
  let last = 0;
  for (const event of tape.events) {
    // Between two moments: at one and the same, the exchange's events come before ours.
    if (event.ts >= next && event.ts > last && book.sound) {
      next = event.ts + 1e5 + random.integer(1e6);
      const side = random.sign();
      // One order a side, as the strategy has: two at one price would share what a trade reaches.
      const order = latest.get(side);
      if (order?.state !== "resting") place(side, event.ts);
      else if (event.ts - order.sentTs > 3e6) cancel(order, event.ts);
    }
    last = event.ts;
    happen(event, (update) => trading.event(event, update));
    broker.deliver(event.ts);
  }
  // Of several fills of one moment the broker tells the oldest order's first, the venue the best-priced one's.
  return { venue: venue.sort(byTime), paper: paper.sort(byTime), accepted };
}

Deno.test("the testnet fills resting orders exactly as the simulated broker does, under every fill model", () => {
  for (const model of ["riskAverse", "touch", "through", { power: 2 }, "log"] as const) {
    const { venue, paper, accepted } = play(model, 7);
    assert(accepted > 100 && paper.length > 50, `${JSON.stringify(model)}: ${accepted} orders, ${paper.length} fills`);
    assertEquals(venue, paper, JSON.stringify(model));
  }
});

const START = 60;
const SECONDS = 90;
/** How late the market's messages are with the client. */
const FEED_US = 4000;

/** The same orders, sent over REST to a testnet in lock-step and to the simulated broker, both with latencies. */
async function playLate(latency: LatencyOptions, seed: number) {
  const model = fillModel({ model: "risk_averse", power: 2 });
  const paper = createPaper(model, latency);
  const { book, broker } = paper;
  const outcomes: Promise<string>[] = [];
  const due: number[] = [];
  const left: number[] = [];
  let trades: string[] = [];
  await withTestnet({ start: START, latency }, async (testnet, { send, signed }) => {
    const market = await connect(`${testnet.ws}/ws/btcusdt@depth@100ms/btcusdt@trade`);
    const events = tape.events.filter(({ kind }) => kind === "depth" || kind === "trade");
    let cursor = events.findIndex(({ ts }) => ts > testnet.startTs);
    for (const event of events.slice(0, cursor)) paper.event(event);
    const random = createRandom(seed);
    const latest = new Map<number, PaperOrder>();
    let commands = 0;
    let next = testnet.startTs;
    const command = (method: string, order: PaperOrder, params: Record<string, string | number>) => {
      commands++;
      due.push(Number(params.timestamp) + latency.entryUs + latency.responseUs);
      const answer = signed(method, "order", { symbol: "BTCUSDT", ...params });
      outcomes.push(answer.then(({ body }) => `${order.id} ${body.code ?? body.status}`));
    };
    const decide = (now: number) => {
      const side = random.sign();
      const order = latest.get(side);
      if (order?.state === "sent") return;
      if (order?.state === "resting") {
        if (now - order.sentTs < 2e6) return;
        broker.cancel(order, now);
        return command("DELETE", order, { origClientOrderId: `o${order.id}`, timestamp: now });
      }
      // Some of them would take by the time they arrive.
      const ticks = side === BUY ? book.bestAsk - 1 - random.integer(3) : book.bestBid + 1 + random.integer(3);
      const lots = 100 + random.integer(3000);
      const placed = broker.submit(side, ticks, lots, now, 0);
      latest.set(side, placed);
      const type = { type: "LIMIT_MAKER", newOrderRespType: "RESULT", newClientOrderId: `o${placed.id}` };
      const amounts = { price: (ticks * TICK).toFixed(2), quantity: (lots / 1e5).toFixed(5) };
      command("POST", placed, { side: side === BUY ? "BUY" : "SELL", ...type, ...amounts, timestamp: now });
    };
    const end = testnet.startTs + SECONDS * 1e6;
    for (let now = testnet.startTs; now < end;) {
      const { sent, marketTs } = await testnet.step({ received: commands });
      now = marketTs;
      for (const departure of sent) {
        if ("answer" in departure) left.push(departure.ts);
        if (!("kind" in departure)) continue;
        const event = events[cursor++]!;
        assertEquals([departure.kind, departure.id, departure.ts], [event.kind, event.id, event.ts]);
        paper.event(event);
        broker.deliver(event.ts + FEED_US);
        if (event.ts < next || !book.sound) continue;
        next = event.ts + 2e4 + random.integer(4e5);
        decide(event.ts + FEED_US);
      }
    }
    // What is still on its way arrives.
    while ((await testnet.step({ limit: 1, received: commands })).pending > 0);
    const query = new URLSearchParams({ symbol: "BTCUSDT", limit: "1000", timestamp: String(Date.now()) }).toString();
    const headers = { "X-MBX-TIME-UNIT": "MICROSECOND" };

    const rows = (await send("GET", "myTrades", `${query}&signature=${hmac(query)}`, undefined, headers)).body;
    const all = (await signed("GET", "allOrders", { symbol: "BTCUSDT", limit: 1000 })).body;
    const idOf = new Map<number, string>(
      all.map((order: { orderId: number; clientOrderId: string }) => [order.orderId, order.clientOrderId.slice(1)]),
    );
    trades = rows
      .map((row: { orderId: number; qty: string; time: number }) => [
        idOf.get(row.orderId),
        Math.round(Number(row.qty) * 1e5),
        row.time,
      ])
      .filter(([, , time]: [string, number, number]) => time < end)
      .map(([id, lots, time]: [string, number, number]) => `${id}: ${lots} @ ${time}`);
    paper.fills.splice(0, Infinity, ...paper.fills.filter((row) => Number(row.split(" @ ")[1]) < end));
    await market.close();
  });
  // Whatever became of a command, its answer left when it was due.
  assertEquals(left, due.slice(0, left.length));
  return { venue: trades.sort(byTime), paper: paper.fills.sort(byTime), outcomes: await Promise.all(outcomes) };
}

/**
 * A trade that hit the best level and was told late, with nothing of the book told in between.
 *
 * @param isAlone what is told next had not happened by then
 */
function lateTrade(isAlone = false) {
  const market = createMarket(tape);
  let lastDepth = 0;
  /** Since the last depth message. */
  let trades = 0;
  for (const [place, event] of tape.events.entries()) {
    const next = tape.events[place + 1]!;
    const isMeant = !isAlone || (next.kind === "depth" && next.ts > event.ts);
    if (event.trade !== undefined && trades++ === 0 && event.ts > tape.startTs + 30e6 && isMeant) {
      const madeTs = tape.trades.ts.at(event.trade)!;
      const side = tape.trades.buyerMaker.at(event.trade) === 1 ? "BUY" : "SELL";
      const { bids: [bid], asks: [ask] } = market.book.top(1);
      const price = (side === "BUY" ? bid : ask)![0];
      const isThere = Number(tape.trades.price.at(event.trade)!) === Math.round(Number(price) * 1e8);
      if (isThere && event.ts - madeTs > 3000 && lastDepth < madeTs && lastDepth > madeTs - 95_000) {
        return { madeTs, toldTs: event.ts, lastDepth, side, price };
      }
    }
    if (event.kind === "depth") [lastDepth, trades] = [event.ts, 0];
    market.apply(event);
  }
  throw new Error("the tape has no such trade");
}

for (const latency of [{ entryUs: 1000, responseUs: 0 }, undefined]) {
  const how = latency ? "on its way in market time" : "acting at once";
  Deno.test(`a cancel, ${how}, comes too late for a trade that was made before it and told after it`, async () => {
    const { madeTs, toldTs, lastDepth, side, price } = lateTrade();
    const start = (lastDepth - tape.startTs) / 1e6;
    await withTestnet({ start, fills: "touch", latency }, async (testnet, client) => {
      const { signed } = client;
      const placed = { side, type: "LIMIT_MAKER", quantity: "0.001", price };
      const answer = await client.order({ ...placed, newClientOrderId: "mine", timestamp: lastDepth - 1000 });
      assertEquals(answer.status, 200);
      const cancelTs = madeTs + 1000;
      const step = async (limit: number) => (await testnet.step({ limit })).marketTs;
      let now = await step(0);
      for (let left = cancelTs - now; left > 0; left = cancelTs - now) now = await step(left / 1e6);
      assert(now < toldTs);
      const params = { symbol: "BTCUSDT", origClientOrderId: "mine", timestamp: cancelTs };
      const cancelled = signed("DELETE", "order", params);
      if (latency) await testnet.step({ received: 2, limit: 1 });
      assertEquals((await cancelled).body.code, -2011);
      const [trade] = (await signed("GET", "myTrades", { symbol: "BTCUSDT" })).body;
      assertEquals([trade?.time, Number(trade?.qty)], [madeTs / 1000, 0.001]);
    });
  });
}

Deno.test("a command does not overtake one of before that waits for a trade which is yet to be told", async () => {
  const { madeTs, toldTs, lastDepth, side, price } = lateTrade(true);
  const options = { start: (lastDepth - tape.startTs) / 1e6, latency: { entryUs: 0, responseUs: 0 } };
  await withTestnet(options, async (testnet, client) => {
    let { marketTs } = await testnet.step({ limit: 0 });
    const placeTs = madeTs + 1000;
    while (marketTs < placeTs) ({ marketTs } = await testnet.step({ limit: (placeTs - marketTs) / 1e6 }));
    assertEquals(marketTs, placeTs);
    const placed = { side, type: "LIMIT_MAKER", quantity: "0.001", price, newClientOrderId: "mine" };
    const answer = client.order({ ...placed, timestamp: placeTs });
    let way = await testnet.step({ until: "next", received: 1 });
    while (way.marketTs < toldTs) way = await testnet.step({ until: "next" });
    assertEquals(way.pending, 1);
    const cancelled = client.signed("DELETE", "order", {
      symbol: "BTCUSDT",
      origClientOrderId: "mine",
      timestamp: toldTs,
    });
    while (way.pending > 0 || way.received < 2) way = await testnet.step({ until: "next", received: 2 });
    assertEquals([(await answer).status, (await cancelled).body.status], [200, "CANCELED"]);
  });
});

Deno.test("with latencies in market time a client in lock-step has the fills of the simulated broker", async () => {
  const { venue, paper, outcomes } = await playLate({ entryUs: 400_000, responseUs: 150_000 }, 11);
  const count = (word: string) => outcomes.filter((outcome) => outcome.endsWith(word)).length;
  // Orders that were late for the spread, and cancels that were late for the fill, are what latency is about.
  assert(count("NEW") > 50 && count("-2010") > 0 && count("-2011") > 0, JSON.stringify(outcomes));
  assert(paper.length > 20, `${paper.length} fills`);
  assertEquals(venue, paper);
});

Deno.test("on a running market, too, an order acts when its time and the latency say, however fast the market is", async () => {
  const latency = { entryUs: 500_000, responseUs: 250_000 };
  await withTestnet({ latency, hold: false, speed: 10 }, async ({ rest }, { send }) => {
    const { serverTime } = await (await fetch(`${rest}/api/v3/time`)).json();
    const order = { symbol: "BTCUSDT", side: "BUY", type: "LIMIT_MAKER", quantity: "0.01", price: "50000.00" };
    const micro = { "X-MBX-TIME-UNIT": "MICROSECOND" };
    const place = (timestamp: number) => {
      const query = new URLSearchParams({ ...order, timestamp: String(timestamp) }).toString();
      return send("POST", "order", `${query}&signature=${hmac(query)}`, undefined, micro);
    };
    const sent = serverTime * 1000 + 123;
    const { body } = await place(sent);
    assertEquals(body.transactTime, sent + latency.entryUs);
    const { serverTime: now } = await (await fetch(`${rest}/api/v3/time`)).json();
    assert(now * 1000 + 999 >= body.transactTime + latency.responseUs, `${now} after ${body.transactTime}`);
    // Dated by the machine's clock, it acts so much after its arrival; nothing acts before it arrives.
    assert((await place(Date.now())).body.transactTime >= now * 1000 + latency.entryUs);
    assert((await place(now * 1000 - 1e6)).body.transactTime >= now * 1000);
  });
});

Deno.test("POST /testnet/step goes on until something is sent, one thing at a time, and only while the clock is held", async () => {
  const latency = { entryUs: 30_000, responseUs: 20_000 };
  await withTestnet({ tape: undefined, market: "empty", start: 0, latency }, async (testnet, client) => {
    const step = (body: unknown) => post(`${testnet.control}/step`, body);
    const timestamp = testnet.startTs + 1000;
    const answer = client.order({ side: "BUY", type: "LIMIT_MAKER", quantity: "0.01", price: "60000.00", timestamp });
    const way = await step({ until: "next", received: 1 });
    assertEquals([way.marketTs, way.sent, way.pending], [timestamp + 30_000, [], 1]);
    const back = await step({});
    const said = { answer: "POST /api/v3/order", status: 200, ts: timestamp + 50_000 };
    assertEquals([back.marketTs, back.sent, back.pending], [timestamp + 50_000, [said], 0]);
    assertEquals((await answer).status, 200);
    const idle = await step({ limit: 0.01 });
    assertEquals([idle.marketTs, idle.sent, idle.received], [timestamp + 60_000, [], 1]);
    assertEquals((await step({ until: "all" })).error, "step: until = all, must be sent or next");
    await post(`${testnet.control}/clock`, { held: false });
    assertEquals((await step({})).error, "step: the clock runs, must be held");
  });
});
