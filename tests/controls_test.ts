import { assert, assertAlmostEquals, assertEquals, assertGreater, assertMatch, assertThrows } from "@std/assert";
import { runBacktest, runBracket, streamBacktest } from "../lib/backtest.ts";
import { type Control, controlText, parseControl, type TapeControl, withSettings } from "../lib/controls.ts";
import { readRecording } from "../lib/recording.ts";
import { readRecordingParts } from "../lib/recording_parts.ts";
import { replaySession } from "../lib/replayed.ts";
import { type Config, override, validate } from "../lib/schema.ts";
import { LAST, type Tape } from "../lib/tape.ts";
import { openPaperSession } from "./paper_session.ts";
import { QUICK, syntheticTape } from "./synthetic.ts";

const config: Config = override(validate({}), {
  ...QUICK,
  fees: { maker: 0, taker: 0.001 },
  fills: { model: "touch" },
});
const world = syntheticTape({ seed: 4, messages: 3000 });

/** The row after the message in which a share of the tape lies. */
function rowAt(tape: Tape, share: number): number {
  let row = Math.floor(share * tape.length);
  while ((tape.flags[row - 1]! & LAST) === 0) row++;
  return row;
}

function play(controls: TapeControl[], settings = config) {
  return runBacktest({ ...world, controls }, settings, { keepQuotes: true, keepOrders: true });
}

Deno.test("a pause takes the quotes out at once, and they return when it is over", () => {
  const [from, to] = [rowAt(world, 0.4), rowAt(world, 0.6)];
  const { orders, quotes, risk } = play([
    { row: from, control: { do: "pause" } },
    { row: to, control: { do: "resume" } },
  ]);
  const [paused, resumed] = risk.filter(({ event }) => event === "control").map(({ localTs }) => localTs);
  assertEquals(risk.filter(({ event }) => event === "control").map(({ reason }) => reason), ["pause", "resume"]);
  assertEquals(orders.filter(({ sentTs }) => sentTs > paused! && sentTs < resumed!), []);
  for (const { cancelSentTs, sentTs, end } of orders) {
    if (sentTs < paused! && end === "cancelled") assert(cancelSentTs! <= paused!);
  }
  assertEquals(quotes.find(({ localTs }) => localTs >= paused!)?.bound, "paused");
  assertGreater(orders.filter(({ sentTs }) => sentTs >= resumed!).length, 10);
});

Deno.test("another gamma, n or size holds from the very next decision", () => {
  const row = rowAt(world, 0.5);
  const bare = play([]);
  const set = play([{ row, control: { do: "set", settings: { n: 20, size: 0.25 } } }]);
  const at = set.risk.find(({ event }) => event === "control")!.localTs;
  const before = (quotes: typeof bare.quotes) => quotes.filter(({ localTs }) => localTs < at);
  assertEquals(before(set.quotes), before(bare.quotes));
  const after = set.quotes.filter(({ localTs, kappa }) => localTs > at && kappa !== undefined);
  assertGreater(after.length, 10);
  for (const { kappa, gamma, sigma, mid, bidQty, askQty } of after) {
    assertAlmostEquals(kappa!, gamma! * (sigma! * mid!) ** 2 * config.model.delta / 20, 1e-12 * kappa!);
    assert(bidQty <= 0.25 && askQty <= 0.25);
  }
  const bolder = play([{ row, control: { do: "set", settings: { gammaMax: 10, gammaMin: 10, gamma: 10 } } }]);
  for (const { localTs, gamma } of bolder.quotes) if (localTs > at && gamma !== undefined) assertEquals(gamma, 10);
});

Deno.test("another fill model holds for orders that arrive from then on", () => {
  const row = rowAt(world, 0.5);
  const set = play([{ row, control: { do: "set", settings: { fillModel: "through" } } }]);
  const at = set.risk.find(({ event }) => event === "control")!.localTs;
  const touched = play([]);
  const early = (run: typeof set) => run.fills.filter(({ localTs }) => localTs < at).length;
  assertEquals(early(set), early(touched));
  assertGreater(touched.fills.length - early(touched), set.fills.length - early(set));
  const bracket = runBracket({
    ...world,
    controls: [{ row, control: { do: "set", settings: { fillModel: "through" } } }],
  }, config);
  const [through, , touch] = bracket;
  // The session's own model is changed again; a model that is asked for beside it stays what it is.
  assertEquals(touch!.fillsHash, set.fillsHash);
  assertEquals(through!.fillsHash, runBacktest(world, override(config, { fills: { model: "through" } })).fillsHash);
});

Deno.test("flatten cancels first, then takes the position to zero at the taker's fee, and stays out", () => {
  const row = rowAt(world, 0.5);
  const { fills, risk, orders, counts, metrics } = play([{ row, control: { do: "flatten" } }]);
  const at = risk.find(({ event }) => event === "control")!.localTs;
  const held = fills.filter(({ localTs }) => localTs < at).reduce(
    (q, { side, lots }) => q + (side === "buy" ? lots : -lots),
    0,
  );
  assert(held !== 0, "the test needs a position");
  const taken = fills.filter(({ liquidity }) => liquidity === "taker");
  assertGreater(taken.length, 0);
  for (const { fee, price, qty } of taken) assertAlmostEquals(fee, price * qty * 0.001, 1e-9);
  assertEquals(fills.reduce((q, { side, lots }) => q + (side === "buy" ? lots : -lots), 0), 0);
  const over = risk.find(({ event }) => event === "flattened")!;
  assertEquals(over.reason, "position 0");
  assertEquals(fills.filter(({ localTs }) => localTs > over.localTs), []);
  assertEquals(orders.filter(({ sentTs }) => sentTs > over.localTs), []);
  assertEquals(counts.lotsFilled, fills.reduce((sum, { lots }) => sum + lots, 0));
  assertEquals(metrics.pnl.identityError, 0);
});

Deno.test("a value out of bounds is refused with its bound, and nothing is changed", () => {
  const refused = (settings: Record<string, unknown>) => {
    const error = assertThrows(() => withSettings(config, settings as never), Error);
    return error.message;
  };
  assertEquals(refused({ n: 0 }), "set: model.n = 0, must be >= 1 (dealers)");
  assertMatch(refused({ gamma: -1 }), /set: model\.gamma = -1, must be > 0 \(1\/quote\)/);
  assertMatch(refused({ gamma: 1 }), /set: model\.gamma = 1, must be <= model\.gamma_max \(0\.1\)/);
  assertMatch(refused({ size: 5 }), /set: quotes\.size = 5, must be <= risk\.q_max \(3\)/);
  assertMatch(refused({ fillModel: "magic" }), /must be one of touch, through/);
  assertMatch(refused({ gama: 1 }), /gama is no setting, did you mean gamma\?/);
  assertMatch(refused({ size: "1" }), /quotes\.size = "1", must be > 0|must be a number/);
  assertMatch(refused({}), /no setting given/);
  assertThrows(
    () => play([{ row: rowAt(world, 0.5), control: { do: "set", settings: { size: 0.0001 } } }]),
    RangeError,
    "quotes.size = 0.0001, must be >= 0.001, the market's smallest order",
  );
});

Deno.test("a control reads the same after it was written", () => {
  const set: Control = { do: "set", settings: { gamma: 2, fillModel: "log" } };
  assertEquals(parseControl(JSON.stringify(set)), set);
  assertEquals(controlText(set), "model.gamma = 2, fills.model = log");
  assertThrows(() => parseControl('{"do":"dance"}'), SyntaxError, "not a control");
});

Deno.test("a session that was paused, changed and flattened by hand replays to the identical fills, and tells each control", async () => {
  const paper = await openPaperSession({ session: { minutes: 3 }, testnet: { speed: 40 } });
  try {
    const { session } = paper;
    const until = async (seconds: number) => {
      while (session.snapshot().elapsed < seconds) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await until(20);
    session.set({ gamma: 2, n: 5, size: 0.002 });
    assertEquals(session.settings.quotes.size, 0.002);
    assertThrows(() => session.set({ size: -1 }), Error, "set: quotes.size = -1, must be > 0 (base)");
    await until(50);
    session.pause();
    assertEquals(session.snapshot().state, "paused");
    await until(60);
    session.resume();
    session.set({ fillModel: "touch" });
    await until(120);
    session.flatten();
    const report = await session.done;
    assertThrows(() => session.pause(), RangeError, "pause: the session has ended: 3 market minutes are over");
    assertEquals(
      report.risk.filter(({ event }) => event === "control").map(({ reason }) => reason),
      ["model.gamma = 2, model.n = 5, quotes.size = 0.002", "pause", "resume", "fills.model = touch", "flatten"],
    );
    assertGreater(report.fills.length, 10);
    assertEquals(report.fills.reduce((q, { side, lots }) => q + (side === "buy" ? lots : -lots), 0), 0);
    const tape = await readRecording(paper.root);
    const replay = runBacktest(tape, paper.config);
    assertEquals(replay.fills, report.fills);
    const parts = await streamBacktest(readRecordingParts(paper.root, { rows: 20_000 }), paper.config);
    assertEquals(parts.fills, report.fills);
    assertEquals(parts.risk, replay.risk);
    const config = override(paper.config, { paths: { data: paper.root } });
    const { isIdentical } = await replaySession({ ...report, run: "test" }, config);
    assert(isIdentical);
  } finally {
    await paper.close();
  }
});
