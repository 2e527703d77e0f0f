import { assertEquals, assertGreater } from "@std/assert";
import { explainFill } from "../lib/explain.ts";
import { readLatency, writeLatency } from "../lib/latency_file.ts";
import { measuredOrders } from "../lib/measured_orders.ts";
import { openLiveSession } from "./live_session.ts";
import { createClient } from "./testnet_private_client.ts";

Deno.test("a live session's books are the venue's, and not one of its orders takes", async () => {
  const live = await openLiveSession({ session: { minutes: 0 }, testnet: { speed: 10 } });
  try {
    const enough = Promise.withResolvers<void>();
    live.session.listen({ fill: () => live.session.snapshot().fills >= 2 && enough.resolve() });
    // On a busy machine the recording may be over before.
    await Promise.race([enough.promise, live.session.done]);
    const report = await live.session.stop("enough");
    assertGreater(report.fills.length, 0);
    assertEquals(report.fills.filter(({ liquidity }) => liquidity !== "maker"), []);
    for (const fill of report.fills) {
      const { order, quote } = explainFill(report, fill.id, live.config);
      assertEquals([order?.id, order?.side, quote?.id], [fill.orderId, fill.side, fill.quoteId]);
    }
    assertEquals(report.venue?.problems, []);
    assertEquals(report.venue?.openOrders, { ours: 0, venue: 0 });
    assertEquals(report.venue?.balances.map(({ currency, difference }) => [currency, difference]), [
      ["BTC", 0],
      ["USDT", 0],
    ]);
    assertEquals(report.venue?.trades, report.fills.length);
    assertEquals(report.venue?.position, report.metrics.path.final?.position);
    // What its orders took on the way is a measurement that a backtest can use.
    const { sentTs, unmeasured, moved: _, run, ...times } = await measuredOrders(live.root);
    assertEquals([run, sentTs.length + unmeasured], ["test", report.counts.sent]);
    assertGreater(sentTs.length, report.counts.accepted / 2);
    const file = `${live.root}/latency.parquet`;
    await writeLatency(file, { sentTs, ...times });
    assertEquals(await readLatency(file), { sentTs, ...times });
  } finally {
    await live.close();
  }
});

Deno.test("a cap that is made smaller makes the orders smaller where they stand, and they keep their place", async () => {
  // Far from the market nothing fills, and what stands need not be moved.
  const quotes = { requote_ticks: 10_000, min_half_spread: 100 };
  const changes = { session: { minutes: 0 }, testnet: { speed: 5 }, quotes };
  const live = await openLiveSession(changes);
  try {
    const client = createClient(live.testnet);
    const standing = async () => {
      const { body } = await client.signed("GET", "openOrders", { symbol: "BTCUSDT" });
      return body as { clientOrderId: string; origQty: string; time: number }[];
    };
    let before = await standing();
    while (before.length < 2) before = await standing();
    live.session.set({ qMax: 0.0006, hedgeAt: 0.0005, size: 0.0006 });
    let after = await standing();
    while (after.some(({ origQty }) => Number(origQty) > 0.0006)) after = await standing();
    const seen = (orders: typeof after) => orders.map(({ clientOrderId, time }) => [clientOrderId, time]);
    assertEquals(seen(after), seen(before));
    assertEquals(after.map(({ origQty }) => origQty), ["0.00060000", "0.00060000"]);
    const report = await live.session.stop("enough");
    assertEquals(report.venue?.problems, []);
    assertEquals(report.counts.sent, 2);
  } finally {
    await live.close();
  }
});
