import ccxt from "ccxt";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { failureOf } from "../lib/order_answers.ts";
import { explain } from "../lib/reach.ts";
import { withoutSecrets } from "../lib/secrets.ts";

const KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
const SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";

/** A private request of ccxt to a port where nobody listens. */
async function failing() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const exchange = new ccxt.binance({ apiKey: KEY, secret: SECRET });
  const signed = exchange.sign("openOrders", "private", "GET", { symbol: "BTCUSDT" });
  const url = (signed.url as string).replace(/^https?:\/\/[^/]+/, `http://127.0.0.1:${port}`);
  const signature = new URL(url).searchParams.get("signature")!;
  assertMatch(signature, /^[0-9a-f]{64}$/);
  const error = await exchange.fetch(url, "GET", signed.headers, undefined).then(() => undefined, (error) => error);
  // ccxt quotes the request: otherwise there would be nothing to hide.
  assertStringIncludes((error as Error).message, signature);
  return { exchange, error, url, signature };
}

Deno.test("what is said of a failed private request has neither its signature nor its query", async () => {
  const { exchange, error, url, signature } = await failing();
  const plain = new Error(`fetch failed: ${url}`);
  for (const text of [failureOf(error).reason, explain(exchange, error).message, explain(exchange, plain).message]) {
    for (const secret of [signature, signature.slice(0, 12), "signature=", "timestamp="]) {
      assertEquals(text.includes(secret), false, text);
    }
  }
  assertMatch(failureOf(error).reason, /openOrders\?\*\*\*\*/);
});

Deno.test("a key or a signature goes from a text wherever it stands; what is not secret stays", () => {
  const shown: [string, string][] = [
    [`POST /api/v3/order symbol=BTCUSDT&signature=${SECRET}`, "POST /api/v3/order symbol=BTCUSDT&signature=****"],
    [`{"apiKey":"${KEY}","id":1}`, '{"apiKey":"****","id":1}'],
    [`X-MBX-APIKEY: ${KEY}`, "X-MBX-APIKEY: ****"],
    [`PUT /api/v3/userDataStream?listenKey=${KEY}`, "PUT /api/v3/userDataStream?listenKey=****"],
    [`wss://h:9443/ws/${KEY} closed`, "wss://h:9443/ws/**** closed"],
    ["wss://h:9443/ws/btcusdt@depth closed", "wss://h:9443/ws/btcusdt@depth closed"],
    ["GET http://h/api/v3/depth?symbol=BTCUSDT 503", "GET http://h/api/v3/depth?symbol=BTCUSDT 503"],
    [
      'binance {"code":-1022,"msg":"Signature for this request is not valid."}',
      'binance {"code":-1022,"msg":"Signature for this request is not valid."}',
    ],
  ];
  for (const [text, expected] of shown) assertEquals(withoutSecrets(text), expected);
});
