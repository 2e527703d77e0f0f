import { assert, assertAlmostEquals, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { join } from "node:path";
import { runBacktest } from "../lib/backtest.ts";
import { edgesOf, gridPoints, pointConfig, readAxis } from "../lib/grid.ts";
import { openHeldOut } from "../lib/held_out.ts";
import { daysToHold, findDays, runSweep, tapeId } from "../lib/parameter_sweep.ts";
import { readColumns } from "../lib/parquet.ts";
import { sweepPlot } from "../lib/plotting.ts";
import { openTape } from "../lib/recording.ts";
import { override, validate } from "../lib/schema.ts";
import { deflatedSharpe, shape, sharpe } from "../lib/sharpe.ts";
import { sweepReport, walkForward } from "../lib/sweep_report.ts";
import { sweepVerdict } from "../lib/sweep_table.ts";
import { daysOf, splitDays } from "../lib/tape_days.ts";
import { BUY, CLEAR, createTape, GAP, LAST, LEVEL, SELL } from "../lib/tape.ts";
import { configId, type Trial } from "../lib/trial.ts";
import { openTrials } from "../lib/trial_store.ts";
import { noteTried } from "../lib/tried.ts";
import { createRandom } from "../lib/random.ts";
import { later, SWEPT, writeDays } from "./sweep_days.ts";
import { syntheticTape } from "./synthetic.ts";
import { parse } from "@std/yaml";

const config = validate(parse(SWEPT));
const SCRIPT = new URL("../scripts/sweep.ts", import.meta.url).pathname;
const BACKTEST = new URL("../scripts/backtest.ts", import.meta.url).pathname;

Deno.test("a grid is every combination of its axes, each a checked configuration", () => {
  const axes = [
    readAxis("model.gamma=0.5, 1"),
    readAxis("fills.model=touch,through"),
    readAxis("quotes.requote_ticks=0"),
  ];
  assertEquals(gridPoints(axes), [[0.5, "touch", 0], [0.5, "through", 0], [1, "touch", 0], [1, "through", 0]]);
  const changed = pointConfig(config, axes, [0.5, "touch", 0]);
  assertEquals([changed.model.gamma, changed.fills.model, changed.quotes.size], [0.5, "touch", 0.5]);
  assertThrows(() => pointConfig(config, axes, [-1, "touch", 0]), Error, "model.gamma = -1, must be > 0");
  assertThrows(() => readAxis("model.gama=1"), RangeError, "did you mean model.gamma?");
  assertThrows(() => readAxis("paths.data=x"), RangeError, "with a key of model");
  assertThrows(() => readAxis("model.gamma=1,1"), RangeError, "each once");
  assertThrows(() => readAxis("model.gamma="), RangeError, "must have values");
});

Deno.test("a winner at the end of an axis is told, unless the key itself ends there", () => {
  const axes = [
    readAxis("model.gamma=2,0.5,1"),
    readAxis("quotes.requote_ticks=0,5"),
    readAxis("fills.model=touch,log"),
  ];
  assertEquals(edgesOf(axes, [0.5, 5, "log"]), [
    { path: "model.gamma", value: 0.5, end: "lowest" },
    { path: "quotes.requote_ticks", value: 5, end: "highest" },
  ]);
  assertEquals(edgesOf(axes, [1, 0, "touch"]), []);
});

Deno.test("parameters that mean the same are one trial, whatever else differs", () => {
  const id = configId(config);
  assertEquals(configId(validate({ ...parse(SWEPT) as object, paths: { out: "elsewhere" } })), id);
  assert(configId(validate({ ...parse(SWEPT) as object, fees: { maker: 0.001 } })) !== id);
});

Deno.test("a tape is cut at midnight, each day with the book that midnight found", () => {
  const start = 1_700_000_000_000_000, day = 86_400e6;
  const midnight = Math.ceil(start / day) * day;
  const shift = midnight - start - 30e6; // half a minute before midnight
  const tape = later(syntheticTape({ seed: 1, messages: 600 }), shift / day);
  const [first, second, ...none] = splitDays(tape);
  assertEquals([none, daysOf(tape)], [[], [first!.day, second!.day]]);
  assert(first!.tape.localTs.every((ts) => ts < midnight) && second!.tape.localTs.every((ts) => ts >= midnight));
  // The same quotes and fills follow as from the whole tape, once the estimators know as much.
  const book = (from: typeof tape, upTo: number) => {
    const levels = new Map<string, number>();
    for (let i = 0; i < from.length && from.localTs[i]! <= upTo; i++) {
      if (from.kind[i] === CLEAR) levels.clear();
      else if (from.kind[i] === 0) levels.set(`${from.side[i]} ${from.priceTicks[i]}`, from.qty[i]!);
    }
    return [...levels].filter(([, qty]) => qty > 0).sort();
  };
  for (const at of [midnight + 1e6, midnight + 20e6]) assertEquals(book(second!.tape, at), book(tape, at));
  assertEquals(splitDays(first!.tape).map(({ tape }) => tapeId(tape)), [tapeId(first!.tape)]);
});

Deno.test("a day that begins in a gap knows nothing until the book is told anew, one without any snapshot what was there", () => {
  const midnight = Date.UTC(2024, 2, 2) * 1000;
  const made = (clearAt: number | undefined) => {
    const market = { symbol: "ABC/USD", base: "ABC", quote: "USD", tickSize: 0.01, lotSize: 0.001, source: "midnight" };
    const tape = createTape(market);
    for (let second = -20; second < 60; second++) {
      const ts = midnight + second * 1e6;
      if (second === clearAt) tape.row(CLEAR, 0, 0, ts, ts + 1, 0, 0);
      if (second === -10 && clearAt !== undefined) tape.row(GAP, 0, LAST, ts, ts + 1, 0, 0);
      tape.row(LEVEL, BUY, 0, ts, ts + 1, 100, 1 + second % 2);
      if (second !== 0) tape.row(LEVEL, SELL, 0, ts, ts + 1, 103 + Math.abs(second) % 2, 1);
      tape.row(LEVEL, SELL, LAST, ts, ts + 1, 102, 1);
    }
    return splitDays(tape.build()).map(({ tape }) => runBacktest(tape, config).metrics.path.mids.ts[0]! - midnight);
  };
  assertEquals(made(30), [-20e6 + 1, 30e6 + 1]);
  assertEquals(made(undefined), [-20e6 + 1, 1]);
});

/** A trial of ten periods with the given returns. */
function trial(day: string, id: string, returns: number[]): Trial {
  const net = returns.reduce((a, b) => a + b, 0);
  return {
    ...{ day, day_id: `id of ${day}`, config_id: id, config: "{}", symbol: "ABC/USD", fills: 1, fills_hash: "" },
    ...{ seconds: 10, period_seconds: 60, gross: net, net, spread: 0, latency: 0, adverse_selection: 0, inventory: 0 },
    ...{ fees: 0, turnover: 1, max_drawdown: 0, below_cap: 1, capture: 0, returns },
  };
}

function luck(points: number, days: number, seed: number): Trial[][] {
  const random = createRandom(seed);
  return Array.from(
    { length: points },
    (_, p) =>
      Array.from(
        { length: days },
        (_, d) => trial(`2024-01-${10 + d}`, `p${p}`, Array.from({ length: 60 }, () => random.normal())),
      ),
  );
}

Deno.test("walk-forward: what comes later never changes what was chosen before", () => {
  const points = [[1], [2], [3]];
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 2, max: 6 }), (seed, days) => {
      const whole = luck(3, 7, seed);
      const past = walkForward(points, whole.map((own) => own.slice(0, days))).choices;
      assertEquals(walkForward(points, whole).choices.slice(0, past.length), past);
      // Not even the day itself: with another outcome the choice for it is the same.
      const other = whole.map((own, p) => own.map((t, d) => d === days - 1 ? luck(3, 7, seed + 1)[p]![d]! : t));
      assertEquals(walkForward(points, other).choices[days - 2]!.point, past[days - 2]!.point);
    }),
    { numRuns: 10 },
  );
  // It does choose: a point that was best on the first day is traded on the second.
  const steady = [luck(1, 3, 1)[0]!, luck(1, 3, 2)[0]!.map((t) => ({ ...t, returns: t.returns.map((r) => r + 3) }))];
  assertEquals(walkForward([["a"], ["b"]], steady).choices.map(({ point }) => point), [["b"], ["b"]]);
});

Deno.test("the best of many worthless trials is deflated to what it is, counting all that was ever tried", () => {
  const axes = [readAxis("model.gamma=" + Array.from({ length: 40 }, (_, i) => i + 1).join())];
  const points = gridPoints(axes);
  const base = { axes, points, locked: [], heldOut: [] };
  let chance = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const trials = luck(40, 2, seed);
    const report = sweepReport({ ...base, trials, earlier: [] });
    const { winner, deflated } = report;
    // By the definition, from the trials themselves.
    const ratios = trials.map((days) => sharpe(days.flatMap(({ returns }) => returns))!);
    assertEquals(winner, ratios.indexOf(Math.max(...ratios)));
    const mean = ratios.reduce((a, b) => a + b) / 40;
    const trialVariance = ratios.reduce((sum, r) => sum + (r - mean) ** 2, 0) / 39;
    const own = trials[winner]!.flatMap(({ returns }) => returns);
    const expected = deflatedSharpe({ sharpe: ratios[winner]!, n: 120, ...shape(own)!, trials: 40, trialVariance });
    assertAlmostEquals(deflated!.probability, expected, 1e-12);
    chance += deflated!.probability / 20;
    const more = sweepReport({
      ...base,
      trials,
      earlier: luck(60, 2, seed + 100).map((own, i) => own.map((t) => ({ ...t, config_id: `earlier ${i}` }))),
    });
    assertEquals([deflated!.trials, more.deflated!.trials], [40, 100]);
    assert(more.deflated!.expectedBest > 0);
  }
  // The winner's undeflated probability would be near 1 each time; deflated it is a toss of a coin.
  assert(chance > 0.3 && chance < 0.7, `mean probability ${chance}`);
});

Deno.test("held-out days stay locked until they are named, and each look at them is written down", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const days = await findDays(await writeDays(folder, 3, 400));
    const root = join(folder, "trials");
    const heldOut = openHeldOut(root, () => "now");
    const [, , last] = days;
    heldOut.lock([last!]);
    const axes = [readAxis("model.gamma=0.5,1")];
    const sweep = (more: object = {}) =>
      runSweep({
        ...{ config, axes, days, trials: openTrials(root), heldOut: openHeldOut(root, () => "now"), workers: 1 },
        ...more,
      });
    const blind = await sweep();
    assertEquals([blind.days, blind.locked, blind.heldOut], [days.slice(0, 2).map(({ day }) => day), [last!.day], []]);
    assertEquals(openTrials(root).list(last!.dayId), []);
    const named = await sweep({ unlock: [last!.day] });
    assertEquals([named.points, named.locked], [blind.points, []]);
    assertEquals(named.heldOut.map(({ day, looks }) => [day, looks]), [[last!.day, 1]]);
    // The winner alone has been run there, and the same look again is no new one.
    assertEquals(openTrials(root).list(last!.dayId), [named.points[named.winner]!.configId]);
    assertEquals((await sweep({ unlock: [last!.day] })).heldOut[0]!.looks, 1);
    assertMatch(sweepVerdict(named), new RegExp(`held-out ${last!.day}: .*the first look at it`));
    assertEquals((await Deno.readTextFile(join(root, "held_out.jsonl"))).trim().split("\n").length, 2);
    await assertRejects(() => sweep({ unlock: ["2020-01-01"] }), RangeError, "unlock 2020-01-01: is no held-out day");
    // A backtest of such a day wants it named as well.
    await Deno.writeTextFile(join(folder, "config.yaml"), SWEPT);
    const refused = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", BACKTEST, "--config", join(folder, "config.yaml"), "--data", last!.path],
      env: { MAKERBOOK_PATHS_DATA: folder, NO_COLOR: "1" },
    }).output();
    assertEquals(refused.code, 1);
    assertMatch(
      new TextDecoder().decode(refused.stderr),
      new RegExp(`^${last!.day} is held out; .*--unlock ${last!.day}\n$`),
    );
    openHeldOut(root).lock(days);
    await assertRejects(() => sweep(), RangeError, "no day to choose from");
    await assertRejects(() => findDays([days[0]!.path, days[0]!.path]), RangeError, "which");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("days to hold out are the last that no choice was made from, and the same again holds out no more", () => {
  const days = ["a", "b", "c", "d", "e"].map((dayId) => ({ day: dayId, dayId }));
  const locked = new Set<string>();
  const tried = new Set(["e"]);
  const known = {
    heldOut: { isLocked: (id: string) => locked.has(id) },
    trials: { list: (id: string) => tried.has(id) ? ["x"] : [] },
  };
  const hold = (count?: number) => daysToHold(days, known, count).map(({ dayId }) => dayId);
  assertEquals([hold(0), hold(2), hold()], [[], ["c", "d"], ["d"]]);
  for (const id of hold(2)) locked.add(id);
  assertEquals([hold(2), hold(1), hold(), hold(3)], [[], [], [], ["b"]]);
  assertThrows(() => hold(5), RangeError, "hold out 5 days: 2 are, and only 2 more were never chosen from");
});

Deno.test("a sweep killed in the middle and started again gives the same files, byte for byte", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const data = (await writeDays(folder, 2, 600)).join();
    await Deno.writeTextFile(join(folder, "config.yaml"), SWEPT);
    const run = (name: string, stderr: "piped" | "null" = "piped") =>
      new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "-A", SCRIPT, "--config", join(folder, "config.yaml"), "--data", data],
          ...["--grid", "model.gamma=0.5,1; quotes.requote_ticks=0,1", "--out", join(folder, name, "out")],
          ...["--workers", name === "whole" ? "2" : "1"],
        ],
        env: { MAKERBOOK_PATHS_DATA: join(folder, name), NO_COLOR: "1" },
        stdout: "null",
        stderr,
      });
    const whole = await run("whole").output();
    assert(whole.success, new TextDecoder().decode(whole.stderr));
    // Killed as soon as its third trial of eight is there.
    const trials = join(folder, "killed", "trials");
    await Deno.mkdir(trials, { recursive: true });
    const count = () =>
      [...Deno.readDirSync(trials)].reduce(
        (sum, { name }) =>
          sum + [...Deno.readDirSync(join(trials, name))].filter(({ name }) => name.endsWith(".parquet")).length,
        0,
      );
    const watcher = Deno.watchFs(folder);
    const child = run("killed", "null").spawn();
    // One that ends by itself ends the watch too.
    const ended = child.status.finally(() => watcher.close());
    for await (const _ of watcher) {
      if (count() < 3) continue;
      child.kill("SIGKILL");
      break;
    }
    await ended.catch(() => {});
    const done = count();
    assert(done >= 3 && done < 8, `${done} trials`);
    const resumed = await run("killed").output();
    assert(resumed.success, new TextDecoder().decode(resumed.stderr));
    assertMatch(
      new TextDecoder().decode(resumed.stderr),
      new RegExp(`^trials .* ${Math.floor(100 * done / 8)} %`, "m"),
    );
    for (const name of ["sweep.json", "sweep.txt", "sweep.html", "sweep.parquet"]) {
      const [a, b] = await Promise.all(["whole", "killed"].map((run) => Deno.readFile(join(folder, run, "out", name))));
      assertEquals(a, b, name);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a trial is the backtest of its day, and the heat map has a cell for each point", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [path] = await writeDays(folder, 1, 700);
    const days = await findDays([path!]);
    const axes = [readAxis("model.gamma=0.2,1"), readAxis("fills.model=touch,log")];
    const root = join(folder, "trials");
    // A backtest that was looked at before counts with it, once.
    const tape = await openTape(path!);
    const looked = override(config, { model: { gamma: 0.7 } });
    assertEquals(await noteTried(tape, looked, openTrials(root)), 1);
    assertEquals(await noteTried(tape, looked, openTrials(root)), 0);
    assertEquals(await noteTried(tape, pointConfig(config, axes, gridPoints(axes)[0]!), openTrials(root)), 1);
    const report = await runSweep({
      config,
      axes,
      days,
      trials: openTrials(root),
      heldOut: openHeldOut(root),
      workers: 1,
    });
    for (const { point, configId, net, fills } of report.points) {
      const run = runBacktest(syntheticTape({ seed: 0, messages: 700, move: 0.4 }), pointConfig(config, axes, point));
      assertEquals([fills, net], [run.fills.length, run.metrics.pnl.net]);
      const file = join(root, days[0]!.dayId, `${configId}.parquet`);
      assertEquals((await readColumns(file, { fills_hash: "text" })).fills_hash, [run.fillsHash]);
    }
    assertEquals([...openTrials(root).list(days[0]!.dayId)].length, 4 + 1);
    if (report.deflated) assertEquals(report.deflated.trials, 4 + 1);
    assertEquals(sweepPlot(report).html.match(/<rect/g)!.length, 4 + 1);
    assertThrows(() => sweepPlot(report, ["model.n"]), RangeError, "model.n is no axis");
    await Deno.writeTextFile(join(root, "held_out.jsonl"), "{broken\n");
    assertThrows(() => openHeldOut(root), Error, "held_out.jsonl:1");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
