import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { LOOK_MS } from "../lib/account_stream.ts";
import { createVenueLimits } from "../lib/venue_limits.ts";
import { openMemory } from "../lib/live_memory.ts";
import { createOrderIds } from "../lib/order_ids.ts";
import { guardOrders } from "../lib/orders_guard.ts";
import { override } from "../lib/schema.ts";
import { CONFIG, withOrders } from "./orders_venue.ts";

const BID = { price: 60_000, qty: 0.002 };
const ASK = { price: 60_010, qty: 0.002 };

Deno.test("syncQuotes() keeps what is right, moves what is not, and ends a side that is not wanted", () =>
  withOrders(async ({ open, openIds }) => {
    const { orders, events } = await open();
    const first = await orders.syncQuotes(BID, ASK);
    assertEquals([first.bid?.price, first.ask?.price], [60_000, 60_010]);
    assert(first.bid!.clientId.startsWith(orders.prefix), first.bid!.clientId);
    const again = await orders.syncQuotes(BID, ASK);
    assertEquals([again.bid?.clientId, again.ask?.clientId], [first.bid?.clientId, first.ask?.clientId]);
    const moved = await orders.syncQuotes({ ...BID, price: 59_999.999 }, ASK);
    assertEquals([moved.bid?.price, moved.ask?.clientId], [59_999.99, first.ask?.clientId]);
    // The old one is known to be gone before the new one is placed.
    const order = events.filter(({ event }) => ["place", "cancel", "ended"].includes(event)).map(({ event }) => event);
    assertEquals(order, ["place", "place", "cancel", "ended", "place"]);
    assertEquals((await orders.syncQuotes(undefined, ASK)).bid, undefined);
    assertEquals(await openIds(), [first.ask!.clientId]);
    const report = await orders.close();
    assertEquals([report.problems, await openIds()], [[], []]);
    await assertRejects(() => orders.syncQuotes({ price: 1, qty: -1 }, undefined), RangeError, "bid = -1 at 1");
  }));

Deno.test("a post-only order that would take is placed one tick back after a cool-down, and takes nothing", () =>
  withOrders(async ({ open, they, take }) => {
    // Somebody else's bid, which an ask at its price would hit.
    const { orders, events, until } = await open();
    await they.order({ side: "BUY", type: "LIMIT_MAKER", quantity: "1", price: "60000" });
    const { ask } = await orders.syncQuotes(undefined, { price: 60_000, qty: 0.002 });
    assertEquals(ask?.price, 60_000.01);
    await take("BUY", "0.002", "60000.01");
    await until(() => orders.status().position === -0.002);
    assertEquals(orders.status().counts.rejected, 1);
    const ended = events.filter(({ event }) => event === "ended").map(({ state }) => state);
    assertEquals(ended, ["rejected", "filled"]);
  }));

Deno.test("fills come by stream and by asking, and each is counted once", () =>
  withOrders(async ({ open, take, fault }) => {
    const { orders, events, until } = await open();
    await orders.syncQuotes(BID, ASK);
    await fault({ kind: "duplicate", stream: "user", count: 4 });
    await take("SELL", "0.001", "60000");
    await until(() => orders.status().position === 0.001);
    // Lost on the way: found by asking.
    await fault({ kind: "skip_user", count: 10 });
    await take("BUY", "0.002", "60010");
    await until(() => orders.status().position === -0.001);
    await fault({ kind: "clear" });
    const report = await orders.reconcile();
    assertEquals([report.problems, report.trades, report.position], [[], 2, -0.001]);
    assertEquals(events.filter(({ event }) => event === "trade").length, 2);
  }));

for (const kind of ["lost_request", "lost_answer"]) {
  for (const path of ["POST /api/v3/order", "DELETE /api/v3/order"]) {
    Deno.test(`${kind} of ${path}: unknown until the venue says, and then as it says`, () =>
      withOrders(async ({ open, fault, openIds }) => {
        const { orders, events, halts } = await open();
        const isPlacing = path.startsWith("POST");
        if (!isPlacing) await orders.syncQuotes(BID, undefined);
        // Otherwise the stream tells before anybody misses the answer.
        await fault({ kind: "skip_user", count: 4 });
        await fault({ kind, path });
        const first = events.find(({ event }) => event === "place")?.clientId;
        const standing = await orders.syncQuotes(isPlacing ? BID : { ...BID, price: 59_000 }, undefined);
        const silence = events.filter(({ event, state }) => event === "silence" && state !== "filled");
        if (isPlacing) {
          assertEquals(silence.length, 1);
          assert(halts[0]?.startsWith("cancel: an order that we do not know enough of"), halts.join());
        }
        // Out of doubt, quoting goes on by itself; what was doubtful is gone. A lost cancel is sent again before anybody doubts.
        const last = isPlacing ? await orders.syncQuotes(BID, undefined) : standing;
        assertEquals(await openIds(), [last.bid!.clientId]);
        const doubted = isPlacing ? silence[0]!.clientId : first!;
        assert(last.bid!.clientId !== doubted);
        const end = events.findLast(({ clientId }) => clientId === doubted)!;
        const isThere = kind === "lost_answer" || !isPlacing;
        assertEquals(end.state, isThere ? "cancelled" : "absent");
        assertEquals((await orders.close()).problems, []);
      }));
  }
}

Deno.test("a request that the network sends twice leaves one order, known and ours", () =>
  withOrders(async ({ open, fault, openIds }) => {
    const { orders } = await open();
    // The connection has been used before, so that Deno's fetch sends the request again when it is cut.
    await fault({ kind: "lost_answer", path: "POST /api/v3/order", cut_ms: 30 });
    const { bid } = await orders.syncQuotes(BID, undefined);
    assertEquals(await openIds(), bid ? [bid.clientId] : []);
    const report = await orders.close();
    assertEquals([report.problems, report.openOrders], [[], { ours: 0, venue: 0 }]);
  }));

Deno.test("too many requests: nothing is placed before Retry-After, then quoting goes on", () =>
  withOrders(async ({ open, fault }) => {
    const { orders, halts, until } = await open();
    await fault({ kind: "http_error", status: 429, retry_after: 1, path: "POST /api/v3/order" });
    const asked = performance.now();
    await orders.syncQuotes(BID, undefined);
    assert(halts[0]?.startsWith("pause: "), halts.join());
    await until(() => halts.length === 2);
    assert(performance.now() - asked >= 1000);
    assertEquals((await orders.syncQuotes(BID, undefined)).bid?.price, 60_000);
  }));

Deno.test("a wall clock that is set back while the venue wants to be left alone makes the pause no longer", () =>
  withOrders(async ({ open, fault }) => {
    const { orders, halts, until } = await open();
    await fault({ kind: "http_error", status: 429, retry_after: 1, path: "POST /api/v3/order" });
    const { now } = Date;
    try {
      void orders.syncQuotes(BID, undefined);
      await until(() => halts.some((halt) => halt.startsWith("pause")));
      Date.now = () => now() - 3_600_000;
      await until(() => halts.some((halt) => halt.startsWith("none: over")));
    } finally {
      Date.now = now;
    }
  }));

Deno.test("requests follow the venue's clock, and are dated anew when it jumps", () =>
  withOrders(async ({ open, fault }) => {
    const { orders } = await open();
    for (const delta_ms of [-20_000, 20_000]) {
      await fault({ kind: "clock_skew", delta_ms });
      await orders.reconcile();
      assert(Math.abs(orders.status().clock.skewMs + delta_ms) < 1000, `${orders.status().clock.skewMs}`);
      const { bid } = await orders.syncQuotes({ ...BID, price: BID.price - delta_ms / 1000 }, undefined);
      assertEquals(bid?.state, "open");
      await fault({ kind: "clear" });
      assertEquals((await orders.reconcile()).problems, []);
    }
  }));

Deno.test("a lost user stream: out at once, back with what was missed", () =>
  withOrders(async ({ open, fault, take, openIds }) => {
    const { orders, halts, until, events } = await open();
    await orders.syncQuotes(BID, ASK);
    await fault({ kind: "drop", socket: "user", refuse_ms: 300 });
    await until(() => halts.length > 0);
    assert(halts[0]!.startsWith("cancel: user stream"), halts[0]);
    await until(() => orders.status().working.length === 0 || events.filter((e) => e.event === "ended").length >= 2);
    // By itself again, as it is still wanted.
    await until(() => orders.status().working.filter(({ state }) => state === "open").length === 2);
    assertEquals((await openIds()).length, 2);
    await take("SELL", "0.002", "60000");
    await until(() => orders.status().position === 0.002);
    assertEquals((await orders.close()).problems, []);
  }));

Deno.test("a user stream that is lost again while the account is compared keeps us out until that return is compared", () =>
  withOrders(async ({ open, fault }) => {
    const { orders, halts, until, untilUp } = await open({
      config: override(CONFIG, { orders: { poll_interval: 60 } }),
    });
    // Late answers, so that the comparison lasts longer than the stream.
    await fault({ kind: "rest_delay", delay_ms: 100, ms: 10_000 });
    await fault({ kind: "drop", socket: "user" });
    await until(() => halts.length > 0);
    await untilUp();
    await fault({ kind: "drop", socket: "user", refuse_ms: 700 });
    await until(() => halts.at(-1)!.startsWith("none"));
    assert(orders.status().stream.isUp);
    await fault({ kind: "clear" });
  }));

Deno.test("a user stream that is lost and back while the account is read at the start does not keep us out", () =>
  withOrders(async ({ open, us, fault }) => {
    const left = { side: "BUY", type: "LIMIT_MAKER", quantity: "0.002", price: "60000" };
    await us.order({ ...left, newClientOrderId: "mb-00000000000-1" });
    await fault({ kind: "rest_delay", path: "GET /api/v3/account", delay_ms: 500, count: 2 });
    const { orders, untilUp } = await open({
      config: override(CONFIG, { orders: { answer_timeout: 1, recv_window: 2 } }),
      say: (line) => void (line.includes("left by an earlier run") && fault({ kind: "drop", socket: "user" })),
    });
    await untilUp();
    assertEquals(orders.status().stream.reconnects, 1);
    for (let i = 0; i < 3; i++) await orders.reconcile();
    assertEquals(orders.status().halts, []);
  }));

Deno.test("a guard that ends while it cancels leaves nobody out of the market: the next one's start is the end of it", () =>
  withOrders(async ({ open, testnet }) => {
    const config = override(CONFIG, { risk: { heartbeat: 0.1, dead_after: 0.3 } });
    const { orders, exchange, halts, until } = await open({ config });
    const folder = await Deno.makeTempDir({ prefix: "makerbook_guard_" });
    const guarded = await guardOrders(orders, { exchange, config, testnet, log: `${folder}/guard.log` });
    try {
      const stalled = performance.now();
      while (performance.now() < stalled + 600);
      await until(() => halts.some((halt) => halt.startsWith("cancel: the guard cancels: no heartbeat")));
      Deno.kill(guarded.guard.pid!, "SIGKILL");
      await until(() => halts.at(-1)!.startsWith("none"));
      assert(halts.some((halt) => halt.includes("the guard is lost")), halts.join());
    } finally {
      await guarded.close();
      await Deno.remove(folder, { recursive: true });
    }
  }));

Deno.test("orders of others on the account are left alone, and told", () =>
  withOrders(async ({ open, us, openIds }) => {
    const { orders, risk, until } = await open();
    const { body } = await us.order({
      side: "BUY",
      type: "LIMIT_MAKER",
      quantity: "1",
      price: "50000",
      newClientOrderId: "by-hand",
    });
    await until(() =>
      risk.some(({ reason }) => reason.includes(`order ${body.orderId} (by-hand) is of somebody else`))
    );
    await orders.syncQuotes(BID, ASK);
    await orders.cancelAll("test");
    assertEquals(await openIds(), ["by-hand"]);
    const report = await orders.close();
    assertEquals([report.problems, report.foreign.length, await openIds()], [[], 1, ["by-hand"]]);
  }));

Deno.test("a run begins with what a killed one left: its orders are cancelled, its trades and position are taken over", () =>
  withOrders(async ({ open, us, take, openIds }) => {
    const root = await Deno.makeTempDir({ prefix: "makerbook_" });
    const memory = openMemory(root, { id: "binance", environment: "local", symbol: "BTC/USDT" });
    try {
      const first = await open({ memory });
      await first.orders.syncQuotes(BID, ASK);
      await take("SELL", "0.001", "60000");
      await first.until(() => first.orders.status().position === 0.001);
      assertEquals((await first.orders.close()).position, 0.001);
      // What a killed process could not cancel any more, and what became of it.
      const left = {
        side: "BUY",
        type: "LIMIT_MAKER",
        quantity: "0.002",
        price: "60000",
        newClientOrderId: "mb-00000000000-1",
      };
      await us.order(left);
      await take("SELL", "0.0005", "60000");
      await us.order({ ...left, price: "60001", quantity: "0.001", newClientOrderId: "mb-00000000000-2" });
      await take("SELL", "0.001", "60001");
      const second = await open({ memory });
      assertEquals(await openIds(), []);
      assertEquals(second.orders.status().position, 0.0025);
      assertEquals(second.orders.opening?.lots, 100);
      const told = second.risk.map(({ reason }) => reason).join("; ");
      assertStringIncludes(told, "was left by an earlier run: cancelled");
      assertStringIncludes(told, `the position at the start is 0.0025 BTC, from run ${first.orders.prefix}`);
      // The stream does not have to tell of an order that was filled before it was there, however long one waits.
      const { now } = performance;
      try {
        performance.now = () => now.call(performance) + 5000;
        for (let i = 0; i < 4; i++) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      } finally {
        performance.now = now;
      }
      assertEquals(second.risk.filter(({ reason }) => reason.includes("does not tell")), []);
      const report = await second.orders.close();
      assertEquals([report.problems, report.position], [[], 0.0025]);
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  }));

Deno.test("a position is not taken over without a price that its gains count from, nor from a file that holds none", () =>
  withOrders(async ({ open, take, fault }) => {
    const root = await Deno.makeTempDir({ prefix: "makerbook_" });
    const memory = openMemory(root, { id: "binance", environment: "local", symbol: "BTC/USDT" });
    try {
      const { orders, until } = await open({ memory });
      await orders.syncQuotes(BID, undefined);
      await take("SELL", "0.002", "60000");
      await until(() => orders.status().position === 0.002);
      await orders.close();
      await fault({ kind: "lost_answer", path: "GET /api/v3/ticker/24hr" });
      await assertRejects(() => open({ memory }), Error, "the venue tells no price of BTC/USDT");
      const second = await open({ memory });
      assertEquals((await second.orders.close()).position, 0.002);
      await Deno.writeTextFile(`${memory.folder}/binance_local_btc_usdt.position.json`, '{"cursor":"1"}');
      await assertRejects(() => open({ memory }), Error, 'position.json: cannot be read: {"cursor":"1"}');
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  }));

Deno.test("what a killed run left is known as such although our clock runs behind the one that it had", () =>
  withOrders(async ({ open, us, fault, openIds }) => {
    await fault({ kind: "clock_skew", delta_ms: 60_000 });
    const { prefix } = createOrderIds(Date.now() + 30_000);
    const left = {
      side: "BUY",
      type: "LIMIT_MAKER",
      quantity: "0.002",
      price: "60000",
      timestamp: Date.now() + 60_000,
    };
    assertEquals((await us.order({ ...left, newClientOrderId: `${prefix}1` })).status, 200);
    await open();
    await fault({ kind: "clear" });
    assertEquals(await openIds(), []);
  }));

Deno.test("of two sessions on one account the earlier one gives way, and counts nothing of the other", () =>
  withOrders(async ({ open, take, openIds }) => {
    const [first, second] = [await open(), await open()];
    await first.orders.syncQuotes(BID, ASK);
    await second.orders.syncQuotes(BID, ASK);
    await first.until(() => first.halts.some((halt) => halt.includes("began later on this account")));
    await first.until(() => first.orders.status().working.length === 0);
    await second.orders.reconcile();
    await second.orders.syncQuotes(BID, ASK);
    assertEquals((await openIds()).map((id) => id.startsWith(second.orders.prefix)), [true, true]);
    await take("SELL", "0.002", "60000");
    await second.until(() => second.orders.status().position === 0.002);
    await first.orders.reconcile();
    assertEquals(first.orders.status().position, 0);
    const [a, b] = [await first.orders.close(), await second.orders.close()];
    assertEquals([a.problems, b.problems], [[], []]);
  }));

Deno.test("the kill switch latches on disk until it is reset", () =>
  withOrders(async ({ open, openIds }) => {
    const root = await Deno.makeTempDir({ prefix: "makerbook_" });
    const memory = openMemory(root, { id: "binance", environment: "local", symbol: "BTC/USDT" });
    try {
      const { orders, halts } = await open({ memory });
      await orders.syncQuotes(BID, ASK);
      await orders.kill("a test");
      assertEquals([await openIds(), halts], [[], ["cancel: killed: a test"]]);
      assertEquals((await orders.syncQuotes(BID, ASK)).bid, undefined);
      await orders.close();
      await assertRejects(() => open({ memory }), Error, "the kill switch latched at");
      await memory.clearLatch();
      const again = await open({ memory });
      await again.orders.kill("once more");
      await again.orders.reset();
      assertEquals((await again.orders.syncQuotes(BID, ASK)).bid?.price, 60_000);
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  }));

Deno.test("flatten() leaves the market and takes the position to zero, as far as the smallest order allows", () =>
  withOrders(async ({ open, they, take }) => {
    const { orders } = await open();
    await orders.syncQuotes(BID, undefined);
    await take("SELL", "0.002", "60000");
    await they.order({ side: "BUY", type: "LIMIT_MAKER", quantity: "1", price: "40000" });
    const result = await orders.flatten("a test");
    assertEquals([result.before, result.after, result.left], [0.002, 0, undefined]);
    assertEquals((await orders.close()).problems, []);
  }));

Deno.test("flatten() called twice takes once", () =>
  withOrders(async ({ open, they, take }) => {
    const { orders, events } = await open();
    await orders.syncQuotes(BID, undefined);
    await take("SELL", "0.002", "60000");
    await they.order({ side: "BUY", type: "LIMIT_MAKER", quantity: "1", price: "40000" });
    await they.order({ side: "SELL", type: "LIMIT_MAKER", quantity: "1", price: "70000" });
    const results = await Promise.all([orders.flatten("a test"), orders.flatten("a second click")]);
    assertEquals(results.map(({ before, after, left }) => [before, after, left]), Array(2).fill([0.002, 0, undefined]));
    const report = await orders.close();
    const takes = events.filter(({ event, price }) => event === "place" && price === undefined);
    assertEquals([report.problems, report.trades, takes.length], [[], 2, 1]);
  }));

Deno.test("too many errors on a disk that is full: out of the market, and told", () =>
  withOrders(async ({ open, fault }) => {
    const full = () => Promise.reject(new Error("no space left on device"));
    const nothing = () => Promise.resolve(undefined);
    const memory = {
      folder: "",
      latch: nothing,
      checkpoint: nothing,
      clearLatch: nothing,
      setCheckpoint: full,
      setLatch: full,
    };
    const { orders, risk, until } = await open({ memory, config: override(CONFIG, { risk: { max_error_rate: 1 } }) });
    await fault({ kind: "http_error", status: 500, path: "GET /api/v3/myTrades", count: 3 });
    await until(() => risk.some(({ reason }) => reason.includes("switch cannot be written down: no space left")));
    assertEquals([orders.status().stage, orders.status().latched?.slice(0, 27)], [
      "cancel",
      "more than 1 failed requests",
    ]);
  }));

Deno.test("when as many orders are placed as the venue's count allows, nothing more is sent before the interval is over", () =>
  withOrders(async ({ open, us }) => {
    const { orders, halts } = await open();
    const spent = "pause: 100 orders in 10 s, as many as the venue allows";
    // Others of the same account count too; an interval may end meanwhile.
    for (let price = 50_000; halts.length === 0; price++) {
      for (let count = 0; count < 98;) {
        const order = { side: "BUY", type: "LIMIT_MAKER", quantity: "0.001", price: String(price) };
        const { status, headers } = await us.order(order);
        assertEquals(status, 200);
        count = Number(headers.get("x-mbx-order-count-10s"));
      }
      await orders.syncQuotes({ price, qty: 0.002 }, { price: price + 10_000, qty: 0.002 });
      // The stream may tell of both orders before the answers come, which have the count.
      await orders.reconcile();
    }
    assertEquals([halts[0], orders.status().counts.rejected], [spent, 0]);
  }));

Deno.test("the venue's order count ends placing for the rest of an interval, which a fast replay makes shorter", () => {
  for (const speed of [1, 20]) {
    const limits = createVenueLimits(speed);
    limits.know([{ intervalMs: 10_000, limit: 100 }, { intervalMs: 86_400_000, limit: 200_000 }]);
    const at = 1_000_000_000_000 / speed;
    limits.count({ "X-MBX-ORDER-COUNT-10S": "99", "x-mbx-order-count-1d": "1000" }, at + 1);
    assert(limits.mayPlace(at + 1));
    assertEquals(limits.count({ "x-mbx-order-count-10s": "100" }, at + 1)?.limit, 100);
    assertEquals([limits.mayPlace(at + 10_000 / speed - 1), limits.mayPlace(at + 10_000 / speed)], [false, true]);
    assertEquals([limits.count(undefined, at), limits.count({ "x-mbx-order-count-7s": "1000" }, at)], [
      undefined,
      undefined,
    ]);
    assertEquals([limits.mayAsk(at + 1), limits.refusals], [true, 0]);
  }
});

Deno.test("an account that pays its commissions in BNB has the balances that our books say", () => {
  const balances = { BTC: "10", USDT: "1000000", BNB: "1" };
  const discount = { asset: "BNB", rate: "0.25", price: "600" };
  const accounts = ["us", "they"].map((name) => ({ apiKey: name, secret: name, balances, discount }));
  return withOrders(async ({ open, us, take }) => {
    const { orders, until } = await open();
    await orders.syncQuotes(BID, ASK);
    await take("SELL", "0.002", "60000");
    await take("BUY", "0.001", "60010");
    await until(() => orders.status().position === 0.001);
    const report = await orders.close();
    assertEquals([report.problems, report.trades], [[], 2]);
    const { body } = await us.signed("GET", "account");
    const held = (asset: string) => body.balances.find((one: { asset: string }) => one.asset === asset).free;
    assertEquals([held("BTC"), held("USDT")], ["10.00100000", "999940.01000000"]);
    // 0.1 % of 0.002 BTC at 60000 and of 60.01 USDT, a quarter off, at 600 USDT a BNB; cut to 1e-8 on the way.
    assert(Math.abs(1 - Number(held("BNB")) - 0.0002250125) < 2e-8, held("BNB"));
    const { body: trades } = await us.signed("GET", "myTrades", { symbol: "BTCUSDT" });
    const paid = trades.map(({ commission, commissionAsset }: { commission: string; commissionAsset: string }) =>
      commissionAsset === "BNB" ? Math.round(Number(commission) * 1e8) : NaN
    );
    assertEquals(1e8 - paid[0] - paid[1], Math.round(Number(held("BNB")) * 1e8));
    const bnb = report.balances.find(({ currency }) => currency === "BNB");
    assertEquals(bnb?.difference, 0);
  }, { accounts });
});
