import { assertEquals } from "@std/assert";
import { createAccount } from "testnet/engine/account.ts";
import { createClientIds } from "testnet/engine/client_ids.ts";
import { standardCommissions } from "testnet/engine/commission.ts";
import { createEngine } from "testnet/engine/engine.ts";
import type { Placed, SymbolRules } from "testnet/engine/commands.ts";
import type { EngineEvent } from "testnet/engine/events.ts";
import type { Order } from "testnet/engine/order.ts";
import { Rejection } from "testnet/engine/rejection.ts";
import { ACCOUNTS, type Command, createCommands } from "./matching_commands.ts";
import { createReference, type PlainOrder, type PlainResult } from "./matching_reference.ts";
import { RULES } from "./matching_world.ts";

const ONE = 100_000_000n;
/** Accounts 3 and 4 must not trade with each other. */
const GROUPS: Record<number, number> = { 3: 9, 4: 9 };
const FEE = { maker: 100_000n, taker: 250_000n };

/** Commands a run and runs: together 100,000 commands. A failure names its seed and command. */
const LENGTH = 500;
const RUNS = 200;

/** The outcome, or the refusal as a text. */
function outcome<T>(command: () => T): T | string {
  try {
    return command();
  } catch (error) {
    if (error instanceof Rejection) return `${error.code} ${error.message}`;
    if (typeof error === "string") return error;
    throw error;
  }
}

/** What the taker met, as the reference writes it. */
function stepsOf(takerId: number, events: readonly EngineEvent[]): string[] {
  const steps: string[] = [];
  const prevented = new Set<number>();
  for (const event of events) {
    if (event.type !== "execution") continue;
    const { trade, prevented: stopped, order } = event;
    if (trade?.isMaker && order.orderId !== takerId) steps.push(`${order.orderId}:${trade.qty}@${trade.price}`);
    if (stopped === undefined || prevented.has(stopped.match.preventedMatchId)) continue;
    prevented.add(stopped.match.preventedMatchId);
    const { makerOrderId, stpMode, price, takerPreventedQty } = stopped.match;
    // The reference writes what the taker had left, which a match that expires the maker alone does not say.
    steps.push(`${makerOrderId}:${stpMode}:${takerPreventedQty ?? "?"}@${price}`);
  }
  return steps;
}

/** All that can change of an order. */
function orderText(o: Readonly<Order>): string {
  return `${o.orderId} ${o.clientOrderId} ${o.price} ${o.origQty} ${o.executedQty} ${o.preventedQty} ${o.executedQuote} ` +
    `${o.locked} ${o.amendments} ${o.status}`;
}

/** The same of the reference; what an open order locks follows from what it has left. */
function plainText(o: PlainOrder): string {
  const left = o.orig - o.executed - o.prevented;
  const locked = o.side === "BUY" ? o.price * left / ONE : left;
  return `${o.id} ${o.name} ${o.price} ${o.orig} ${o.executed} ${o.prevented} ${o.quote} ${locked} ${o.amendments} ${o.status}`;
}

/** The rules of a run: every 20th symbol allows less. */
function rulesOf(seed: number): SymbolRules {
  const filters = [...RULES.filters, { filterType: "MAX_NUM_ORDER_AMENDS", maxNumOrderAmends: 2 }];
  if (seed % 20 !== 0) return { ...RULES, filters };
  return { ...RULES, filters, quoteOrderQtyMarketAllowed: false, cancelReplaceAllowed: false, amendAllowed: false };
}

const unknowable = (step: string) => step.replace(/(:EXPIRE_MAKER:)\d+/, "$1?");

function play(seed: number, counts: Map<string, number>) {
  const rules = rulesOf(seed);
  const engine = createEngine({ rules, clientOrderId: createClientIds(seed) });
  const reference = createReference(rules, FEE, GROUPS);
  const commissions = standardCommissions(FEE.maker, FEE.taker);
  const supply = { BTC: 0n, USDT: 0n };
  for (const id of ACCOUNTS) {
    const balances = { BTC: 20n * ONE, USDT: 2000n * ONE };
    engine.open(createAccount({ id, tradeGroupId: GROUPS[id] ?? -1, commissions, balances }));
    reference.owned.set(id, { ...balances });
    supply.BTC += balances.BTC;
    supply.USDT += balances.USDT;
  }
  const next = createCommands(seed);
  const count = (label: string) => counts.set(label, (counts.get(label) ?? 0) + 1);
  let ts = 1_700_000_000_000_000;
  let reports = 0;
  let before = state();
  for (let i = 0; i < LENGTH; i++) {
    const { account, ts: wait, command } = next(resting());
    ts += wait;
    try {
      step(account, command, i);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const where = `seed ${seed}, command ${i}: account ${account} ${text(command)}`;
      throw new Error(`${where}; again with MATCHING_SEED=${seed}: ${reason}`, { cause: error });
    }
  }

  function resting() {
    return (["BUY", "SELL"] as const).flatMap((side) => [...engine.book.orders(side)].map((o) => o.orderId));
  }

  function step(account: number, command: Command, i: number) {
    const averageBefore = engine.averagePrice(ts);
    const { actual, expected } = carryOut(account, command, i);
    if (JSON.stringify(actual) !== JSON.stringify(expected)) assertEquals(actual, expected);
    compare();
    const after = state();
    if (isRefused(actual)) {
      assertEquals(after, before, "a refused command changes nothing");
      assertEquals(engine.averagePrice(ts), averageBefore);
    }
    before = after;
    for (const label of labelsOf(command, actual)) count(label);
  }

  function carryOut(account: number, command: Command, i: number): { actual: unknown; expected: unknown } {
    const owner = (id: number) => {
      const found = reference.find(id);
      // Mostly one's own order, now and then somebody else's.
      return found === undefined || i % 10 === 0 ? account : found.account;
    };
    switch (command.kind) {
      case "place": {
        const { order } = command;
        return {
          actual: outcome(() => answerOf(heard(engine.place(account, order, ts)))),
          expected: outcome(() => plainAnswer(reference.place(account, order, ts))),
        };
      }
      case "cancel": {
        const { id, restriction, named } = command;
        const found = reference.find(id);
        const clientOrderId = found === undefined || named === undefined
          ? undefined
          : named === "right"
          ? found.name
          : "wrong";
        const key = { orderId: id, clientOrderId };
        return {
          actual: outcome(() => heard(engine.cancel(owner(id), key, ts, { restriction })).order.status),
          expected: outcome(() => reference.cancel(owner(id), id, restriction, clientOrderId)),
        };
      }
      case "cancelAll":
        return {
          actual: outcome(() => engine.cancelAll(account, ts).map(heard).length),
          expected: outcome(() => reference.cancelAll(account)),
        };
      case "replace": {
        const { id, order, mode, restriction } = command;
        const who = owner(id);
        const cancel = { orderId: id, restriction };
        return {
          actual: outcome(() => {
            const { cancelled, placed, events } = heard(engine.replace(who, { cancel, order, mode }, ts));
            return {
              cancelled: cancelled instanceof Rejection ? refusal(cancelled) : cancelled.order.status,
              placed: placed instanceof Rejection
                ? refusal(placed)
                : placed === undefined
                ? undefined
                : answerOf({ ...placed, events }),
            };
          }),
          expected: outcome(() => {
            const { cancelled, placed } = reference.replace(who, id, order, mode, ts, restriction);
            return { cancelled, placed: typeof placed === "object" ? plainAnswer(placed) : placed };
          }),
        };
      }
      case "amend": {
        const { id, qty, name } = command;
        const who = owner(id);
        return {
          actual: outcome(() => heard(engine.amend(who, { orderId: id }, qty, ts, name)).order.status),
          expected: outcome(() => reference.amend(who, id, qty, name, ts)),
        };
      }
      case "deposit": {
        const { asset, amount } = command;
        if (reference.freeOf(account, asset) + amount >= 0n) {
          engine.deposit(account, asset, amount, ts);
          reference.owned.get(account)![asset] += amount;
          supply[asset] += amount;
        }
        return { actual: undefined, expected: undefined };
      }
    }
  }

  /** Reports are numbered without a gap: a command that is refused leaves none, and uses no number. */
  function heard<T extends { readonly events: readonly EngineEvent[] }>(answer: T): T {
    for (const event of answer.events) if (event.type === "execution") assertEquals(event.executionId, ++reports);
    return answer;
  }

  /** The same book in the same sequence, the same money; and what must hold whatever the reference says. */
  function compare() {
    for (const side of ["BUY", "SELL"] as const) {
      const actual = [...engine.book.orders(side)].map(orderText);
      const queue = reference.queue(side);
      const expected = queue.map(plainText);
      if (actual.join() !== expected.join()) assertEquals(actual, expected);
      const sums = new Map<bigint, bigint>();
      for (const o of queue) sums.set(o.price, (sums.get(o.price) ?? 0n) + o.orig - o.executed - o.prevented);
      const levels = engine.book.levels(side);
      const same = levels.length === sums.size && levels.every(({ price, qty }) => sums.get(price) === qty);
      if (!same) assertEquals(levels, [...sums].map(([price, qty]) => ({ price, qty })));
    }
    const bid = engine.book.best("BUY");
    const ask = engine.book.best("SELL");
    if (bid !== undefined && ask !== undefined && bid >= ask) throw new Error(`crossed book: ${bid} >= ${ask}`);
    const reserved = reference.locked();
    for (const asset of ["BTC", "USDT"] as const) {
      let sum = engine.fees.balance(asset).free;
      if (sum !== reference.fees[asset]) assertEquals(sum, reference.fees[asset], `commissions in ${asset}`);
      for (const id of ACCOUNTS) {
        const { free, locked } = engine.account(id).balance(asset);
        if (free < 0n || locked < 0n) throw new Error(`negative balance: account ${id} ${asset} ${free} ${locked}`);
        const { [asset]: owned } = reference.owned.get(id)!;
        const expected = reserved.get(`${id} ${asset}`) ?? 0n;
        if (free + locked !== owned || locked !== expected) {
          assertEquals([id, asset, free + locked, locked], [id, asset, owned, expected]);
        }
        sum += free + locked;
      }
      if (sum !== supply[asset]) assertEquals(sum, supply[asset], `${asset} is conserved`);
    }
  }

  /** Everything that a refused command must leave as it was. */
  function state(): string {
    const { book, archive } = engine;
    const parts: unknown[] = [];
    for (const side of ["BUY", "SELL"] as const) {
      for (const o of book.orders(side)) parts.push(orderText(o), o.updateTime, o.preventedMatchId);
    }
    for (const id of ACCOUNTS) {
      for (const asset of ["BTC", "USDT"]) {
        const { free, locked } = engine.account(id).balance(asset);
        parts.push(free, locked);
      }
      parts.push(archive.openCount(id), archive.orders(id).length, archive.trades(id).length);
      parts.push(archive.prevented(id).length, archive.amendments(id).length);
    }
    return parts.join();
  }
}

function refusal(error: Rejection): string {
  return `${error.code} ${error.message}`;
}

function answerOf({ order, events }: Pick<Placed, "order" | "events">) {
  return { status: order.status, id: order.orderId, steps: stepsOf(order.orderId, events) };
}

function plainAnswer({ steps, ...rest }: PlainResult) {
  return { ...rest, steps: steps.map(unknowable) };
}

type Halves = { readonly cancelled: string; readonly placed?: string | { readonly status: string } };

/** Whether nothing at all was done. */
function isRefused(actual: unknown): boolean {
  if (typeof actual === "string") return actual.startsWith("-");
  if (typeof actual !== "object" || !("cancelled" in actual!)) return false;
  const { cancelled, placed } = actual as Halves;
  return cancelled.startsWith("-") && typeof placed !== "object";
}

/** What was reached by a command: the kinds that {@linkcode REACHED} lists, and each refusal. */
function labelsOf(command: Command, actual: unknown): string[] {
  if (typeof actual === "string") return [actual.startsWith("-") ? actual : `${command.kind}: ${actual}`];
  if (command.kind === "replace") {
    const { cancelled, placed } = actual as Halves;
    const done = (half?: string | object) =>
      half === undefined ? "not tried" : typeof half === "string" && half.startsWith("-") ? "refused" : "done";
    return [`replace ${command.mode}: cancel ${done(cancelled)}, order ${done(placed)}`];
  }
  if (command.kind !== "place") return [command.kind];
  const { type, timeInForce, quoteOrderQty } = command.order;
  const { status, steps } = actual as { status: string; steps: string[] };
  const kind = quoteOrderQty !== undefined ? "MARKET by quote" : timeInForce ?? type;
  const modes = ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT"];
  const prevented = modes.filter((mode) => steps.some((step) => step.includes(`:${mode}:`)));
  return [`${kind}: ${status}`, ...prevented.map((mode) => `prevented: ${mode}`)];
}

/** What the commands must lead to, or they prove little. */
const REACHED = [
  ...["GTC: NEW", "GTC: PARTIALLY_FILLED", "GTC: FILLED", "GTC: EXPIRED_IN_MATCH", "LIMIT_MAKER: NEW"],
  ...["IOC: FILLED", "IOC: EXPIRED", "FOK: FILLED", "FOK: EXPIRED"],
  ...["MARKET: FILLED", "MARKET: EXPIRED", "MARKET by quote: FILLED", "MARKET by quote: EXPIRED"],
  ...["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT"].map((mode) => `prevented: ${mode}`),
  ...["cancel: CANCELED", "cancelAll", "amend: NEW", "amend: PARTIALLY_FILLED", "amend: EXPIRED", "deposit"],
  ...["STOP_ON_FAILURE", "ALLOW_FAILURE"].flatMap((mode) => [
    `replace ${mode}: cancel done, order done`,
    `replace ${mode}: cancel done, order refused`,
  ]),
  "replace STOP_ON_FAILURE: cancel refused, order not tried",
  "replace ALLOW_FAILURE: cancel refused, order done",
  "replace ALLOW_FAILURE: cancel refused, order refused",
  ...["PRICE_FILTER", "LOT_SIZE", "MARKET_LOT_SIZE", "PERCENT_PRICE_BY_SIDE", "NOTIONAL", "MAX_NUM_ORDERS"]
    .map((name) => `-1013 Filter failure: ${name}`),
  "-1013 Invalid price.",
  "-1013 Invalid quantity.",
  "-1013 Stop loss orders are not supported for this symbol.",
  "-1013 Quote order qty market orders are not support for this symbol.",
  "-1013 This symbol does not allow the specified self-trade prevention mode.",
  "-1013 Order cancel-replace is not supported for this symbol.",
  "-2010 Account has insufficient balance for requested action.",
  "-2010 Duplicate order sent.",
  "-2010 Order would immediately match and take.",
  "-2010 Order book liquidity is less than symbol minimum quantity.",
  "-2010 Order book liquidity is less than LOT_SIZE filter minimum quantity.",
  "-2011 Unknown order sent.",
  "-2011 Order was not canceled due to cancel restrictions.",
  "-2038 Unknown order sent.",
  "-2038 Order amend is not supported for this symbol.",
  "-2038 Order amend (quantity increase) is not supported.",
  "-2038 The requested action would change no state; rejecting.",
  "-2038 Filter failure: MAX_NUM_ORDER_AMENDS",
  "-2039 Client order ID is not correct for this order ID.",
];

function text(command: Command): string {
  return JSON.stringify(command, (_, value) => typeof value === "bigint" ? String(value) : value);
}

Deno.test("100,000 random commands: the same answers, book and money as the reference; nothing lost, negative or crossed", () => {
  const first = Number(Deno.env.get("MATCHING_SEED") ?? 1);
  const counts = new Map<string, number>();
  for (let seed = first; seed < first + RUNS; seed++) play(seed, counts);
  const rows = [...counts].sort((a, b) => b[1] - a[1]).map(([label, n]) => `  ${String(n).padStart(6)} ${label}`);
  console.log(`seeds ${first} to ${first + RUNS - 1}, ${LENGTH} commands each\n${rows.join("\n")}`);
  assertEquals(REACHED.filter((label) => !counts.has(label)), []);
});
