import { assertEquals } from "@std/assert";
import type { Exchange } from "ccxt";
import { openUserStream } from "../lib/user_stream.ts";
import { startTestnet } from "../testnet/server.ts";
import { createCcxt, createClient } from "./testnet_private_client.ts";

type Report = { event: { e: string; i: number } };

Deno.test("an order that the stream tells right behind another is told, without a third", async () => {
  const account = { apiKey: "us", secret: "us", balances: { BTC: "10", USDT: "1000000" } };
  const testnet = await startTestnet({ market: "empty", accounts: [account] });
  const exchange = Object.assign(createCcxt(testnet), account) as unknown as Exchange;
  await exchange.loadMarkets();
  const inner = exchange as unknown as { handleMessage(client: unknown, message: Report): void };
  const take = inner.handleMessage;
  let again = () => {};
  inner.handleMessage = (client, message) => {
    const { event } = message;
    if (event?.e === "executionReport") {
      again = () => take.call(exchange, client, { ...message, event: { ...event, i: event.i + 1 } });
    }
    take.call(exchange, client, message);
  };
  const told: string[] = [];
  const { promise: both, resolve, reject } = Promise.withResolvers<void>();
  const stream = openUserStream(exchange, "BTC/USDT", {
    orders(list) {
      told.push(...list.map(({ id }) => String(id)));
      // Nobody waits for the next one yet.
      if (told.length === 1) again();
      else resolve();
    },
    trades() {},
    balances() {},
    up() {},
    down() {},
  });
  await stream.ready;
  const deadline = setTimeout(() => reject(new Error(`told: ${told}`)), 5000);
  const order = { side: "BUY", type: "LIMIT_MAKER", quantity: "1", price: "50000" };
  const { body } = await createClient(testnet, account).order(order);
  await both.finally(() => clearTimeout(deadline));
  assertEquals(told, [String(body.orderId), String(body.orderId + 1)]);
  await stream.close();
  await exchange.close();
  await testnet.close();
});
