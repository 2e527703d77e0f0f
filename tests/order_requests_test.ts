import { assertEquals } from "@std/assert";
import type { Exchange } from "ccxt";
import type { Failure } from "../lib/order_answers.ts";
import { createOrderRequests } from "../lib/order_requests.ts";
import type { OwnTrade } from "../lib/own_trades.ts";
import { BUY } from "../lib/tape.ts";
import { createTradeBooking } from "../lib/trade_booking.ts";
import { createVenueLimits } from "../lib/venue_limits.ts";

const MARKET = { symbol: "B/Q", base: "B", quote: "Q", rules: { tickSize: 1, lotSize: 0.001 } };
const TIMEOUT_MS = 1000;

/** Requests through what little of ccxt they need here; timers go by `time`. */
async function withRequests(
  calls: Record<string, unknown>,
  use: (requests: ReturnType<typeof createOrderRequests>, pass: (ms: number) => void, spent: string[]) => Promise<void>,
) {
  const { setTimeout, clearTimeout } = globalThis;
  const timers = new Map<number, { at: number; go: () => void }>();
  let time = 0;
  let last = 0;
  const spent: string[] = [];
  Object.assign(globalThis, {
    setTimeout: (go: () => void, ms = 0) => (timers.set(++last, { at: time + ms, go }), last),
    clearTimeout: (id: number) => void timers.delete(id),
  });
  const pass = (ms: number) => {
    time += ms;
    for (const [id, { at, go }] of timers) if (at <= time && timers.delete(id)) go();
  };
  try {
    const requests = createOrderRequests({
      exchange: { id: "binance", options: {}, ...calls } as unknown as Exchange,
      market: MARKET,
      ...{ speed: 1, answerTimeoutMs: TIMEOUT_MS, recvWindowMs: 2000 },
      syncClock: () => Promise.resolve(),
      onSpent: (reason) => spent.push(reason),
      onLate: () => {},
    });
    await use(requests, pass, spent);
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout });
  }
}

Deno.test("trades of many pages may take longer than one answer may", async () => {
  let pass = (_: number) => {};
  const calls = {
    fetchMyTrades: (_: string, __: undefined, limit: number, { fromId }: { fromId: string }) => {
      pass(0.6 * TIMEOUT_MS);
      const length = Number(fromId) === 1 ? limit : 1;
      return Promise.resolve(Array.from({ length }, (_, i) => ({ id: String(Number(fromId) + i), info: {} })));
    },
  };
  await withRequests(calls, async (requests, passBy) => {
    pass = passBy;
    const found = await requests.tradesAfter("0", 0) as OwnTrade[];
    assertEquals([found.length, found.at(-1)?.id], [1001, "1001"]);
  });
});

Deno.test("an order without an answer says nothing of how many the venue counts, and names the key that gave it up", async () => {
  const calls = {
    last_response_headers: { "x-mbx-order-count-10s": "100" },
    request: () => Promise.resolve([{ interval: "SECOND", intervalNum: 10, limit: 100 }]),
    createOrder: () => new Promise(() => {}),
  };
  await withRequests(calls, async (requests, pass, spent) => {
    await requests.knowLimits();
    const placed = requests.place({ clientId: "mb-1", side: BUY, priceTicks: 100, lots: 1, sentMs: 0 });
    pass(TIMEOUT_MS);
    const { kind, reason } = await placed as Failure;
    assertEquals([kind, reason, spent], ["silence", "no answer within 1000 ms (orders.answer_timeout)", []]);
  });
});

/** A booking whose requests are answered as told. */
function openBooking(now: () => number, answer: () => readonly OwnTrade[] | Failure) {
  const asked: number[] = [];
  const limits = createVenueLimits();
  const wakes: (() => void)[] = [];
  const booking = createTradeBooking<string>({
    trades: { add: () => true, complete() {}, cursor: undefined, count: 0 },
    requests: {
      limits,
      tradesAfter: (_, sinceMs) => (asked.push(sinceMs), Promise.resolve(answer())),
      query: () => Promise.resolve({ kind: "silence", reason: "" }),
    },
    ownerOf: () => undefined,
    execute() {},
    foreign() {},
    claim: () => false,
    failure: (failure) => limits.note(failure, { "retry-after": "60" }, now()),
    pause: () => new Promise((resolve) => wakes.push(resolve)),
    isClosed: () => false,
    now,
  });
  return { booking, asked, wakes };
}

Deno.test("a venue that has had enough is not asked for trades before it said", async () => {
  let time = 0;
  const limited: Failure = { kind: "limited", reason: "too many requests", isOrderCount: false };
  const { booking, asked, wakes } = openBooking(() => time, () => limited);
  // One of an order that is not known: whose it is has to be asked, again and again.
  booking.book([{ id: "1", orderId: "7" } as OwnTrade]);
  for (let i = 0; i < 130; i++) {
    time += 500;
    while (wakes.length === 0) await Promise.resolve();
    wakes.shift()!();
  }
  assertEquals(asked.length, 2);
});

Deno.test("where trades are asked for by time, none is missed of an outage, however long", async () => {
  let time = 1e9;
  let found: readonly OwnTrade[] | Failure = [];
  const { booking, asked } = openBooking(() => time, () => found);
  await booking.poll();
  found = { kind: "silence", reason: "away" };
  for (let i = 0; i < 10; i++) {
    time += 60_000;
    await booking.poll();
  }
  found = [];
  await booking.poll();
  time += 60_000;
  await booking.poll();
  assertEquals([asked.at(-2), asked.at(-1)], [1e9 - 60_000, 1e9 + 540_000]);
});
