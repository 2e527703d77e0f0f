/**
 * A session as the notebook runs it, with its panel, that writes down how much memory it has: for a kernel's cell or a process.
 *
 * @module
 */
import { marketClock } from "../lib/clock.ts";
import { getExchange, loadMarketRules } from "../lib/connect.ts";
import { createDisplay, isKernel } from "../lib/display.ts";
import { openFeed } from "../lib/feed.ts";
import { backfillTrades } from "../lib/ingest.ts";
import { openLive } from "../lib/live.ts";
import { override, validate } from "../lib/schema.ts";
import { startSession } from "../lib/session.ts";
import { createStore } from "../lib/store.ts";
import { createWatch } from "../lib/watch.ts";
import { attachTestnet, type TestnetPlace } from "./testnet_child.ts";

/** What to run. */
export interface MemoryJob {
  readonly testnet: TestnetPlace;
  readonly mode: "live" | "paper";
  readonly minutes: number;
  /** Folder of its recording. */
  readonly root: string;
  /** File that the lines go to, one JSON object each. */
  readonly lines: string;
  /** Market seconds between two samples. */
  readonly every: number;
}

/** Bytes but for the times, which are seconds. */
export interface MemorySample {
  readonly type: "sample";
  readonly market: number;
  readonly wall: number;
  readonly resident: number;
  /** JavaScript's objects, those that nobody needs any more included; and what it has room for. */
  readonly heap: number;
  readonly heapRoom: number;
  /** Buffers outside of it. */
  readonly external: number;
  /** Sent to the notebook so far, and what of it a notebook keeps: each display as it was last, and all that was printed. */
  readonly sent: number;
  readonly shown: number;
  readonly fills: number;
  readonly orders: number;
  readonly state: string;
}

/** The last line. */
export interface MemoryEnd {
  readonly type: "end";
  readonly reason: string;
  readonly fills: number;
  readonly takers: number;
  /** What the account does not explain; undefined on paper. */
  readonly problems: readonly string[] | undefined;
  /** Bytes that grow with the session by design. */
  readonly history: {
    readonly fills: number;
    readonly mids: number;
    readonly positions: number;
    readonly curve: number;
  };
}

/** Bytes of a fill with the decision and the order behind it: fields of eight bytes. */
const BYTES_A_FILL = 8 * (16 + 20 + 15);
const LOOK_MS = 100;

/** Runs it to its end. */
export async function runMemorySession(job: MemoryJob): Promise<void> {
  const { mode, minutes, root } = job;
  const write = (line: MemorySample | MemoryEnd) =>
    Deno.writeTextFileSync(job.lines, JSON.stringify(line) + "\n", { append: true });
  const config = override(validate({ mode }, "harness"), {
    session: { minutes },
    paths: { data: root, out: root },
    // What a simulated market costs is of no interest here.
    risk: { max_drawdown: 1e9, max_error_rate: 1e6 },
  });
  const testnet = attachTestnet(job.testnet);
  const { symbol } = config.exchange;
  const shown = isKernel() ? countShown() : { sent: 0, kept: 0 };
  const view = createDisplay();
  const exchange = getExchange(config, { testnet, ws: true });
  const market = await loadMarketRules(exchange, symbol);
  const clock = await marketClock(exchange, config);
  const since = clock.now() / 1000 - config.session.backfill_minutes * 60_000;
  const backfill = await backfillTrades(exchange, symbol, since, 50_000, clock.stamp);
  const orders = await openLive(config, { market, clock, testnet, markets: exchange.markets });
  const store = createStore({ root, run: `${mode}-memory`, symbol, market });
  const feed = openFeed(exchange, symbol, {
    ...{ depth: config.exchange.depth, clock, staleAfterMs: config.risk.stale_after * 1000 },
  });
  const watch = createWatch({ config, market, view });
  const session = startSession({
    ...{ config, market, clock, feed, store, backfill, onProgress: watch.progress },
    ...(orders ? { orders } : {}),
    announce: view.line,
    async onReady() {
      await testnet.ask("/clock", { held: false });
      await clock.sync();
    },
  });
  await watch.show(session);
  const started = performance.now();
  let next = 0;
  const timer = setInterval(() => {
    const { elapsed, fills, counts, state } = session.snapshot();
    if (elapsed < next) return;
    next += job.every;
    const { rss, heapUsed, heapTotal, external } = Deno.memoryUsage();
    write({
      ...{ type: "sample", market: elapsed, wall: (performance.now() - started) / 1000 },
      ...{ resident: rss, heap: heapUsed, heapRoom: heapTotal, external, sent: shown.sent, shown: shown.kept },
      ...{ fills, orders: counts.sent, state },
    });
  }, LOOK_MS);
  try {
    const { reason, fills, venue, metrics: { path } } = await watch.until(session);
    write({
      ...{ type: "end", reason, fills: fills.length, problems: venue?.problems },
      takers: fills.filter(({ liquidity }) => liquidity === "taker").length,
      history: {
        fills: fills.length * BYTES_A_FILL,
        mids: path.mids.ts.byteLength + path.mids.mid.byteLength,
        positions: path.positions.ts.byteLength + path.positions.position.byteLength,
        curve: Object.values(path.curve).reduce((sum, { byteLength }) => sum + byteLength, 0),
      },
    });
  } finally {
    clearInterval(timer);
    await exchange.close();
  }
}

/** Counts what this kernel sends to its notebook. */
function countShown() {
  const count = { sent: 0, kept: 0 };
  const displays = new Map<string, number>();
  const kernel = Deno.jupyter as { broadcast: typeof Deno.jupyter.broadcast };
  const { broadcast } = kernel;
  kernel.broadcast = (type, content, extra) => {
    const { data, transient } = content as { data?: unknown; transient?: { display_id?: string } };
    const size = JSON.stringify(data ?? content).length;
    count.sent += size;
    const id = transient?.display_id ?? `${displays.size}`;
    count.kept += size - (displays.get(id) ?? 0);
    displays.set(id, size);
    return broadcast(type, content, extra);
  };
  const { log } = console;
  console.log = (...args: unknown[]) => {
    const size = args.join(" ").length + 1;
    count.sent += size;
    count.kept += size;
    log(...args);
  };
  return count;
}

if (import.meta.main) await runMemorySession(JSON.parse(Deno.args[0] ?? "{}") as MemoryJob);
