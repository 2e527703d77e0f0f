/**
 * `deno task testnet`: serves a recording as a Binance Spot compatible exchange and prints its addresses as one JSON line.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { faultHelp, parseFault } from "./fault_spec.ts";
import { meanRate } from "./engine/arrivals.ts";
import { atRate, DEFAULT_WORLD } from "./engine/synthetic.ts";
import { TRADING_HELP, tradingOptions } from "./private/options.ts";
import { startTestnet } from "./server.ts";

const DEFAULT_TAPE = new URL("../data/sample/binance_spot_btcusdt_20240808", import.meta.url).pathname;

const HELP = `A Binance Spot compatible exchange on 127.0.0.1 that replays a recording, or makes a market.

Usage: deno task testnet [options]

  --port N        port to listen on; 0 takes a free one (default 8080)
  --tape PATH     recording: a .jsonl or .jsonl.gz file, or a directory of them
                  (default: ten minutes of BTCUSDT, 2024-08-08 23:54 UTC)
  --market KIND   instead of a recording: synthetic (simulated traders around a hidden
                  value) or empty (only clients' orders)
  --price P       first mid of the synthetic market (default ${DEFAULT_WORLD.price})
  --k K           distance of its value from the mid, quote per base (default ${DEFAULT_WORLD.k})
  --informed S    share of its traders who know the value, 0 to 1 (default ${DEFAULT_WORLD.informed})
  --rate R        its traders a second in the long run (default ${meanRate(DEFAULT_WORLD)})
  --symbol NAME   which symbol, where the recording has several, or of a market that is
                  made here (BTCUSDT, ETHUSDT or ETHBTC; default BTCUSDT)
  --speed X       market seconds a wall second (default 1)
  --start SECONDS how much of the market lies in the past when the clock begins (default 0)
  --entry-latency S     orders dated T act at T + S seconds of market time (default: when they
                  arrive); with this or the next, T counts, not the arrival
  --response-latency S  their answers and events leave so much later (default 0)
  --hold          the clock stands still until POST /testnet/clock {"held":false}
  --fault SPEC    a fault, KIND[@SECONDS][:KEY=VALUE,...]; may be given several times
  --seed N        seed of whatever is random: faults, made-up ids, simulated traders (default 1)
${TRADING_HELP}
  --parent        exit when standard input ends: for a process that starts this one
  --verbose       log requests and connections to standard error
  --help          this text

When it is ready it prints one JSON line with its addresses.

With curl:
  curl 'http://127.0.0.1:8080/api/v3/depth?symbol=BTCUSDT&limit=5'
  curl http://127.0.0.1:8080/testnet/status
  curl -d '{"speed":20}' http://127.0.0.1:8080/testnet/clock

An order with curl:
  q="symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=0.01&price=60000&timestamp=$(date +%s000)"
  s=$(printf %s "$q" | openssl dgst -sha256 -hmac testnet-secret | sed 's/.* //')
  curl -H 'X-MBX-APIKEY: testnet-key' -X POST "http://127.0.0.1:8080/api/v3/order?$q&signature=$s"

With ccxt.pro, as a module (.mjs or .ts):
  import ccxt from "ccxt";
  const exchange = new ccxt.pro.binance({
    apiKey: "testnet-key",
    secret: "testnet-secret",
    options: { fetchMarkets: { types: ["spot"] }, fetchCurrencies: false, fetchMargins: false },
  });
  exchange.urls.api.public = exchange.urls.api.private = "http://127.0.0.1:8080/api/v3";
  exchange.urls.api.ws.spot = "ws://127.0.0.1:8080/ws";
  exchange.urls.api.ws["ws-api"].spot = "ws://127.0.0.1:8080/ws-api/v3";
  const book = await exchange.watchOrderBook("BTC/USDT");
  const watched = exchange.watchOrders("BTC/USDT");
  await exchange.ensureUserDataStreamWsSubscribeSignature("spot"); // what happens before is not seen
  const order = await exchange.createOrder("BTC/USDT", "limit", "buy", 0.01, 60000, { postOnly: true });
  const orders = await watched;
  console.log(book.bids[0], order.id, orders[0].status);
  await exchange.close();

Faults, as --fault or as JSON to POST /testnet/fault:
${faultHelp()}

  deno task testnet --fault drop@30:refuse_ms=500 --fault skip_depth@60:count=3
  curl -d '{"kind":"half_open"}' http://127.0.0.1:8080/testnet/fault
`;

async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args: joinNegatives(args),
    strict: true,
    options: {
      port: { type: "string" },
      tape: { type: "string" },
      market: { type: "string" },
      price: { type: "string" },
      k: { type: "string" },
      informed: { type: "string" },
      rate: { type: "string" },
      symbol: { type: "string" },
      speed: { type: "string" },
      start: { type: "string" },
      "entry-latency": { type: "string" },
      "response-latency": { type: "string" },
      hold: { type: "boolean" },
      seed: { type: "string" },
      fault: { type: "string", multiple: true },
      key: { type: "string" },
      secret: { type: "string" },
      "public-key": { type: "string" },
      balance: { type: "string", multiple: true },
      "maker-fee": { type: "string" },
      "taker-fee": { type: "string" },
      fills: { type: "string" },
      parent: { type: "boolean" },
      verbose: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return console.log(HELP);
  const testnet = await startTestnet({
    ...marketOf(values),
    symbol: values.symbol,
    port: number("port", values.port, 8080),
    speed: above0("speed", number("speed", values.speed, 1)),
    start: number("start", values.start, 0),
    seed: number("seed", values.seed, 1),
    hold: values.hold,
    latency: latencyOf(values["entry-latency"], values["response-latency"]),
    ...tradingOptions(values),
    faults: values.fault?.map(parseFault),
    log: values.verbose ? (line) => console.error(line) : undefined,
  });
  for (const warning of testnet.warnings) console.error(`Warning: ${warning}`);
  const { rest, ws, control, symbol, startTs: start, endTs: end, speed } = testnet;
  console.log(JSON.stringify({ rest, ws, control, symbol, start, end, speed }));
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => void testnet.close());
  }
  if (values.parent) void endOfInput().then(() => testnet.close());
  await testnet.closed;
  Deno.exit(0);
}

/** Which market is meant: a recording unless another is named. */
function marketOf(
  values: { tape?: string; market?: string; price?: string; k?: string; informed?: string; rate?: string },
) {
  const { tape, market } = values;
  const world = {
    price: above0("price", number("price", values.price, DEFAULT_WORLD.price)),
    k: above0("k", number("k", values.k, DEFAULT_WORLD.k)),
    informed: number("informed", values.informed, DEFAULT_WORLD.informed),
    ...atRate(above0("rate", number("rate", values.rate, meanRate(DEFAULT_WORLD)))),
  };
  if (market === undefined) return { tape: tape ?? DEFAULT_TAPE };
  if (market !== "synthetic" && market !== "empty") {
    throw new RangeError(`--market = ${market}, must be one of synthetic, empty`);
  }
  if (tape !== undefined) throw new RangeError(`--market ${market} has no use for --tape ${tape}`);
  return { market, world } as const;
}

/** Seconds as microseconds; undefined where neither is given. */
function latencyOf(entry: string | undefined, response: string | undefined) {
  if (entry === undefined && response === undefined) return undefined;
  return {
    entryUs: Math.round(number("entry-latency", entry, 0) * 1e6),
    responseUs: Math.round(number("response-latency", response, 0) * 1e6),
  };
}

function number(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new TypeError(`--${name} ${text}: must be a number`);
  return value;
}

function above0(name: string, value: number): number {
  if (!(value > 0)) throw new RangeError(`--${name} = ${value}, must be > 0`);
  return value;
}

/** `--speed -1` as `--speed=-1`: a number below zero is a wrong value, not another option. */
function joinNegatives(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    if (/^-\.?\d/.test(arg) && /^--[^=]+$/.test(joined.at(-1) ?? "")) joined.push(`${joined.pop()}=${arg}`);
    else joined.push(arg);
  }
  return joined;
}

async function endOfInput(): Promise<void> {
  for await (const _ of Deno.stdin.readable) { /* whatever comes is of no interest */ }
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    console.error(`Error: ${error instanceof Error ? error.message.split("\n")[0] : error}`);
    Deno.exit(1);
  }
}
