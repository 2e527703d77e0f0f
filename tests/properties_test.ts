import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { createEwmaVolatility, createVpin, parkinson, updateSigma, type VpinOptions } from "../lib/features.ts";
import { calcMetrics, createLedger, cvar, probabilisticSharpe, sharpe } from "../lib/metrics.ts";
import { createK, createMarkouts, kappa } from "../lib/params.ts";
import type { Fill, Side } from "../lib/types.ts";

const side = fc.constantFrom<Side>("buy", "sell");
const qty = fc.double({ min: 1e-4, max: 20, noNaN: true });
const prints = fc.array(fc.tuple(qty, side), { minLength: 1, maxLength: 200 });
const options = fc.record({
  bucketVolume: fc.double({ min: 0.5, max: 20, noNaN: true }),
  buckets: fc.integer({ min: 1, max: 12 }),
});

function vpinOf(list: readonly (readonly [number, Side])[], o: VpinOptions) {
  const vpin = createVpin({ minBuckets: 1, ...o });
  for (const [q, s] of list) vpin.update(q, s);
  return vpin;
}

/** The definition, slowly: volume in small equal pieces, cut into buckets. */
function vpinByDefinition(list: readonly (readonly [number, Side])[], bucketVolume: number, buckets: number) {
  const imbalances: number[] = [];
  let filled = 0, net = 0;
  for (const [q, s] of list) {
    for (let rest = q; rest > 0;) {
      const piece = Math.min(rest, bucketVolume - filled);
      filled += piece;
      net += s === "buy" ? piece : -piece;
      rest -= piece;
      if (filled < bucketVolume) break;
      imbalances.push(Math.abs(net));
      filled = net = 0;
    }
  }
  const last = imbalances.slice(-buckets);
  return last.length === 0 ? undefined : last.reduce((a, b) => a + b) / (last.length * bucketVolume);
}

Deno.test("VPIN: always within [0, 1], and so is its floor", () => {
  fc.assert(fc.property(prints, options, (list, o) => {
    const { tau, floor, complete } = vpinOf(list, o);
    assertEquals(tau === undefined, complete === 0);
    assert(tau === undefined || (tau >= 0 && tau <= 1 && floor! >= 0 && floor! <= 1));
  }));
});

Deno.test("VPIN: is the definition", () => {
  // Multiples of 1/64, where the slow version makes no rounding errors either.
  const dyadic = fc.array(fc.tuple(fc.integer({ min: 1, max: 1_000 }).map((n) => n / 64), side), { maxLength: 100 });
  fc.assert(
    fc.property(dyadic, fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 9 }), (list, volume, buckets) => {
      const expected = vpinByDefinition(list, volume / 64, buckets);
      const { tau } = vpinOf(list, { bucketVolume: volume / 64, buckets });
      if (expected === undefined) assertEquals(tau, undefined);
      else assertAlmostEquals(tau!, expected, 1e-12);
    }),
  );
});

Deno.test("VPIN: splitting a print changes nothing", () => {
  fc.assert(fc.property(prints, options, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (list, o, share) => {
    const split = list.flatMap(([q, s]) => [[q * share, s], [q * (1 - share), s]] as [number, Side][]);
    const whole = vpinOf(list, o), parts = vpinOf(split, o);
    // A bucket that is full to within rounding may close one print earlier or later.
    fc.pre(whole.complete === parts.complete);
    if (whole.tau !== undefined) assertAlmostEquals(parts.tau!, whole.tau, 1e-7);
  }));
});

Deno.test("VPIN: the unit of volume does not matter", () => {
  fc.assert(fc.property(prints, options, (list, o) => {
    const doubled = vpinOf(list.map(([q, s]) => [2 * q, s]), { ...o, bucketVolume: 2 * o.bucketVolume });
    assertEquals(doubled.tau, vpinOf(list, o).tau);
  }));
});

Deno.test("VPIN: exchanging buyers and sellers changes nothing", () => {
  fc.assert(fc.property(prints, options, (list, o) => {
    assertEquals(vpinOf(list.map(([q, s]) => [q, s === "buy" ? "sell" : "buy"]), o).tau, vpinOf(list, o).tau);
  }));
});

const steps = fc.array(
  fc.record({ dt: fc.integer({ min: 0, max: 5_000_000 }), move: fc.double({ min: -0.01, max: 0.01, noNaN: true }) }),
  { minLength: 1, maxLength: 60 },
);

function midsOf(list: readonly { dt: number; move: number }[]) {
  let ts = 0, mid = 100;
  return list.map(({ dt, move }) => ({ ts: ts += dt, mid: mid *= Math.exp(move) }));
}

Deno.test("sigma: the price level does not matter, and the time unit enters as a square root", () => {
  fc.assert(fc.property(steps, (list) => {
    const mids = midsOf(list);
    const sigma = updateSigma(mids, { halfLifeSeconds: 300 });
    const higher = updateSigma(mids.map(({ ts, mid }) => ({ ts, mid: 3 * mid })), { halfLifeSeconds: 300 });
    const slower = updateSigma(mids.map(({ ts, mid }) => ({ ts: 4 * ts, mid })), { halfLifeSeconds: 1_200 });
    if (sigma === undefined) return assertEquals(higher, undefined);
    assertAlmostEquals(higher!, sigma, 1e-12 + 1e-9 * sigma);
    assertAlmostEquals(slower! * 2, sigma, 1e-12 + 1e-9 * sigma);
  }));
});

Deno.test("sigma: the EWMA is the weighted mean that its definition says", () => {
  fc.assert(fc.property(steps, (list) => {
    const mids = midsOf(list).filter(({ ts }, i, all) => ts !== all[i + 1]?.ts);
    let v = 0, weights = 1;
    for (let i = 1; i < mids.length; i++) {
      const dt = (mids[i]!.ts - mids[i - 1]!.ts) / 1e6;
      const w = Math.exp(-dt * Math.LN2 / 30);
      v = w * v + (1 - w) * Math.log(mids[i]!.mid / mids[i - 1]!.mid) ** 2 / dt;
      weights *= w;
    }
    const sigma = updateSigma(mids, { halfLifeSeconds: 30 });
    if (mids.length < 2) return assertEquals(sigma, undefined);
    const expected = Math.sqrt(v / (1 - weights));
    assertAlmostEquals(sigma!, expected, 1e-9 * expected + 1e-15);
  }));
});

Deno.test("sigma: on a grid, mids between its points do not matter", () => {
  fc.assert(fc.property(steps, (list) => {
    const mids = midsOf(list);
    const dense = createEwmaVolatility({ halfLifeSeconds: 30, sampleSeconds: 1 });
    const sparse = createEwmaVolatility({ halfLifeSeconds: 30, sampleSeconds: 1 });
    mids.forEach(({ ts, mid }, i) => {
      dense.update(ts, mid);
      // Only the last mid at or before a point is needed, and the last of all.
      const next = mids[i + 1];
      const from = mids[0]!.ts === ts;
      if (from || next === undefined || Math.ceil(ts / 1e6) !== Math.ceil(next.ts / 1e6)) sparse.update(ts, mid);
    });
    assertEquals(dense.samples, sparse.samples);
    if (dense.sigma === undefined) assertEquals(sparse.sigma, undefined);
    else assertAlmostEquals(dense.sigma, sparse.sigma!, 1e-15);
  }));
});

Deno.test("Parkinson: the order of the bars and the price level do not matter", () => {
  const bar = fc.record({
    low: fc.double({ min: 1, max: 100, noNaN: true }),
    range: fc.double({ min: 0, max: 0.1, noNaN: true }),
  })
    .map(({ low, range }) => ({ low, high: low * Math.exp(range) }));
  fc.assert(fc.property(fc.array(bar, { minLength: 1, maxLength: 30 }), (bars) => {
    const sigma = parkinson(bars, 60)!;
    assertAlmostEquals(parkinson([...bars].reverse(), 60)!, sigma, 1e-12);
    assertAlmostEquals(parkinson(bars.map(({ low, high }) => ({ low: 7 * low, high: 7 * high })), 60)!, sigma, 1e-12);
  }));
});

Deno.test("kappa: is linear in gamma and delta, quadratic in price volatility", () => {
  const positive = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
  fc.assert(fc.property(positive, positive, positive, fc.integer({ min: 1, max: 50 }), (gamma, sigma, delta, n) => {
    const slope = kappa({ gamma, sigma, delta, n });
    assertAlmostEquals(kappa({ gamma: 2 * gamma, sigma, delta, n }) / slope, 2, 1e-12);
    assertAlmostEquals(kappa({ gamma, sigma, delta: 3 * delta, n }) / slope, 3, 1e-12);
    assertAlmostEquals(kappa({ gamma, sigma: 3 * sigma, delta, n }) / slope, 9, 1e-12);
  }));
});

const markout = fc.record({
  slip: fc.double({ min: -5, max: 5, noNaN: true }),
  tau: fc.double({ min: 0, max: 1, noNaN: true }),
});

Deno.test("k: the recursion is weighted least squares with a prior, to 1e-12 of its terms", () => {
  const lambda = fc.double({ min: 0.9, max: 1, noNaN: true });
  fc.assert(fc.property(fc.array(markout, { minLength: 1, maxLength: 300 }), lambda, (list, forgetting) => {
    const [k0, p0] = [1, 10];
    const k = createK({ lambda: forgetting, k0, p0 });
    let information = 1 / p0, score = k0 / p0, size = k0 / p0;
    for (const { slip, tau } of list) {
      k.update(slip, tau);
      information = forgetting * information + tau * tau;
      score = forgetting * score + tau * slip;
      size = forgetting * size + Math.abs(tau * slip);
    }
    assertAlmostEquals(k.raw, score / information, 1e-12 * (1 + size / information));
  }));
});

Deno.test("k: clamped is never below its floor, and equals raw above it", () => {
  fc.assert(fc.property(fc.array(markout), fc.double({ min: -1, max: 2, noNaN: true }), (list, kMin) => {
    const k = createK({ lambda: 0.99, k0: 0.5, p0: 100, kMin });
    for (const { slip, tau } of list) assertEquals(k.update(slip, tau), Math.max(k.raw, kMin));
  }));
});

const tradeTape = fc.array(
  fc.record({
    dt: fc.integer({ min: 0, max: 40 }),
    move: fc.integer({ min: -3, max: 3 }),
    sign: fc.constantFrom(1, -1),
    tau: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { minLength: 1, maxLength: 80 },
);

/** Trades and moves of the mid alternate; returns what was delivered, and when. */
function deliveries(tape: readonly { dt: number; move: number; sign: number; tau: number }[], horizonUs: number) {
  const got: { at: number; ts: number; adverseSelection: number; tau: number }[] = [];
  let now = 0, mid = 1_000;
  const markouts = createMarkouts({
    horizonUs,
    deliver: (adverseSelection, tau, ts) => got.push({ at: now, ts, adverseSelection, tau }),
  });
  for (const { dt, move, sign, tau } of tape) {
    now += dt;
    markouts.advance(now, mid);
    markouts.observe(now, now, sign, mid, tau);
    mid += move;
  }
  return got;
}

Deno.test("markouts: cutting the future off changes nothing that was delivered before", () => {
  fc.assert(fc.property(tradeTape, fc.integer({ min: 1, max: 100 }), fc.nat(79), (tape, horizonUs, cut) => {
    const until = tape.slice(0, cut);
    const now = until.reduce((sum, { dt }) => sum + dt, 0);
    // What comes at the very moment of the cut but after it belongs to the future.
    const known = deliveries(until, horizonUs);
    assertEquals(deliveries(tape, horizonUs).filter(({ at }) => at <= now).slice(0, known.length), known);
    assert(deliveries(tape, horizonUs).slice(known.length).every(({ at }) => at >= now));
  }));
});

Deno.test("markouts: are the definition, d·(m(t+h) − m(t)), and never early", () => {
  fc.assert(fc.property(tradeTape, fc.integer({ min: 1, max: 100 }), (tape, horizonUs) => {
    const events: { ts: number; mid: number; sign: number }[] = []; // the mid before each event
    let ts = 0, mid = 1_000;
    for (const { dt, move, sign } of tape) {
      events.push({ ts: ts += dt, mid, sign });
      mid += move;
    }
    for (const got of deliveries(tape, horizonUs)) {
      assert(got.at >= got.ts + horizonUs);
      const later = events.find((e) => e.ts >= got.ts + horizonUs)!;
      const candidates = events.filter((e) => e.ts === got.ts).map((e) => e.sign * (later.mid - e.mid));
      assert(candidates.includes(got.adverseSelection));
    }
  }));
});

const events = fc.array(
  fc.oneof(
    fc.record({ mid: fc.integer({ min: 1, max: 20_000_000 }) }),
    fc.record({
      side,
      priceTicks: fc.integer({ min: 1, max: 10_000_000 }),
      lots: fc.integer({ min: 1, max: 100_000 }),
      fee: fc.double({ min: -10, max: 10, noNaN: true }),
    }),
    fc.constant("mark" as const),
  ),
  { minLength: 1, maxLength: 200 },
);

Deno.test("ledger: equity is spread captured + inventory − fees, to 1e-9, whatever happens in whatever order", () => {
  const grids = fc.constantFrom([0.01, 0.00001], [0.1, 1], [0.00000001, 1000], [0.05, 0.001], [5, 0.01]);
  fc.assert(fc.property(events, grids, (list, [tickSize, lotSize]) => {
    const ledger = createLedger({ tickSize: tickSize!, lotSize: lotSize! });
    const fills: Fill[] = [];
    let halfTicks = 200_000, now = 0, cash = 0, position = 0, fees = 0, gross = 1;
    ledger.mid(halfTicks / 2, now);
    for (const event of list) {
      now += 1e6;
      if (event === "mark") ledger.mark(now);
      else if ("mid" in event) ledger.mid((halfTicks = event.mid) / 2, now);
      else {
        const [price, size] = [event.priceTicks * tickSize!, event.lots * lotSize!];
        const mid = halfTicks / 2 * tickSize!;
        const made: Fill = {
          ...{
            type: "fill",
            id: `${now}`,
            orderId: "1",
            liquidity: "maker",
            feeCurrency: "USDT",
            spread: 1,
            quoteId: 1,
          },
          ...{ ...event, price, qty: size, mid, exchTs: now, localTs: now },
        };
        fills.push(made);
        ledger.fill(made);
        cash += event.side === "buy" ? -price * size : price * size;
        position += event.side === "buy" ? size : -size;
        fees += event.fee;
        gross += price * size;
      }
    }
    const { final, identityError } = ledger.path();
    gross += Math.abs(position) * final!.mid;
    assertEquals(Math.abs(identityError), 0);
    // In decimals, up to the rounding of the parts, which can be far larger than their sum.
    const { equity, spreadCaptured, inventoryPnl } = final!;
    const parts = Math.abs(spreadCaptured) + Math.abs(inventoryPnl) + Math.abs(final!.fees);
    assertAlmostEquals(equity, spreadCaptured + inventoryPnl - final!.fees, 1e-9 + 1e-15 * (parts + gross));
    assertAlmostEquals(final!.equity, cash + position * halfTicks / 2 * tickSize! - fees, 1e-11 * gross);
    const metrics = calcMetrics(fills, ledger.path(), {
      config: { risk: { q_max: 1 }, session: { metrics_interval: 60 }, model: { markout_horizon: 5 } },
    });
    assertEquals(metrics.pnl.net, final!.equity);
  }));
});

Deno.test("CVaR: lies between the mean and the maximum, grows with the level, and moves with the losses", () => {
  const losses = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 60 });
  const level = fc.double({ min: 0, max: 0.999, noNaN: true });
  fc.assert(fc.property(losses, level, level, (list, a, b) => {
    const [low, high] = [cvar(list, Math.min(a, b))!, cvar(list, Math.max(a, b))!];
    assert(low <= high + 1e-9);
    assert(cvar(list, 0)! <= low + 1e-9 && high <= Math.max(...list) + 1e-9);
    assertAlmostEquals(cvar(list.map((x) => 2 * x + 5), a)!, 2 * cvar(list, a)! + 5, 1e-8);
  }));
});

Deno.test("Sharpe: the unit of money does not matter, and its sign is that of the mean", () => {
  const list = fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 2, maxLength: 60 });
  fc.assert(fc.property(list, (returns) => {
    const ratio = sharpe(returns);
    if (ratio === undefined) return assert(returns.every((r) => r === returns[0]));
    assertAlmostEquals(sharpe(returns.map((r) => 1_000 * r))!, ratio, 1e-9);
    assertAlmostEquals(sharpe(returns.map((r) => -r))!, -ratio, 1e-9);
  }));
});

Deno.test("probabilistic Sharpe: a probability that grows with the ratio and falls with the benchmark", () => {
  const ratio = fc.double({ min: -0.5, max: 0.5, noNaN: true });
  fc.assert(fc.property(ratio, ratio, fc.integer({ min: 2, max: 10_000 }), (a, b, n) => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    const p = (benchmark: number) => probabilisticSharpe({ sharpe: a, n, benchmark });
    assert(p(low) >= 0 && p(low) <= 1 && p(low) >= p(high));
    assertAlmostEquals(p(a), 0.5, 1e-12);
  }));
});
