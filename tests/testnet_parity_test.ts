import { assert, assertEquals } from "@std/assert";
import { createBook } from "makerbook/book.ts";
import type { FillModel } from "makerbook/fills.ts";
import { createPaperBroker, type PaperOrder } from "makerbook/paper.ts";
import { createRandom } from "makerbook/random.ts";
import { BUY, SELL } from "makerbook/tape.ts";
import { createMarket } from "testnet/market.ts";
import { createTrading } from "testnet/private/trading.ts";
import { openSource } from "testnet/source.ts";
import { symbolInfo } from "testnet/symbols.ts";
import { loadTape } from "testnet/tape.ts";
import { TAPE } from "./testnet_client.ts";

const tape = await loadTape(await openSource(TAPE));
const TICK = 0.01;
const ONE = 100_000_000n;
const ticksOf = (price: string) => Math.round(Number(price) / TICK);

const byTime = (a: string, b: string) => {
  const [timeA, timeB] = [a, b].map((row) => row.split(" @ ")[1]!);
  return timeA === timeB ? parseInt(a) - parseInt(b) : timeA! < timeB! ? -1 : 1;
};

/** Fills as `order: lots @ time`, of the testnet and of the simulated broker, for the same orders at the same moments. */
function play(model: FillModel, seed: number) {
  const market = createMarket(tape);
  const venue: string[] = [];
  const trading = createTrading(market, symbolInfo(tape), { fills: model }, {
    tell(event) {
      if (event.type !== "execution" || event.trade === undefined) return;
      venue.push(`${event.order.orderId}: ${event.trade.qty / 1000n} @ ${event.ts}`);
    },
    flush() {},
  });
  const book = createBook();
  const paper: string[] = [];
  const rules = { tickSize: TICK, lotSize: 0.00001 };
  const options = { rules, quote: "USDT", model, entryLatencyUs: 0, responseLatencyUs: 0, makerFee: 0 };
  const broker = createPaperBroker(book, options, {
    accepted() {},
    rejected() {},
    cancelled() {},
    filled: (fill, order) => void paper.push(`${order.id}: ${fill.lots} @ ${fill.exchTs}`),
  });
  const random = createRandom(seed);
  let next = tape.startTs + 60e6;
  const latest = new Map<number, PaperOrder>();
  let accepted = 0;
  const place = (side: 1 | -1, ts: number) => {
    // At the touch, inside the spread or a few ticks behind.
    const depth = random.integer(30) - 2;
    const ticks = side === BUY
      ? Math.min(book.bestBid - depth, book.bestAsk - 1)
      : Math.max(book.bestAsk + depth, book.bestBid + 1);
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
    broker.advance(event.ts);
    const update = market.apply(event);
    trading.event(event, update);
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
      broker.settle(event.ts);
    } else if (event.trade !== undefined) {
      const { price, qty, buyerMaker } = tape.trades;
      const aggressor = buyerMaker[event.trade] === 1 ? SELL : BUY;
      const ticks = Number(price[event.trade] as bigint) / 1e6;
      broker.trade(event.ts, aggressor, ticks, Number(qty[event.trade] as bigint) / 1e8);
    }
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
