import { assert, assertAlmostEquals, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { runBacktest } from "../lib/backtest.ts";
import { explainFill, explainQuote, readStory, type Story, storyOf } from "../lib/explain.ts";
import { sentOf } from "../lib/explain/terms.ts";
import { timeMeant } from "../lib/explain/which.ts";
import { readRecording } from "../lib/recording.ts";
import { override, validate } from "../lib/schema.ts";
import type { SessionReport } from "../lib/session.ts";
import { syntheticTape } from "./synthetic.ts";
import { openPaperSession } from "./paper_session.ts";

const close = (a: number, b: number) => assertAlmostEquals(a, b, 1e-9 * Math.max(1, Math.abs(a)));

/** Every decision's table can be recomputed from its own terms. */
function checkTerms(story: Story) {
  for (const quote of story.quotes) {
    for (const side of ["bid", "ask"] as const) {
      const sent = sentOf(quote, side, story.market);
      if (sent === undefined) continue;
      close(sent.raw + sent.rounding + sent.clamp, sent.price);
      const sign = side === "ask" ? 1 : -1;
      close(sent.raw, quote.mid! + sign * quote.halfSpread! - quote.psi!);
      const { tickSize } = story.market.rules;
      assert(
        sign * sent.rounding >= -0.01 * tickSize && Math.abs(sent.rounding) < 1.01 * tickSize,
        JSON.stringify({ sent, quote }),
      );
      assert(sign * sent.clamp >= 0, JSON.stringify({ sent, quote }));
    }
  }
}

Deno.test("a fill and a quote are explained alike while the session runs, afterwards, from its recording, and in its replay", async (t) => {
  const paper = await openPaperSession({ session: { minutes: 2 }, testnet: { speed: 60 } });
  try {
    const { session, config, root } = paper;
    while (session.snapshot().fills < 5) await new Promise((resolve) => setTimeout(resolve, 10));
    const early = explainFill(session, 2, config);
    const report: SessionReport = await session.done;
    const story = await readStory(root, { config });
    const replay = runBacktest(await readRecording(root), config, { keepQuotes: true, keepOrders: true });

    await t.step("the running session's decision and order are those of the report", () => {
      const later = explainFill(report, 2, config);
      assertEquals(early.fill, later.fill);
      assertEquals(early.quote, later.quote);
      assertEquals(early.order, later.order);
      close(early.parts.spread, later.parts.spread);
    });
    await t.step("recording and replay tell the same to the last cell", () => {
      assertEquals(story.fills.length, report.fills.length);
      report.fills.forEach((_, i) => {
        const told = explainFill(report, i + 1, config);
        const read = explainFill(story, i + 1, config);
        assertEquals(read.table.text, told.table.text);
        assertEquals(read.verdict, told.verdict);
        assertEquals(explainFill(replay, i + 1, config).table.text, told.table.text);
      });
      for (const { id } of report.quotes.slice(0, 100)) {
        assertEquals(explainQuote(story, id).table.text, explainQuote(report, id).table.text);
      }
    });
    await t.step("the terms give the price that was sent", () => checkTerms(storyOf(report)));
    await t.step("the parts of all fills add up to the run's PnL", () => {
      const { net } = report.metrics.pnl;
      const sum = report.fills.reduce((total, _, i) => total + explainFill(report, i + 1, config).parts.net, 0);
      assertAlmostEquals(sum, net, 1e-9);
    });
    await t.step("the story of a fill is in order: decided, in the book, filled, known", () => {
      for (let i = 1; i <= report.fills.length; i += 7) {
        const { fill, order, quote, table, figure, verdict } = explainFill(report, i, config);
        assert(quote!.localTs <= order!.sentTs && order!.sentTs < order!.acceptedTs!);
        assert(order!.acceptedTs! < fill.exchTs && fill.exchTs < fill.localTs);
        assertMatch(table.text, /ahead of it then +[\d.,]+ +BTC +(at|[\d.]+ (behind|before)) the touch/);
        assert(!/NaN|undefined|Infinity/.test(table.html + figure.html), table.text);
        assertMatch(verdict, /^Fill \d+ \(p\d+\) (lost|earned) [\d.]+ USDT within 10 s\. Mos/);
      }
    });
    await t.step("by number, from the end, by id, by time of day and by date", () => {
      const second = report.fills[1]!;
      const iso = new Date(second.exchTs / 1000).toISOString();
      const near = report.fills.find(({ exchTs }) => Math.floor(exchTs / 1000) === Math.floor(second.exchTs / 1000))!;
      assertEquals(explainFill(report, second.id, config).fill, second);
      for (const which of [iso, iso.slice(11, 23), new Date(second.exchTs / 1000)]) {
        assertEquals(explainFill(report, which, config).fill.id, near.id);
      }
      assertEquals(explainFill(report, second.exchTs, config).fill.exchTs, second.exchTs);
      assertEquals(explainFill(report, -1, config).fill, report.fills.at(-1));
      const result = (which: string | number) => {
        const { spread, latency, adverseSelection, fees } = explainFill(report, which, config).parts;
        return spread + latency + adverseSelection + fees;
      };
      const all = report.fills.map((_, i) => result(i + 1));
      assertEquals(result("worst"), Math.min(...all));
      assertEquals(result("best"), Math.max(...all));
      const quote = report.quotes[10]!;
      assertEquals(explainQuote(report, quote.localTs).quote.localTs, quote.localTs);
      assertEquals(explainQuote(report, quote.id).quote, quote);
    });
    await t.step("what does not exist is refused with what does", () => {
      const n = report.fills.length;
      assertThrows(() => explainFill(report, n + 1, config), RangeError, `fill ${n + 1}, must be 1 to ${n}`);
      assertThrows(() => explainFill(report, 0, config), RangeError, "fill 0, must be 1");
      assertThrows(() => explainFill(report, "x9", config), RangeError, "no fill x9; there are p1 to");
      assertThrows(() => explainQuote(report, 1e6), RangeError, "decision 1000000, must be 1 to");
      assertThrows(() => explainFill({ ...report, fills: [] }, 1, config), RangeError, "there is no fill");
    });
  } finally {
    await paper.close();
  }
});

Deno.test("the verdict names the part that decided", () => {
  const base = override(validate({}), {
    model: { vpin_bucket_mode: "volume", vpin_bucket_volume: 5, vpin_min_buckets: 10, vpin_buckets: 20 },
    quotes: { size: 0.5, min_half_spread: 0.005 },
    risk: { q_max: 3, hedge_at: 2, max_drawdown: 1e6 },
    fills: { model: "touch" },
  });
  const world = syntheticTape({ seed: 3, messages: 2000 });
  const dear = runBacktest(world, override(base, { fees: { maker: 0.05 } }), { keepQuotes: true, keepOrders: true });
  dear.fills.slice(0, 20).forEach((_, i) => assertMatch(explainFill(dear, i + 1, base).verdict, /the fee took/));
  const free = runBacktest(world, override(base, { fees: { maker: 0 } }), { keepQuotes: true, keepOrders: true });
  free.fills.slice(0, 50).forEach((_, i) => {
    const { verdict, parts } = explainFill(free, i + 1, base);
    assert(!verdict.includes("fee"), verdict);
    const result = parts.spread + parts.latency + parts.adverseSelection;
    assertMatch(verdict, result < 0 ? / lost / : / earned /);
    if (result < 0 && parts.adverseSelection <= Math.min(parts.spread, parts.latency)) {
      assertMatch(verdict, /whoever traded knew more/);
    }
  });
});

Deno.test("a backtest that kept nothing says what it would need", () => {
  const world = syntheticTape({ seed: 3, messages: 500 });
  const run = runBacktest(world, validate({}));
  assertThrows(() => explainQuote(run, 1), RangeError, "keepQuotes");
});

Deno.test("a time of day is looked for on the days of the run", () => {
  const from = Date.UTC(2024, 7, 8, 23, 55) * 1000;
  const to = Date.UTC(2024, 7, 9, 0, 5) * 1000;
  assertEquals(timeMeant("23:57", [from, to]), Date.UTC(2024, 7, 8, 23, 57) * 1000);
  assertEquals(timeMeant("00:01:30.5", [from, to]), Date.UTC(2024, 7, 9, 0, 1, 30, 500) * 1000);
  assertEquals(timeMeant("2024-08-09T00:01:00", [from, to]), Date.UTC(2024, 7, 9, 0, 1) * 1000);
  assertEquals(timeMeant(7, [from, to]), undefined);
  assertEquals(timeMeant("p7", [from, to]), undefined);
});
