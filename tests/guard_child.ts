/**
 * A process that trades under a guard, for tests to kill: places orders with ccxt alone, says their number, and beats.
 *
 * Arguments: REST and WebSocket address of the testnet, prefix, number of orders, log, and seconds after which the loop is
 * kept busy (0: never).
 */
import { getExchange } from "../lib/connect.ts";
import { startGuard } from "../lib/guard.ts";
import { Secret } from "../lib/secrets.ts";
import { validate } from "../lib/schema.ts";
import { DEFAULT_KEY } from "../testnet/private/keys.ts";

const [rest = "", ws = "", prefix = "", count = "", log = ""] = Deno.args;
const config = validate({});
const testnet = { rest, ws };
const exchange = getExchange(
  { ...config, secrets: { apiKey: new Secret(DEFAULT_KEY.apiKey), apiSecret: new Secret(DEFAULT_KEY.secret) } },
  { testnet },
);
await exchange.loadMarkets();
const say = (line: string) => console.log(line);
let isRequoting = false;
const guard = startGuard({
  exchange,
  config,
  testnet,
  prefix,
  log,
  fired: (reason) => say(`fired ${reason}`),
  clean(cancelled) {
    say(`clean ${cancelled}`);
    // What a session does that is back: it quotes again.
    if (isRequoting) void place(200).then(() => say("requoted"));
  },
  lost: () => say("lost"),
  restored: () => say(`restored ${guard.pid}`),
});
const problem = await guard.ready;
const place = (i: number) =>
  exchange.createOrder("BTC/USDT", "limit", "buy", 0.001, 40_000 + i, {
    postOnly: true,
    newClientOrderId: `${prefix}${i}`,
  });
for (let i = 0; i < Number(count); i++) await place(i);
say(`ready ${guard.pid} ${problem ?? ""}`);
for await (const chunk of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const command = chunk.trim();
  if (command === "busy") {
    const until = performance.now() + 3500;
    while (performance.now() < until);
    say("awake");
  }
  if (command === "requote") isRequoting = true;
  // No process can be started any more.
  if (command === "no more processes") Deno.permissions.revokeSync({ name: "run" });
  if (command !== "close") say(`heard ${command}`);
  // Sent, and nobody left to hear the answer.
  if (command === "place and die") {
    for (let i = 0; i < 5; i++) void place(100 + i);
    setTimeout(() => Deno.kill(Deno.pid, "SIGKILL"), 3);
  }
  if (command === "close") await guard.close();
  if (command === "close") break;
}
Deno.exit(0);
