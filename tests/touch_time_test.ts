import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { runBacktest, runBracket } from "../lib/backtest.ts";
import { batchShare } from "../lib/batch_share.ts";
import { createBook } from "../lib/book.ts";
import { override, validate } from "../lib/schema.ts";
import { BUY, CLEAR, createTape, GAP, LAST, LEVEL, SELL, TRADE } from "../lib/tape.ts";
import { createTouchClock } from "../lib/touch_time.ts";
import { syntheticTape } from "./synthetic.ts";

const S = 1e6;

Deno.test("time at the touch counts each stretch by what stood at its beginning, and only while the book is known", () => {
  const book = createBook();
  const clock = createTouchClock();
  const order = (priceTicks: number, state = "resting") => ({ priceTicks, state });
  clock.look(0, book, order(99), order(101)); // no book yet: the next five seconds do not count
  book.set(BUY, 99, 1);
  book.set(SELL, 101, 1);
  clock.look(5 * S, book, order(99), order(102)); // bid at the touch, ask behind it: 2 s
  clock.look(7 * S, book, order(100), order(101)); // both, the bid better than the best: 1 s
  clock.look(8 * S, book, order(99, "sent"), undefined); // nothing at the venue: 1 s
  clock.look(9 * S, book, undefined, undefined);
  assertEquals(clock.share(), { bid: 0.75, ask: 0.25, both: 0.25, bidResting: 0.75, askResting: 0.75, seconds: 4 });
  assertEquals(createTouchClock().share(), undefined);
});

Deno.test("a market maker who joins the touch stands there most of the time, one who keeps away never does", () => {
  const tape = syntheticTape({ seed: 3, messages: 1500 });
  const at = (min_half_spread: number) => {
    const config = override(validate({}), {
      model: { vpin_bucket_mode: "volume", vpin_bucket_volume: 5, markout_horizon: 1, k_min_markouts: 10, gamma: 0.2 },
      quotes: { size: 0.5, min_half_spread, requote_ticks: 0, requote_interval: 0 },
      risk: { q_max: 300, hedge_at: 200, max_drawdown: 1e6 },
    });
    return runBracket(tape, config, ["through"])[0]!.touchTime!;
  };
  const near = at(0), far = at(0.2);
  assert(near.bid > 0.3 && near.ask > 0.3, `${near.bid} and ${near.ask}`);
  assertEquals([far.bid, far.ask], [0, 0]);
  assert(far.bidResting > 0.5 && near.bid <= near.bidResting && near.both <= Math.min(near.bid, near.ask));
});

Deno.test("batchShare() is the share of the time, and its error is no smaller than so many stretches allow", () => {
  const positions = (ts: number[], position: number[]) => ({
    positions: { ts: Float64Array.from(ts), position: Float64Array.from(position) },
    startTs: 0,
    endTs: 100 * S,
  });
  const below = (q: number) => Math.abs(q) < 1;
  const all = batchShare(positions([30 * S], [0.5]), below)!;
  assertEquals(all.share, 1);
  assertAlmostEquals(all.standardError, Math.sqrt(21 / 23) / 22, 1e-12);
  // At the cap for twenty of a hundred seconds: four stretches of twenty.
  const part = batchShare(positions([30 * S, 50 * S], [1, 0]), below)!;
  assertAlmostEquals(part.share, 0.8, 1e-12);
  assertAlmostEquals(part.standardError, Math.sqrt((16 * 0.04 + 4 * 0.64) / 19 / 20), 1e-12);
  assertEquals(batchShare({ ...positions([], []), endTs: 0 }, below), undefined);
});

Deno.test("a gap lasts until the book is told anew, and a run until its last row", () => {
  const market = { symbol: "ABC/USD", base: "ABC", quote: "USD", tickSize: 0.01, lotSize: 0.001, source: "a gap" };
  const tape = createTape(market);
  const start = 1_700_000_000 * S;
  const book = (second: number, bid: number, first = false) => {
    const ts = start + second * S;
    if (first) tape.row(CLEAR, 0, 0, ts, ts + 1, 0, 0);
    tape.row(LEVEL, BUY, 0, ts, ts + 1, bid, 1);
    tape.row(LEVEL, SELL, LAST, ts, ts + 1, bid + 2, 1);
  };
  book(0, 100, true);
  tape.row(GAP, 0, LAST, start + 10 * S, start + 10 * S + 1, 0, 0);
  // Better than the best of before: whether that is still there nobody knows.
  book(20, 101);
  book(60, 110, true);
  tape.row(TRADE, BUY, LAST, start + 100 * S, start + 100 * S + 1, 112, 1);
  const { metrics, touchTime } = runBacktest(tape.build(), validate({}));
  assertEquals(touchTime!.seconds, 10 + 40);
  assertEquals([...metrics.path.mids.mid], [1.01, 1.11]);
  assertEquals(metrics.seconds, 100);
});
