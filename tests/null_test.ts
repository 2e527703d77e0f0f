import { assert, assertEquals, assertGreater } from "@std/assert";
import fc from "fast-check";
import { runBacktest } from "../lib/backtest.ts";
import { informedShare, takerMoves } from "../lib/informed_share.ts";
import { markoutCurve } from "../lib/metrics.ts";
import { createRandom } from "../lib/random.ts";
import { override, validate } from "../lib/schema.ts";
import { ruleMaker } from "../lib/rule_maker.ts";
import { BUY, CLEAR, createTape, LAST, LEVEL, SELL, sliceTape, type Tape, TRADE } from "../lib/tape.ts";
import { worldTape } from "testnet/engine/synthetic_tape.ts";
import { syntheticTape } from "./synthetic.ts";

// A backtest that finds money here looks ahead. What touch and through fills earn and lose is in engine_test.ts.

const MODELS = ["touch", "through", "risk_averse", "power", "log"] as const;
const config = override(validate({}), {
  model: { vpin_bucket_mode: "volume", vpin_bucket_volume: 5, markout_horizon: 1, k_min_markouts: 10, gamma: 0.2 },
  quotes: { size: 0.5, requote_ticks: 0, requote_interval: 0 },
  risk: { q_max: 3, hedge_at: 2, max_drawdown: 1e6 },
  fees: { maker: 0 },
});
const START = 1_700_000_000_000_000;

/** Always at the touch, whatever is held: half a tick on each side of the mid. */
const touching = ruleMaker((mid) => [mid - 0.005, mid + 0.005]);

/** A maker of tapes with one tick of spread around a bid that is told. */
function touchTape(bid: number, tickSize = 0.01) {
  const info = { symbol: "ABC/USD", base: "ABC", quote: "USD", tickSize, lotSize: 0.001, source: "made for a test" };
  const tape = createTape(info);
  let shown: number | undefined;
  function book(ts: number, next: number) {
    if (shown === undefined) tape.row(CLEAR, 0, 0, ts, ts, 0, 0);
    const moved = shown ?? next;
    for (let i = 0; i < 20; i++) {
      if (moved > next) tape.row(LEVEL, BUY, 0, ts, ts, moved - i, moved - i > next ? 0 : 2);
      if (moved < next) tape.row(LEVEL, SELL, 0, ts, ts, moved + 1 + i, moved + 1 + i <= next ? 0 : 2);
    }
    for (let i = 0; i < 20; i++) {
      tape.row(LEVEL, BUY, 0, ts, ts, next - i, 2);
      tape.row(LEVEL, SELL, i === 19 ? LAST : 0, ts, ts, next + 1 + i, 2);
    }
    shown = next;
  }
  book(START, bid);
  return {
    book,
    /** A message without changes: time passes, and what the venue has answered is heard. */
    quiet: (ts: number) => tape.row(LEVEL, 0, LAST, ts, ts, 0, 0),
    trade: (ts: number, side: number, ticks: number, qty: number) => tape.row(TRADE, side, LAST, ts, ts, ticks, qty),
    build: tape.build,
  };
}

/** Prints come only when the mid moves three ticks, and only at prices beyond the touch they passed. */
function onlyThrough(seed: number, moves: number): Tape {
  const random = createRandom(seed);
  let bid = 10_000;
  const made = touchTape(bid);
  for (let i = 1; i <= moves; i++) {
    const ts = START + i * 200_000;
    const sign = random.sign();
    bid += 3 * sign;
    made.trade(ts, sign > 0 ? BUY : SELL, sign > 0 ? bid : bid + 1, 0.1 * (1 + random.integer(9)));
    made.book(ts, bid);
    made.quiet(ts + 60_000);
  }
  return made.build();
}

Deno.test("on data that only trades through, no fill model shows a profit", () => {
  for (let seed = 1; seed <= 2; seed++) {
    const tape = onlyThrough(seed, 900);
    for (const model of MODELS) {
      const settings = override(config, { fills: { model } });
      const { fills, metrics, attribution } = runBacktest(tape, settings, { maker: touching });
      assertGreater(fills.length, 100, model);
      assert(metrics.pnl.gross < 0, `${model}: gross ${metrics.pnl.gross}`);
      // Half a tick was captured, three were lost at once.
      const { spread, latency, adverseSelection } = attribution;
      assert(spread + latency + adverseSelection < 0, model);
    }
  }
});

Deno.test("a shuffled future: what informed takers know is in the order of the moves, and nowhere else", () => {
  const world = worldTape({ seconds: 1200, dealers: 1, levels: 3, k: 5, informed: 0.6, seed: 6 });
  const moves = takerMoves(world).map(({ ts, sign, move }) => ({ ts, sign, ticks: Math.round(move / 0.01) }));
  const shuffled = [...moves.map(({ ticks }) => ticks)];
  const random = createRandom(3);
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
  }
  /** The takers as they came, the mid as told: they trade at the touch, the mid moves behind them. */
  function play(ticks: readonly number[]): Tape {
    let bid = 6_000_000;
    const made = touchTape(bid);
    moves.forEach(({ ts, sign }, i) => {
      const at = START + (ts - moves[0]!.ts) + 1e6 + i;
      made.trade(at, sign, sign > 0 ? bid + 1 : bid, 1);
      bid += ticks[i]!;
      made.book(at, bid);
      if (i + 1 < moves.length && moves[i + 1]!.ts > ts + 40_000) made.quiet(at + 40_000);
    });
    return made.build();
  }
  const settings = override(config, { fills: { model: "touch" }, quotes: { requote_ticks: 0 } });
  const look = (ticks: readonly number[]) => {
    const tape = play(ticks);
    const run = runBacktest(tape, settings, { maker: touching });
    // What takers took; a book that jumps over our order fills it too, but nobody chose that moment.
    const signs = new Map<number, number>();
    for (let i = 0; i < tape.length; i++) if (tape.kind[i] === TRADE) signs.set(tape.exchTs[i]!, tape.side[i]!);
    const taken = run.fills.filter(({ exchTs, side }) => signs.get(exchTs) === (side === "buy" ? SELL : BUY));
    const [at] = markoutCurve(taken, run.metrics.path, [1]);
    return { informed: informedShare(takerMoves(tape))!, at: at! };
  };
  const known = look(moves.map(({ ticks }) => ticks)), blind = look(shuffled);
  assert(known.informed.informed > 0.6 - 4 * known.informed.informedError);
  assert(
    known.at.fills > 100 && known.at.perUnit! < -4 * known.at.standardError!,
    `${known.at.perUnit} in ${known.at.fills}`,
  );
  assert(Math.abs(blind.informed.informed) < 4 * blind.informed.informedError, `${blind.informed.informed}`);
  assert(blind.at.fills > 100 && Math.abs(blind.at.perUnit!) < 4 * blind.at.standardError!, `${blind.at.perUnit}`);
});

Deno.test("cutting off the future never changes the past: fills, equity and decisions, under every fill model", () => {
  const tape = syntheticTape({ seed: 8, messages: 1200, gaps: [700] });
  for (const model of MODELS) {
    const settings = override(config, { fills: { model }, session: { metrics_interval: 1 } });
    const whole = runBacktest(tape, settings, { keepQuotes: true });
    fc.assert(
      fc.property(fc.integer({ min: 100, max: tape.length }), (length) => {
        const part = runBacktest(sliceTape(tape, 0, length), settings, { keepQuotes: true });
        assertEquals(part.fills, whole.fills.slice(0, part.fills.length));
        assertEquals(part.quotes, whole.quotes.slice(0, part.quotes.length));
        const { ts, equity } = part.metrics.path.curve;
        assertEquals(ts, whole.metrics.path.curve.ts.slice(0, ts.length));
        assertEquals(equity, whole.metrics.path.curve.equity.slice(0, equity.length));
      }),
      { numRuns: 3 },
    );
  }
});
