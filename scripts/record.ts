/**
 * `deno task record`: a market to Parquet, without trading.
 *
 * @module
 */
import { marketClock } from "../lib/clock.ts";
import { getExchange, loadMarketRules } from "../lib/connect.ts";
import { openFeed } from "../lib/feed.ts";
import { loadConfig, locate, override } from "../lib/settings.ts";
import { createStore } from "../lib/store.ts";
import { help, positive, readOptions } from "./options.ts";
import { main, Stop } from "./steps.ts";

const OPTIONS = {
  exchange: { value: "ID", about: "ccxt exchange id; exchange.id if absent" },
  symbol: { value: "SYMBOL", about: "unified symbol; exchange.symbol if absent" },
  minutes: { value: "N", about: "how long; until Ctrl-C if absent" },
  data: { value: "FOLDER", about: "where to; paths.data if absent" },
  config: { value: "FILE", about: "config.yaml if absent" },
  help: { about: "this text" },
};

await main(async () => {
  const options = readOptions(Deno.args, OPTIONS);
  if (options.has("help")) {
    console.log(help(
      "deno task record [options]",
      "Records books and trades of a market to Parquet. It places no orders and needs no keys.",
      OPTIONS,
    ));
    return;
  }
  const loaded = await loadConfig(options.get("config"));
  const config = override(loaded, {
    mode: "paper",
    exchange: {
      id: options.get("exchange") ?? loaded.exchange.id,
      symbol: options.get("symbol") ?? loaded.exchange.symbol,
    },
  });
  const { id, environment, symbol, depth } = config.exchange;
  if (environment === "local") {
    throw new Stop("exchange.environment = local replays a recording: set it to production to record a market", 2);
  }
  const exchange = getExchange(config, { ws: true });
  const market = await loadMarketRules(exchange, symbol);
  const clock = await marketClock(exchange, config);
  const minutes = positive(options, "minutes");
  const run = `record-${new Date().toISOString().replaceAll(/[:.]/g, "")}`;
  const store = createStore({ root: options.get("data") ?? locate(config, config.paths.data), run, symbol, market });
  const feed = openFeed(exchange, symbol, {
    depth,
    clock,
    staleAfterMs: config.risk.stale_after * 1000,
  });
  const stop = () => void feed.close();
  Deno.addSignalListener("SIGINT", stop);
  Deno.addSignalListener("SIGTERM", stop);
  const timer = minutes === undefined ? undefined : setTimeout(stop, Number(minutes) * 60_000);
  const skew = setInterval(() => void clock.sync().catch(() => {}), 60_000);
  const progress = setInterval(() => {
    const { deltas, trades, bookGaps } = store.counts();
    console.log(`${deltas} book messages, ${trades} trades, ${bookGaps} gaps`);
  }, 10_000);
  console.log(`recording ${symbol} of ${id} to ${store.root}, run ${run}; Ctrl-C ends it`);
  let failure: Error | undefined;
  void store.error.then((error) => {
    failure = error;
    stop();
  });
  let seq = 0;
  try {
    for await (const event of feed) {
      if (event.type === "book") store.book(event, seq++);
      else if (event.type === "trade") store.trade(event, seq++);
      else store.gap(event, seq++);
    }
  } finally {
    clearTimeout(timer);
    clearInterval(skew);
    clearInterval(progress);
    await feed.close();
    await store.close();
    await exchange.close();
  }
  if (failure) throw new Stop(`recorder: ${failure.message}`);
  const { deltas, trades, bookGaps } = store.counts();
  console.log(`recorded ${deltas} book messages and ${trades} trades, ${bookGaps} gaps`);
});
