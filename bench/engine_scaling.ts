/**
 * What an event costs: by number of our resting orders, by depth of the book, by length of the tape, and how much is left to the garbage
 * collector. A book of the given depth whose mid wanders, prints at the touch; the rule quotes a grid, and where its orders follow the touch
 * its own walk over all of them, ten times a second, is in the figure.
 *
 * `deno run -A bench/engine_scaling.ts [MILLIONS]`: the longest tape, 100 million rows where not given. Rows are made a million at a time
 * and never kept.
 *
 * @module
 */

import process from "node:process";
import { median, quantile } from "simple-statistics";
import { createRandom } from "../lib/random.ts";
import { startRule } from "../lib/rule_backtest.ts";
import { marketOf } from "../lib/backtest.ts";
import type { OpenRule } from "../lib/rule.ts";
import { validate } from "../lib/schema.ts";
import { override } from "../lib/settings.ts";
import { BUY, CLEAR, createTape, LAST, LEVEL, SELL, type Tape, TRADE } from "../lib/tape.ts";
import { gridRule } from "./grid_rule.ts";

const longest = Number(Deno.args[0] ?? 100);
if (!(longest > 0)) {
  console.error("Usage: deno run -A bench/engine_scaling.ts [MILLIONS]");
  Deno.exit(2);
}
const PART = 1_000_000;
const config = override(validate({}), { fills: { model: "risk_averse" }, fees: { maker: 0 }, risk: { q_max: 1e9 } });

/** A market without end: parts of a million rows, a message of ten changes each 20 ms, a print after every second one. */
function market(depth: number) {
  const random = createRandom(1);
  let bid = 1_000_000;
  let ts = 1_700_000_000_000_000;
  let isFirst = true;
  return (): Tape => {
    const info = { symbol: "A/B", base: "A", quote: "B", tickSize: 0.01, lotSize: 0.001, source: "made" };
    const tape = createTape(info, PART + 2 * depth + 100);
    if (isFirst) {
      tape.row(CLEAR, 0, 0, ts, ts + 5000, 0, 0);
      for (let i = 0; i < depth; i++) {
        tape.row(LEVEL, BUY, 0, ts, ts + 5000, bid - i, 5);
        tape.row(LEVEL, SELL, i === depth - 1 ? LAST : 0, ts, ts + 5000, bid + 1 + i, 5);
      }
      isFirst = false;
    }
    while (tape.length < PART) {
      ts += 20_000;
      if (random.uniform() < 0.2) {
        const up = random.uniform() < 0.5;
        // The window of levels moves with the mid: one appears at each end, one goes.
        tape.row(LEVEL, BUY, 0, ts, ts + 5000, up ? bid + 1 : bid, up ? 5 : 0);
        tape.row(LEVEL, SELL, 0, ts, ts + 5000, up ? bid + 1 : bid, up ? 0 : 5);
        tape.row(LEVEL, BUY, 0, ts, ts + 5000, up ? bid - depth + 1 : bid - depth, up ? 0 : 5);
        tape.row(LEVEL, SELL, 0, ts, ts + 5000, up ? bid + depth + 1 : bid + depth, up ? 5 : 0);
        bid += up ? 1 : -1;
      }
      for (let i = 0; i < 10; i++) {
        const side = i < 5 ? BUY : SELL;
        const away = random.integer(depth);
        const price = side === BUY ? bid - away : bid + 1 + away;
        tape.row(LEVEL, side, i === 9 ? LAST : 0, ts, ts + 5000, price, 1 + random.integer(9));
      }
      if (random.uniform() < 0.5) {
        const side = random.uniform() < 0.5 ? BUY : SELL;
        const price = side === BUY ? bid + 1 : bid;
        tape.row(TRADE, side, LAST, ts + 10_000, ts + 15_000, price, (1 + random.integer(20)) / 10);
      }
    }
    return tape.build();
  };
}

interface Cost {
  readonly ns: number;
  readonly fills: number;
  readonly heapBytes: number;
}

/** CPU time an event, the collector's included, over the parts behind the first. */
function measure(rule: OpenRule, depth: number, millions: number): Cost {
  const next = market(depth);
  const first = next();
  const run = startRule(marketOf(first), rule, config);
  run.push(first);
  let [cpu, rows, heap] = [0, 0, 0];
  for (let n = 1; n < millions + 1; n++) {
    const part = next();
    const before = process.cpuUsage();
    const used = Deno.memoryUsage().heapUsed;
    run.push(part);
    // A collection in between makes less of it: only what grew is counted.
    heap += Math.max(0, Deno.memoryUsage().heapUsed - used);
    const { user, system } = process.cpuUsage(before);
    cpu += user + system;
    rows += part.length;
  }
  return { ns: cpu * 1000 / rows, fills: run.end().fills.length, heapBytes: heap / rows };
}

/**
 * Whether an event costs more the more came before it. The machine's own pace changes within minutes, so each of these measurements of the
 * long tape is paired with one of a tape that has just begun, right before or after it; both have warmed the caches with a million rows.
 */
function ageing(rule: OpenRule, depth: number, millions: number) {
  const begin = () => {
    const next = market(depth);
    const first = next();
    const run = startRule(marketOf(first), rule, config);
    run.push(first);
    return { next, run };
  };
  const prepare = ({ next, run }: ReturnType<typeof begin>) => {
    const [warm, part] = [next(), next()];
    return () => {
      run.push(warm);
      const before = process.cpuUsage();
      run.push(part);
      const { user, system } = process.cpuUsage(before);
      return (user + system) * 1000 / part.length;
    };
  };
  const long = begin();
  const pairs: { old: number; young: number }[] = [];
  for (let passed = 1; passed < millions; passed += 2) {
    const [onLong, onNew] = [prepare(long), prepare(begin())];
    if (passed % 4 === 1) pairs.push({ old: onLong(), young: onNew() });
    else {
      const young = onNew();
      pairs.push({ old: onLong(), young });
    }
    if (Deno.stdout.isTerminal()) {
      Deno.stdout.writeSync(new TextEncoder().encode(`\r${passed} of ${millions} million rows`));
    }
  }
  console.log(`\n${"million rows before".padEnd(44)} ns/event   of a new tape   ratio: median of the pairs, quartiles`);
  const quarter = Math.ceil(pairs.length / 4);
  for (let from = 0; from < pairs.length; from += quarter) {
    const span = pairs.slice(from, from + quarter);
    const ratios = span.map(({ old, young }) => old / young);
    const at = (q: number) => quantile(ratios, q).toFixed(2);
    console.log(
      `${`${2 * from + 2} to ${2 * (from + span.length)}`.padEnd(44)} ${
        median(span.map((p) => p.old)).toFixed(1).padStart(8)
      } ${median(span.map((p) => p.young)).toFixed(1).padStart(15)}   ${at(0.5)} (${at(0.25)} to ${at(0.75)})`,
    );
  }
}

/** `count` orders, half a side, a tick apart, that follow the touch and are left where they are otherwise. */
const resting = (count: number) =>
  gridRule({
    stepUs: 100_000,
    half: 2,
    skew: 0,
    lots: 100,
    cap: 1e12,
    levels: Math.max(1, Math.ceil(count / 2)),
    spacing: 1,
  });
/** Places its orders once and lets them rest, far from the touch: what the rows alone cost. */
const still = (count: number): OpenRule => ({ book, place }) => {
  let isDone = false;
  return {
    everyUs: 100_000,
    decide() {
      if (isDone || !book.sound) return;
      isDone = true;
      for (let i = 0; i < count; i++) {
        place(i % 2 ? BUY : SELL, i % 2 ? book.bestBid - 100 - i : book.bestAsk + 100 + i, 1);
      }
    },
  };
};

const line = (name: string, { ns, fills, heapBytes }: Cost) =>
  console.log(
    `${name.padEnd(44)} ${ns.toFixed(1).padStart(8)} ${(1e3 / ns).toFixed(1).padStart(10)} ${
      String(fills).padStart(8)
    } ${heapBytes.toFixed(2).padStart(12)}`,
  );
console.log(`${"".padEnd(44)} ns/event   M rows/s    fills   heap B/event`);
measure(resting(2), 1000, 2);
for (const count of [1, 10, 100, 1000]) line(`${count} orders at rest`, measure(still(count), 2000, 3));
for (const count of [2, 10, 100, 1000]) line(`${count} orders that follow the touch`, measure(resting(count), 2000, 3));
for (const depth of [10, 100, 1000, 10_000, 50_000]) {
  line(`book of ${depth} levels a side`, measure(resting(2), depth, 3));
}
ageing(resting(2), 1000, longest);
