import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { createRandom } from "makerbook/random.ts";
import { createArrivals } from "testnet/engine/arrivals.ts";
import { createClientIds } from "testnet/engine/client_ids.ts";
import { createEngine } from "testnet/engine/engine.ts";
import { formatUnits, units } from "testnet/engine/money.ts";
import { atRate, createWorld, DEFAULT_WORLD, WORLD_ACCOUNTS, type WorldOptions } from "testnet/engine/synthetic.ts";
import known from "testnet/symbols.json" with { type: "json" };
import { tradable } from "testnet/private/trading.ts";
import { order } from "./matching_world.ts";
import { createAccount } from "testnet/engine/account.ts";
import { standardCommissions } from "testnet/engine/commission.ts";

// deno-lint-ignore no-explicit-any
const RULES = tradable(known.find(({ symbol }) => symbol === "BTCUSDT") as any) as any;
const START = 1_700_000_000_000_000;

function createPlay(options: Partial<WorldOptions> = {}) {
  const engine = createEngine({ rules: RULES, clientOrderId: createClientIds(1), keeps: (id) => id < WORLD_ACCOUNTS });
  return { engine, world: createWorld(engine, START, { ...DEFAULT_WORLD, ...options }) };
}

const number = (value: bigint) => Number(formatUnits(value));

Deno.test("arrivals: a Hawkes process has its mean rate, and comes in clusters", () => {
  const arrivals = createArrivals(createRandom(3), { base: 1, jump: 0.8, decay: 1.6 });
  const times = Array.from({ length: 40_000 }, () => arrivals.next());
  assertEquals(arrivals.meanRate, 2);
  assertAlmostEquals(times.length / times.at(-1)!, 2, 0.1);
  // Counts of one second: more variable than those of a Poisson process, whose variance is the mean; here it is four times
  // the mean over long windows, 1 / (1 - jump/decay)^2.
  const counts = new Array<number>(Math.floor(times.at(-1)! / 20)).fill(0);
  for (const time of times) if (time < counts.length * 20) counts[Math.floor(time / 20)]!++;
  const mean = counts.reduce((a, b) => a + b) / counts.length;
  const variance = counts.reduce((sum, n) => sum + (n - mean) ** 2, 0) / (counts.length - 1);
  assert(variance / mean > 3 && variance / mean < 5, String(variance / mean));
  const quick = createArrivals(createRandom(3), atRate(8));
  assertAlmostEquals(quick.meanRate, 8, 1e-12);
  assertAlmostEquals(Array.from({ length: 40_000 }, () => quick.next()).at(-1)!, 40_000 / 8, 250);
  for (const bad of [{ base: 0 }, { jump: 2 }, { jump: -1 }]) {
    assertThrows(() => createArrivals(createRandom(1), { base: 1, jump: 0.8, decay: 1.6, ...bad }), RangeError);
  }
});

Deno.test("synthetic: trades move the mid by k·informed on average, and by k whatever their sign", () => {
  for (const [k, informed] of [[5, 0.3], [20, 0.6], [3, 0]] as const) {
    const { world } = createPlay({ k, informed, seed: 11 });
    world.begin(START);
    const n = 2000;
    let moved = 0;
    let knew = 0;
    for (let i = 0; i < n; i++) {
      const round = world.step();
      const change = number(round.value - round.mid);
      assertEquals(Math.abs(change), k);
      moved += round.side === "BUY" ? change : -change;
      knew += round.informed ? 1 : 0;
    }
    // Standard errors of a mean of ±k and of a share.
    assertAlmostEquals(moved / n, k * informed, 4 * k / Math.sqrt(n), `k = ${k}, informed = ${informed}`);
    assertAlmostEquals(knew / n, informed, 4 * 0.5 / Math.sqrt(n));
  }
});

Deno.test("synthetic: dealers who quote at k·informed break even there", () => {
  const { engine, world } = createPlay({ k: 5, informed: 0.4, seed: 5, size: 0.005 });
  world.begin(START);
  let profit = 0;
  let squares = 0;
  let traded = 0;
  for (let i = 0; i < 3000; i++) {
    const { mid, value, side, events } = world.step();
    for (const event of events[0] ?? []) {
      // Only what trades at the touch: deeper levels ask for more.
      if (event.type !== "trade" || Math.abs(number(event.price - mid)) > 5 * 0.4) continue;
      const qty = number(event.qty);
      const gain = number(side === "BUY" ? event.price - value : value - event.price);
      profit += gain * qty;
      squares += (gain * qty) ** 2;
      traded += qty;
    }
  }
  assert(traded > 10);
  assert(Math.abs(profit) < 4 * Math.sqrt(squares), `${profit} ± ${Math.sqrt(squares)}`);
  assertEquals(engine.archive.orders(WORLD_ACCOUNTS + 1), []);
});

Deno.test("synthetic: the book is never crossed and always there, and nothing is made or lost", () => {
  const { engine, world } = createPlay({ seed: 2 });
  world.begin(START);
  const accounts = Array.from({ length: DEFAULT_WORLD.dealers + 1 }, (_, i) => WORLD_ACCOUNTS + i);
  const total = (asset: string) =>
    accounts.reduce((sum, id) => {
      const { free, locked } = engine.account(id).balance(asset);
      return sum + free + locked;
    }, engine.fees.balance(asset).free);
  const before = [total("BTC"), total("USDT")];
  let last = START;
  for (let i = 0; i < 1000; i++) {
    const { ts } = world.step();
    assert(ts >= last && world.nextTs >= ts);
    last = ts;
    assert(engine.book.best("BUY")! < engine.book.best("SELL")!);
    assert(engine.book.levels("BUY").length === 8 && engine.book.levels("SELL").length === 8);
  }
  assertEquals([total("BTC"), total("USDT")], before);
});

Deno.test("synthetic: the same seed is the same world, another seed another", () => {
  const run = (seed: number) => {
    const { world } = createPlay({ seed });
    world.begin(START);
    return JSON.stringify(
      Array.from({ length: 50 }, () => world.step()),
      (_, value) => typeof value === "bigint" ? String(value) : value,
    );
  };
  assertEquals(run(7), run(7));
  assert(run(7) !== run(8));
});

Deno.test("synthetic: a client's order in front of the dealers is taken first, and a stale one by the dealers", () => {
  const { engine, world } = createPlay({ seed: 4, informed: 0.5, k: 10 });
  const balances = { BTC: units("10"), USDT: units("1000000") };
  engine.open(createAccount({ id: 1, commissions: standardCommissions(0n, 0n), balances }));
  world.begin(START);
  const mid = 60_000;
  engine.place(1, order(`BUY 0.01 @ ${mid - 1}`), START);
  engine.place(1, order(`SELL 0.01 @ ${mid + 1}`), START);
  const first = world.step();
  const hit = engine.archive.trades(1)[0]!;
  assertEquals([hit.isMaker, hit.isBuyer], [true, first.side === "SELL"]);
  // The mid has moved by 10: what the trader left is stale and is taken, or rests on the right side.
  const open = engine.archive.open(1);
  for (const rest of open) {
    assert(rest.side === "BUY" ? rest.price < first.value : rest.price > first.value);
  }
  for (const bad of [{ informed: 1 }, { informed: -0.1 }, { k: 0 }, { k: 1000 }, { size: 0 }]) {
    assertThrows(() => createPlay(bad), RangeError);
  }
});
