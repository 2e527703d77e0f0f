/**
 * Whether the testnet's memory stays flat: a synthetic market, a client on its streams and a market maker who places and cancels
 * every two seconds, for hours of market time.
 *
 * `deno run -A --v8-flags=--expose-gc bench/testnet_memory.ts [HOURS]` (6 where not given): prints the used heap after each half
 * hour, collected before, and the slope over the second half of the hours.
 *
 * @module
 */
import { startTestnet } from "../testnet/server.ts";
import { connect } from "../tests/testnet_client.ts";
import { createClient } from "../tests/testnet_private_client.ts";

const HALF_HOUR = 1800;
const STEP = 2;

const hours = Number(Deno.args[0] ?? 6);
const gc = (globalThis as { gc?: () => void }).gc;
if (!(hours >= 1) || gc === undefined) {
  console.error("Usage: deno run -A --v8-flags=--expose-gc bench/testnet_memory.ts [HOURS]");
  Deno.exit(2);
}

/** Slope of the least-squares line. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (pick: 0 | 1) => points.reduce((sum, point) => sum + point[pick], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const sum = (f: (point: readonly [number, number]) => number) => points.reduce((total, point) => total + f(point), 0);
  return sum(([a, b]) => (a - x) * (b - y)) / sum(([a]) => (a - x) ** 2);
}

const testnet = await startTestnet({ market: "synthetic", hold: true, speed: 1000, beginTs: 1_700_000_000_000_000 });
const maker = createClient(testnet);
const { listenKey } = (await maker.send("POST", "userDataStream", "")).body;
const streams = `btcusdt@depth@100ms/btcusdt@trade/btcusdt@bookTicker/btcusdt@kline_1m/btcusdt@ticker/${listenKey}`;
const client = await connect(`${testnet.ws}/ws/${streams}`);
const order = { side: "BUY", type: "LIMIT_MAKER", quantity: "0.01" };
const points: [seconds: number, bytes: number][] = [];
for (let seconds = 0; seconds <= hours * 3600; seconds += STEP) {
  if (seconds % HALF_HOUR === 0) {
    gc();
    const { heapUsed } = Deno.memoryUsage();
    points.push([seconds, heapUsed]);
    console.log(`${(seconds / 3600).toFixed(1).padStart(5)} h  ${(heapUsed / 1e6).toFixed(2).padStart(8)} MB`);
  }
  await fetch(`${testnet.control}/clock`, { method: "POST", body: JSON.stringify({ step: STEP }) });
  await maker.signed("DELETE", "openOrders", { symbol: "BTCUSDT" });
  const { bids } = await (await fetch(`${testnet.rest}/api/v3/depth?symbol=BTCUSDT&limit=5`)).json();
  // Every tenth at the touch, where it trades.
  await maker.order({ ...order, price: bids[seconds % (10 * STEP) === 0 ? 0 : 4][0] });
  await client.settle();
  client.messages.length = 0;
}
const settled = points.filter(([seconds]) => seconds >= hours * 1800);
const perThousand = slope(settled) * 1000 / 1e6;
console.log(`slope over the second half: ${perThousand.toFixed(4)} MB per 1000 market seconds`);
await client.close();
await testnet.close();
