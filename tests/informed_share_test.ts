import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { createVpin } from "../lib/features.ts";
import { informedFromImbalance, informedShare, takerMoves } from "../lib/informed_share.ts";
import { regressMarkouts } from "../lib/markout_regression.ts";
import { createMarkouts } from "../lib/markouts.ts";
import { createRandom } from "../lib/random.ts";
import { BUY, LEVEL, type Tape, TRADE } from "../lib/tape.ts";
import { checkTape } from "../lib/tape_check.ts";
import { tapeMids } from "../lib/tape_mids.ts";
import { worldTape } from "testnet/engine/synthetic_tape.ts";

// The long version, three days and the acceptance criteria: bench/glosten_milgrom.ts.

const thin = { seconds: 1500, dealers: 1, levels: 3 };

/** What the strategy's own estimators see: tau before each taker, and the markout ten seconds later. */
function markouts(tape: Tape, horizonUs: number) {
  const found: { ts: number; adverseSelection: number; tau: number }[] = [];
  const vpin = createVpin({ bucketVolume: 0.4, buckets: 50, minBuckets: 10 });
  const waiting = createMarkouts({
    horizonUs,
    deliver: (adverseSelection, tau, ts) => void found.push({ adverseSelection, tau, ts }),
  });
  // The same with each taker's prints put together, as one coin is tossed for all of them: tau is the same, its floor is not.
  const takers = createVpin({ bucketVolume: 0.4, buckets: 50, minBuckets: 10 });
  let taker = { exchTs: NaN, side: 0, qty: 0 };
  const mids = tapeMids(tape);
  let at = 0, mid = mids[0]!.mid;
  const floors: number[] = [], taus: number[] = [];
  for (let i = 0; i < tape.length; i++) {
    if (tape.kind[i] !== TRADE) continue;
    const ts = tape.localTs[i]!;
    // A book at the moment of a print is what the print left: it comes after.
    while (at < mids.length && mids[at]!.ts < ts) {
      waiting.advance(mids[at]!.ts, mid);
      mid = mids[at++]!.mid;
    }
    waiting.advance(ts, mid);
    if (vpin.tau !== undefined) {
      waiting.observe(ts, tape.exchTs[i]!, tape.side[i]!, mid, vpin.tau);
      taus.push(vpin.tau);
    }
    if (taker.exchTs === tape.exchTs[i] && taker.side === tape.side[i]) taker.qty += tape.qty[i]!;
    else {
      if (taker.qty > 0) takers.update(taker.qty, taker.side === BUY ? "buy" : "sell");
      taker = { exchTs: tape.exchTs[i]!, side: tape.side[i]!, qty: tape.qty[i]! };
      if (takers.floor !== undefined) floors.push(takers.floor);
    }
    vpin.update(tape.qty[i]!, tape.side[i] === BUY ? "buy" : "sell");
  }
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  return { found, tau: mean(taus), floor: mean(floors) };
}

for (const [k, informed, seed] of [[5, 0.3, 1], [12, 0.6, 2], [4, 0.1, 3]] as const) {
  Deno.test(`a Glosten–Milgrom world with k = ${k} and mu = ${informed}: both are recovered within their errors`, () => {
    const tape = worldTape({ ...thin, k, informed, seed });
    const found = informedShare(takerMoves(tape))!;
    assertAlmostEquals(found.k, k, 4 * found.kError + 1e-9);
    assertAlmostEquals(found.informed, informed, 4 * found.informedError);
    assertAlmostEquals(found.halfSpread, k * informed, 4 * found.halfSpreadError);
    // Independent signs: the error is that of a correlation, up to what a sample of errors scatters by.
    assertAlmostEquals(found.informedError / Math.sqrt((1 - informed ** 2) / found.takers), 1, 0.45);

    // The strategy's k is stated for its tau, so that their product is the half-spread; tau alone is chance.
    const { found: seen, tau, floor } = markouts(tape, 10e6);
    const regression = regressMarkouts(seen, { horizonUs: 10e6 })!;
    const product = regression.k * tau;
    assertAlmostEquals(product, k * informed, 4 * regression.kError * tau, "k·tau");
    // |I| of a bucket scatters by three quarters of its mean; some seventy buckets are seen.
    assert(Math.abs(tau / floor - 1) < 4 * 0.75 / Math.sqrt(70), `tau ${tau}, floor ${floor}`);
  });
}

Deno.test("the world's tape is a sound recording: no gap, no crossed book, no disorder", () => {
  const tape = worldTape({ seconds: 200 });
  const report = checkTape(tape);
  assertEquals([report.unmarked, tapeMids(tape).length > 100], [[], true]);
  assert(tape.kind.includes(LEVEL) && tape.kind.includes(TRADE));
  assertEquals(worldTape({ seconds: 50, seed: 4 }), worldTape({ seconds: 50, seed: 4 }));
});

Deno.test("imbalance tells mu where information lasts a bucket, and says nothing where flow is a coin", () => {
  const random = createRandom(5);
  const N = 40;
  const bucket = (mu: number) => {
    const value = random.sign();
    let sum = 0;
    for (let i = 0; i < N; i++) sum += random.uniform() < mu ? value : random.sign();
    return Math.abs(sum) / N;
  };
  for (const mu of [0.2, 0.5, 0.9]) {
    const found = informedFromImbalance(Array.from({ length: 1000 }, () => bucket(mu)), N)!;
    assertAlmostEquals(found.informed!, mu, 4 * found.informedError!);
  }
  const none = informedFromImbalance(Array.from({ length: 1000 }, () => bucket(0)), N)!;
  assertAlmostEquals(none.squared, 0, 4 * none.squaredError);
  assertEquals(informedFromImbalance([0.5], N), undefined);
  assertThrows(() => informedFromImbalance([], 1), RangeError, "prints = 1");
});

Deno.test("informedShare() of too few takers, or of a mid that stands still, is unknown", () => {
  const still = Array.from({ length: 1000 }, (_, ts) => ({ ts, sign: 1, move: 0 }));
  assertEquals([informedShare([]), informedShare(still)], [undefined, undefined]);
});
