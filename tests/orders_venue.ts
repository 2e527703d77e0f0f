/** Live orders on an empty testnet, with somebody else who trades: what the tests of `orders.ts` share. */
import type { Exchange } from "ccxt";
import { openOrders, type OrderEvent, type Orders, type OrdersOptions } from "../lib/orders.ts";
import type { RiskEvent } from "../lib/engine.ts";
import { validate } from "../lib/schema.ts";
import { startTestnet, type Testnet, type TestnetOptions } from "../testnet/server.ts";
import { createCcxt, createClient } from "./testnet_private_client.ts";

export const SYMBOL = "BTC/USDT";
const ACCOUNTS = ["us", "they"].map((name) => ({
  apiKey: name,
  secret: name,
  balances: { BTC: "10", USDT: "1000000" },
}));

/** A short patience: the venue is on this machine. */
export const CONFIG = validate({
  quotes: { requote_ticks: 0, requote_interval: 0 },
  orders: { recv_window: 0.4, answer_timeout: 0.25, poll_interval: 0.3 },
  risk: { max_order_rate: 1000, max_error_rate: 10_000 },
});

/** The venue and who is on it. */
export interface OrdersVenue {
  readonly testnet: Testnet;
  /** Opens orders of our account, on a connection of their own. */
  open(options?: Partial<OrdersOptions>): Promise<Opened>;
  fault(spec: Record<string, unknown>): Promise<void>;
  /** Our account, asked directly. */
  readonly us: ReturnType<typeof createClient>;
  /** Somebody else. */
  readonly they: ReturnType<typeof createClient>;
  /** Somebody else takes at a price. */
  take(side: "BUY" | "SELL", qty: string, price: string): Promise<void>;
  /** Client order ids of our account's open orders. */
  openIds(): Promise<string[]>;
  close(): Promise<void>;
}

/** Orders and what they told. */
export interface Opened {
  readonly orders: Orders;
  readonly exchange: Exchange;
  readonly events: OrderEvent[];
  readonly risk: RiskEvent[];
  readonly halts: string[];
  /** Resolves when the condition holds after something happened. */
  until(isTrue: () => boolean): Promise<void>;
  /** Resolves when the user stream is up. */
  untilUp(): Promise<void>;
}

export async function startOrdersVenue(options: Partial<TestnetOptions> = {}): Promise<OrdersVenue> {
  const testnet = await startTestnet({ market: "empty", accounts: ACCOUNTS, speed: 1, ...options });
  const [us, they] = ACCOUNTS.map((account) => createClient(testnet, account)) as [
    ReturnType<typeof createClient>,
    ReturnType<typeof createClient>,
  ];
  const opened: Opened[] = [];
  return {
    testnet,
    us,
    they,
    async open(given = {}) {
      const exchange = createCcxt(testnet) as Exchange;
      Object.assign(exchange, { apiKey: "us", secret: "us" });
      const orders = await openOrders(exchange, { symbol: SYMBOL, config: CONFIG, ...given });
      const events: OrderEvent[] = [];
      const risk: RiskEvent[] = [];
      const halts: string[] = [];
      let waiting: (() => void)[] = [];
      const changed = () => {
        const resolve = waiting;
        waiting = [];
        for (const go of resolve) go();
      };
      orders.listen({
        news: changed,
        halt: (stage, reason) => (halts.push(`${stage}: ${reason}`), changed()),
        order: (event) => (events.push(event), changed()),
        risk: (event) => (risk.push(event), changed()),
      });
      const one: Opened = {
        orders,
        exchange,
        events,
        risk,
        halts,
        async until(isTrue) {
          while (!isTrue()) await new Promise<void>((resolve) => waiting.push(resolve));
        },
        async untilUp() {
          while (!orders.status().stream.isUp) await new Promise((resolve) => setTimeout(resolve, 5));
        },
      };
      opened.push(one);
      return one;
    },
    async fault(spec) {
      const answer = await fetch(`${testnet.control}/fault`, { method: "POST", body: JSON.stringify(spec) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(text);
    },
    async take(side, quantity, price) {
      const { status, body } = await they.order({ side, type: "LIMIT", timeInForce: "IOC", quantity, price });
      if (status !== 200 || body.status !== "FILLED") throw new Error(JSON.stringify(body));
    },
    async openIds() {
      const { body } = await us.signed("GET", "openOrders", { symbol: "BTCUSDT" });
      return body.map(({ clientOrderId }: { clientOrderId: string }) => clientOrderId);
    },
    async close() {
      for (const { orders, exchange } of opened) {
        await orders.close();
        await exchange.close();
      }
      await testnet.close();
    },
  };
}

/** Runs a test on a venue of its own. */
export async function withOrders(
  use: (venue: OrdersVenue) => Promise<void>,
  options: Partial<TestnetOptions> = {},
): Promise<void> {
  const venue = await startOrdersVenue(options);
  try {
    await use(venue);
  } finally {
    await venue.close();
  }
}
