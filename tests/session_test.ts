import { assert, assertAlmostEquals, assertEquals, assertGreater } from "@std/assert";
import { runBacktest } from "../lib/backtest.ts";
import { readRecording } from "../lib/recording.ts";
import type { SessionReport } from "../lib/session.ts";
import { openPaperSession } from "./paper_session.ts";

async function play(changes: Parameters<typeof openPaperSession>[0]) {
  const paper = await openPaperSession(changes);
  try {
    const report = await paper.session.done;
    const status = await (await fetch(`${paper.testnet.control}/status`)).json();
    const tape = await readRecording(paper.root);
    return { report, tape, status, config: paper.config };
  } finally {
    await paper.close();
  }
}

let first: SessionReport;

Deno.test("a recorded paper session replayed as a backtest gives the identical fills", async () => {
  const { report, tape, config } = await play({ session: { minutes: 3 }, testnet: { speed: 40 } });
  first = report;
  assertEquals(report.reason, "3 market minutes are over");
  assertGreater(report.fills.length, 10);
  const replay = runBacktest(tape, config);
  assertEquals(replay.fills, report.fills);
  console.log(`fills: paper ${report.fillsHash}, backtest ${replay.fillsHash} (${report.fills.length})`);
  assertEquals(replay.fillsHash, report.fillsHash);
  assertEquals(replay.metrics.pnl, report.metrics.pnl);
  assertAlmostEquals(report.metrics.pnl.identityError, 0, 1e-9);
});

Deno.test("a session at another speed does the same: nothing depends on the wall clock", async () => {
  const { report } = await play({ session: { minutes: 3 }, testnet: { speed: 25 } });
  assertEquals(report.fillsHash, first.fillsHash);
  assertEquals(report.recorded, first.recorded);
});

Deno.test("stop() ends a session at once: orders cancelled, files flushed, the end in the risk log", async () => {
  const paper = await openPaperSession({ session: { minutes: 10 }, testnet: { speed: 20 } });
  try {
    while (paper.session.snapshot().fills < 1) await new Promise((resolve) => setTimeout(resolve, 20));
    const report = await paper.session.stop("enough");
    assertEquals(report.reason, "enough");
    assertEquals(report.risk.at(-1)?.event, "stopped");
    assertEquals(paper.session.snapshot().state, "stopped");
    const tape = await readRecording(paper.root);
    assertEquals(runBacktest(tape, paper.config).fillsHash, report.fillsHash);
  } finally {
    await paper.close();
  }
});

Deno.test("a session that is stopped before its feed is there ends like any other", async () => {
  const paper = await openPaperSession({ session: { minutes: 10 }, testnet: { speed: 20 } });
  try {
    const report = await paper.session.stop("at once");
    assertEquals([report.reason, report.fills, report.recorded.depth], ["at once", [], 0]);
  } finally {
    await paper.close();
  }
});

Deno.test("the kill switch latches on drawdown and ends the session", async () => {
  const { report } = await play({
    session: { minutes: 10 },
    testnet: { speed: 40 },
    risk: { max_drawdown: 0.05 },
  });
  assert(report.reason.startsWith("killed: drawdown"), report.reason);
  assert(report.reason.includes("must be <= risk.max_drawdown 0.05"), report.reason);
  assertEquals(report.risk.filter((e) => e.event === "killed").length, 1);
});
