import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { runBacktest } from "../lib/backtest.ts";
import { createRandom } from "../lib/random.ts";
import { readRecording } from "../lib/recording.ts";
import { GAP } from "../lib/tape.ts";
import { openPaperSession, type PaperSession } from "./paper_session.ts";

/** Each fault, how it is asked for, and the reason that the risk log must give. */
const FAULTS = [
  { name: "disconnect", body: { kind: "drop" }, reasons: ["disconnect"] },
  { name: "half-open socket", body: { kind: "half_open" }, reasons: ["stale"] },
  { name: "update-id gap", body: { kind: "skip_depth", count: 1 }, reasons: ["sequence"] },
  { name: "crossed book", body: { kind: "crossed" }, reasons: ["crossed"] },
] as const;
const REPEATS = 5;
/** The promise: back within this many milliseconds of the gap being noticed. */
const BACK_WITHIN = 5000;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(what: string, isSo: () => boolean, ms = 20_000) {
  for (const end = performance.now() + ms; !isSo();) {
    if (performance.now() > end) throw new Error(`waited ${ms} ms for ${what}`);
    await sleep(5);
  }
}

/** Strikes once and waits until quoting again. Times in milliseconds of wall time. */
async function strike(paper: PaperSession, fault: (typeof FAULTS)[number]) {
  const { session, testnet } = paper;
  const before = session.snapshot().risk.at(-1)?.wallMs ?? 0;
  const struck = performance.timeOrigin + performance.now();
  const answer = await fetch(`${testnet.control}/fault`, { method: "POST", body: JSON.stringify(fault.body) });
  assertEquals(answer.status, 200, await answer.text());
  const find = (event: string, after: number) =>
    session.snapshot().risk.find((e) => e.event === event && e.wallMs >= after && e.wallMs > before);
  await until(`the gap of ${fault.name}`, () => find("gap", struck) !== undefined);
  const gap = find("gap", struck)!;
  assert(fault.reasons.some((reason) => gap.reason.startsWith(reason)), `${fault.name}: ${gap.reason}`);
  await until(`quotes after ${fault.name}`, () => find("resumed", gap.wallMs) !== undefined);
  const cancelled = find("cancelled", gap.wallMs)!;
  const resumed = find("resumed", gap.wallMs)!;
  return {
    noticed: gap.wallMs - struck,
    out: cancelled.wallMs - gap.wallMs,
    back: resumed.wallMs - gap.wallMs,
  };
}

function spread(values: number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!.toFixed(0).padStart(5);
  return `${at(0.5)} ${at(0.99)} ${at(1)}`;
}

Deno.test("after each fault quotes are cancelled at once and trading resumes within 5 s", async () => {
  const random = createRandom(7);
  const paper = await openPaperSession({
    session: { minutes: 0 },
    testnet: { speed: 1 },
    quotes: { requote_interval: 0 },
  });
  try {
    await until("the first quote", () => paper.session.snapshot().state === "quoting");
    console.log(`ms of wall time, p50 p99 max of ${REPEATS}   noticed after        out after            back after`);
    for (const fault of FAULTS) {
      const times: Awaited<ReturnType<typeof strike>>[] = [];
      for (let i = 0; i < REPEATS; i++) {
        await sleep(300 + random.integer(500));
        times.push(await strike(paper, fault));
      }
      console.log(
        `${fault.name.padEnd(38)}${
          (["noticed", "out", "back"] as const).map((key) => spread(times.map((t) => t[key]))).join("    ")
        }`,
      );
      for (const { out, back } of times) {
        assertLess(out, 100, `${fault.name}: out of the market`);
        assertLess(back, BACK_WITHIN, `${fault.name}: back in the market`);
      }
    }
    const report = await paper.session.stop("done");
    // What was lost and found again is on disk: the replay does the same.
    const replay = runBacktest(await readRecording(paper.root), paper.config);
    assertEquals(replay.fillsHash, report.fillsHash);
    assertEquals(report.recorded.gaps, FAULTS.length * REPEATS);
  } finally {
    await paper.close();
  }
});

Deno.test("what trades in a silence fills our orders until the cancel arrives, on a fast replay too", async () => {
  const paper = await openPaperSession({
    session: { minutes: 1 },
    testnet: { speed: 20 },
    risk: { stale_after: 1 },
  }, [{ kind: "half_open", at: 20 }]);
  try {
    const report = await paper.session.done;
    const gaps = report.risk.filter(({ event }) => event === "gap");
    assertEquals(gaps.map(({ reason }) => reason.split(":")[0]), ["stale"]);
    const tape = await readRecording(paper.root);
    const at = tape.kind.indexOf(GAP);
    const exchTs = tape.exchTs[at]!;
    const localTs = tape.localTs[at]!;
    // One second of silence at 20 times the wall clock.
    assertAlmostEquals(localTs - exchTs, 20e6, 1e6);
    const arrival = localTs + paper.config.fills.entry_latency * 1e6;
    const silent = report.fills.filter((fill) => fill.exchTs > exchTs && fill.localTs <= arrival);
    assertGreater(silent.length, 0);
    assert(silent.every((fill) => fill.localTs >= localTs), "known only once the socket is back");
    assertEquals(runBacktest(tape, paper.config).fills, report.fills);
  } finally {
    await paper.close();
  }
});
