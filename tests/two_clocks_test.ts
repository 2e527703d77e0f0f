import { assert, assertEquals, assertGreater, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { marketOf, runBacktest, startBacktest } from "../lib/backtest.ts";
import { createDesk } from "../lib/engine.ts";
import type { Metrics } from "../lib/metrics.ts";
import { type Config, override, validate } from "../lib/schema.ts";
import { createTape, LAST, playRow, sliceTape, type Tape, WARM } from "../lib/tape.ts";
import type { Fill, Quote } from "../lib/types.ts";
import { delayed } from "./delayed.ts";
import { QUICK, syntheticTape } from "./synthetic.ts";

const config: Config = override(validate({}), {
  ...QUICK,
  fees: { maker: 0 },
  fills: { feed_latency: 0.02, entry_latency: 0.03, cancel_latency: 0.02, response_latency: 0.025 },
});
const MODELS = ["touch", "through", "risk_averse", "power", "log"] as const;
const steady = syntheticTape({ seed: 5, messages: 1500, gaps: [600] });
const jumbled = delayed(steady, (ts) => 1000 + (ts * 7919) % 80_000);

/** Everything that a desk tells, from rows handed over by `drive`. */
function told(tape: Tape, settings: Config, drive: (desk: ReturnType<typeof createDesk>) => void) {
  const all: unknown[] = [];
  const note = (name: string) => (what: unknown) => void all.push([name, what]);
  const desk = createDesk(marketOf(tape), settings, {
    fill: (fill: Fill) => all.push(["fill", { ...fill }]),
    quote: (quote: Quote) => all.push(["quote", quote]),
    order: note("order"),
    risk: note("risk"),
    message: note("message"),
  });
  drive(desk);
  return { all, path: desk.ledger.path(), counts: desk.counts };
}

for (const [name, tape] of [["in order", steady], ["out of order", jumbled]] as const) {
  Deno.test(`property: many rows at a time ${name} do what each row does, wherever they are cut`, () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...MODELS),
        fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 4 }),
        (model, sizes) => {
          const settings = override(config, { fills: { model } });
          const one = told(tape, settings, (desk) => {
            for (let i = 0; i < tape.length; i++) playRow(tape, i, desk.row);
          });
          const many = told(tape, settings, (desk) => {
            for (let from = 0, n = 0; from < tape.length; n++) {
              const to = Math.min(tape.length, from + Math.max(50, sizes[n % sizes.length]!));
              desk.rows({ ...tape, from, to });
              from = to;
            }
          });
          assertGreater(one.counts.filled, 5);
          assertEquals(many, one);
        },
      ),
      { numRuns: 4 },
    );
  });
}

/** Without shares of orders that the venue has accepted: nobody has heard of the last ones yet. */
const known = ({ fillRatio: _, ...rest }: Metrics) => rest;

/** Another print before the first row, as from a back-fill. */
function warmed(tape: Tape): Tape {
  const builder = createTape(tape);
  const { exchTs, localTs, priceTicks } = tape;
  builder.row(WARM, 1, LAST, exchTs[0]! - 60e6, localTs[0]!, priceTicks[1]!, 1);
  for (let i = 0; i < tape.length; i++) playRow(tape, i, builder.row);
  return builder.build();
}

Deno.test("as long as no answer overtakes the market, the venue's own clock changes nothing: paper trading knows enough", () => {
  for (const model of MODELS) {
    const settings = override(config, { fills: { model } });
    const tape = warmed(steady);
    const arrival = runBacktest(tape, settings, { keepQuotes: true, keepOrders: true });
    const both = runBacktest(tape, settings, { keepQuotes: true, keepOrders: true, clocks: "both" });
    assertGreater(arrival.fills.length, 20);
    const { touchTime: _, counts, orders, ...heard } = both;
    // What nobody has heard yet is the venue's: there it is later by arrival.
    const { touchTime: __, counts: counted, orders: heardOf, ...expected } = arrival;
    assertEquals({ ...heard, metrics: known(heard.metrics) }, { ...expected, metrics: known(expected.metrics) });
    assertEquals(orders.slice(0, -2), heardOf.slice(0, -2));
    assertEquals([counts.sent, counts.filled, counts.lotsFilled], [counted.sent, counted.filled, counted.lotsFilled]);
  }
});

Deno.test("an answer that overtakes the market is heard before it with both clocks, and not before it by arrival", () => {
  const fast = override(config, { fills: { feed_latency: 0.08, response_latency: 0.001, model: "touch" } });
  const late = delayed(steady, () => 80_000);
  const [arrival, both] = [runBacktest(late, fast), runBacktest(late, fast, { clocks: "both" })];
  // By arrival a fill is heard with its print or later; with both clocks it need only be a message of the market in between.
  assert(arrival.fills.every((fill) => fill.localTs >= fill.exchTs + 80_000));
  const early = both.fills.filter((fill) => fill.localTs < fill.exchTs + 80_000);
  assertGreater(early.length, both.fills.length / 2);
  assert(both.fills.every((fill) => fill.localTs >= fill.exchTs + 1000));
});

Deno.test("rows that overtook each other are in order for the venue, and the fills do not depend on where the tape is cut", () => {
  const whole = runBacktest(jumbled, config, { clocks: "both" });
  assertNotEquals(whole.fillsHash, runBacktest(jumbled, config).fillsHash);
  for (const size of [997, 20_011]) {
    const run = startBacktest(jumbled, config, { clocks: "both" });
    for (let from = 0; from < jumbled.length; from += size) {
      run.push(sliceTape(jumbled, from, Math.min(from + size, jumbled.length)));
    }
    assertEquals(run.end(), whole);
  }
});

Deno.test("what was done by hand is done again before the same row, with both clocks too", () => {
  const row = Math.floor(steady.length / 2);
  const tape: Tape = { ...steady, controls: [{ row, control: { do: "pause" } }] };
  const [arrival, both] = [runBacktest(tape, config), runBacktest(tape, config, { clocks: "both" })];
  assertEquals(both.risk, arrival.risk);
  assertEquals(both.fillsHash, arrival.fillsHash);
  assert(both.risk.some(({ event, localTs }) => event === "control" && localTs <= steady.localTs[row]! + 20_000));
});
