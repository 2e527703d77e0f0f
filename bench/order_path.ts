/**
 * Our own path to an order: from a book message received to the order handed to the network, with ccxt's share apart.
 *
 * `deno run -A bench/order_path.ts [ORDERS]`: a live session on a testnet of its own at wall-clock speed, quoting without patience, until
 * so many orders (500 where not given) have been sent. A quote that moves is cancelled first, and placed anew when the cancel has been
 * answered: the message is in (ccxt's socket hands it over), the decision calls `cancelOrder`, ccxt calls `fetch`; the answer is there,
 * `createOrder` is called, ccxt calls `fetch`, the answer is there. Milliseconds.
 *
 * @module
 */
import { marketClock } from "../lib/clock.ts";
import { getExchange, loadMarketRules } from "../lib/connect.ts";
import { openFeed } from "../lib/feed.ts";
import { backfillTrades } from "../lib/ingest.ts";
import { openOrders } from "../lib/orders.ts";
import { override, validate } from "../lib/schema.ts";
import { startSession } from "../lib/session.ts";
import { createStore } from "../lib/store.ts";
import { createTable } from "../lib/table.ts";
import { startTestnetChild } from "./testnet_child.ts";

const wanted = Number(Deno.args[0] ?? 500);
if (!Number.isInteger(wanted) || wanted < 1) {
  console.error("Usage: deno run -A bench/order_path.ts [ORDERS]");
  Deno.exit(2);
}

/** Market seconds a wall second: real latencies. */
const SPEED = 1;
const config = override(validate({}), {
  mode: "live",
  quotes: { requote_ticks: 0, requote_interval: 0 },
  risk: { max_order_rate: 1000, max_drawdown: 1e9, resume_after: 0, max_error_rate: 1e6, q_max: 1, hedge_at: 1 },
  model: { sigma_min_samples: 5, k_min_markouts: 0, vpin_min_buckets: 1, vpin_bucket_trades: 5 },
  session: { minutes: 0 },
  testnet: { speed: SPEED },
});

interface Path {
  /** Since the last answer to a cancel, or word of one by the stream. */
  readonly waited: number;
  readonly decided: number;
  fetched: number;
  answered: number;
}

// deno-lint-ignore no-explicit-any
type Any = any;

const testnet = await startTestnetChild({ market: "synthetic", seed: 1, start: 300, speed: SPEED });
const { symbol } = config.exchange;
const exchange = getExchange(config, { ws: true, testnet });
const market = await loadMarketRules(exchange, symbol);
const clock = await marketClock(exchange, config);
const backfill = await backfillTrades(exchange, symbol, clock.now() / 1000 - 300_000, 100_000, clock.now);
const root = await Deno.makeTempDir({ prefix: "makerbook_" });
const store = createStore({ root, run: "bench", symbol, market });
const trading = getExchange(config, { ws: true, testnet });
trading.setMarkets(exchange.markets);

/** What came longer ago was not what set a decision off, milliseconds. */
const OWN_MS = 50;

/** When the last message of the market came out of the socket, before ccxt read it. */
let received = 0;
/** When the venue last said something of our own orders, by the stream or in an answer. */
let told = 0;
function onMessages(owner: Any, note: () => void) {
  const open = owner.client;
  const seen = new WeakSet();
  owner.client = (url: string) => {
    const client = open.call(owner, url);
    if (seen.has(client)) return client;
    seen.add(client);
    const { onMessage } = client;
    client.onMessage = (event: unknown) => {
      note();
      return onMessage.call(client, event);
    };
    return client;
  };
}
onMessages(exchange, () => received = performance.now());
onMessages(trading, () => told = performance.now());
const paths: Path[] = [];
const waiting = new Map<string, Path>();
/** From the message to the call of `cancelOrder`; from there to `fetch`. */
const decisions: number[] = [];
const cancels: number[] = [];
const cancelling: number[] = [];
const { cancelOrder, createOrder, fetch: send } = trading;
trading.cancelOrder = async (...given: Parameters<typeof cancelOrder>) => {
  const called = performance.now();
  // One that an answer or a timer set off has no message that is its own.
  if (received > told && called - received < OWN_MS) decisions.push(called - received);
  cancelling.push(called);
  try {
    return await cancelOrder.apply(trading, given);
  } finally {
    told = performance.now();
  }
};
trading.createOrder = async (...given: Parameters<typeof createOrder>) => {
  const params = given[5] as { newClientOrderId: string };
  const decided = performance.now();
  const path: Path = { waited: decided - told, decided, fetched: NaN, answered: NaN };
  waiting.set(params.newClientOrderId, path);
  try {
    return await createOrder.apply(trading, given);
  } finally {
    path.answered = performance.now();
    paths.push(path);
    waiting.delete(params.newClientOrderId);
  }
};
trading.fetch = (...given: Parameters<typeof send>) => {
  const [url, method, , body] = given;
  const id = /newClientOrderId=([\w-]+)/.exec(String(body ?? ""))?.[1];
  const path = id === undefined ? undefined : waiting.get(id);
  if (path) path.fetched = performance.now();
  if (method === "DELETE" && String(url).includes("/order?")) cancels.push(performance.now() - cancelling.shift()!);
  return send.apply(trading, given);
};

const orders = await openOrders(trading, { symbol, config, market, clock });
const session = startSession({
  config,
  market,
  clock,
  feed: openFeed(exchange, symbol, { clock }),
  store,
  backfill,
  orders,
  announce: () => {},
  onReady: async () => {
    await (await fetch(`${testnet.control}/clock`, { method: "POST", body: '{"held":false}' })).body?.cancel();
    await clock.sync();
  },
});
let shown = 0;
while (paths.length < wanted && session.snapshot().state !== "stopped") {
  await new Promise((resolve) => setTimeout(resolve, 100));
  if (paths.length < shown + wanted / 10) continue;
  shown = paths.length;
  console.error(`${shown} of ${wanted} orders`);
}
const report = await session.stop("enough");
await exchange.close();
await trading.close();
await testnet.close();
await Deno.remove(root, { recursive: true });

const quantile = (values: readonly number[], p: number) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(p * values.length))]!;
const sent = paths.filter(({ fetched }) => fetched > 0);
const row = (name: string, values: readonly number[]) => [
  name,
  String(values.length),
  ...[0, 0.5, 0.99].map((p) => quantile(values, p).toFixed(3)),
];
const replaced = sent.map(({ waited }) => waited).filter((ms) => ms < OWN_MS);
console.log(
  createTable("milliseconds", ["", "n", "least", "p50", "p99"], [
    row("message received → cancelOrder called", decisions),
    row("ccxt: cancelOrder called → fetch called", cancels),
    row("cancel answered → createOrder called", replaced),
    row("ccxt: createOrder called → fetch called", sent.map(({ decided, fetched }) => fetched - decided)),
    row("order sent → answered", sent.map(({ fetched, answered }) => answered - fetched)),
  ]).text,
);
console.log(`fills ${report.fills.length}, problems ${JSON.stringify(report.venue?.problems)}`);
Deno.exit(0);
