/**
 * The exchange's private half: accounts, the matching engine, and the recorded market it trades with.
 *
 * @module
 */
import type { FillModel } from "makerbook/fills.ts";
import type { DepthUpdate } from "../book.ts";
import { RATE_LIMITS } from "../endpoints/general.ts";
import { createAccount } from "../engine/account.ts";
import { createClientIds } from "../engine/client_ids.ts";
import type { Engine, OrderKey, SymbolRules } from "../engine/commands.ts";
import { standardCommissions } from "../engine/commission.ts";
import { createEngine } from "../engine/engine.ts";
import type { EngineEvent } from "../engine/events.ts";
import { createFilters } from "../engine/filters.ts";
import { floorTo, least, units } from "../engine/money.ts";
import { available, isOpen } from "../engine/order.ts";
import type { Market } from "../market.ts";
import type { SymbolInfo } from "../symbols.ts";
import type { TapeEvent } from "../tape.ts";
import { averagePrice } from "../tickers.ts";
import { type AccountSpec, DEFAULT_KEY, hmacVerifier, publicKeyVerifier, type Verifier } from "./keys.ts";
import { createOrderLimits, type OrderLimits } from "./order_limits.ts";
import { createReplayLiquidity } from "./replay_liquidity.ts";

/** How clients trade. */
export interface TradingOptions {
  /** The only account: what is not said is as by default. */
  readonly account?: Partial<AccountSpec>;
  /** Several accounts, instead. */
  readonly accounts?: readonly AccountSpec[];
  /** Fractions as decimal texts; 0.001 by default. */
  readonly makerFee?: string;
  readonly takerFee?: string;
  /** How resting orders are filled by the recording; the risk-averse queue by default. */
  readonly fills?: FillModel;
  /** Seed of the ids that the exchange makes up. */
  readonly seed?: number;
}

/** Someone with a key. */
export interface Owner {
  readonly apiKey: string;
  readonly verifies: Verifier;
  readonly accountId: number;
  readonly limits: OrderLimits;
}

/** Trading on a replayed market. */
export interface Trading {
  readonly engine: Engine;
  readonly owners: readonly Owner[];
  /** An event of the tape has happened, and the market shows it. Returns whether it did something to an order. */
  event(event: TapeEvent, update: DepthUpdate | undefined): boolean;
  /** Passes on what a client's command did. Call once after each command. */
  tell(events: readonly EngineEvent[]): void;
  /** A cancel of an order is about to act: at worst, the order fills just before. */
  race(accountId: number, key: OrderKey, ts: number): void;
  /** Tells the accounts alone, of what others' commands did to them. */
  pass(events: readonly EngineEvent[]): void;
}

/** Who is told what happens to accounts. */
export interface TradingListener {
  tell(event: EngineEvent): void;
  /** After all events of a command. */
  flush(): void;
  /** Which part of an order fills just before its cancel; undefined: none. */
  lateFill?(): number | undefined;
  /** Milliseconds by which order limits are counted; those of the machine by default. */
  limitMs?(): number;
}

/** Trading with a recorded market. */
export function createTrading(
  market: Market,
  info: SymbolInfo,
  options: TradingOptions,
  listener: TradingListener,
): Trading {
  const rules = info as unknown as SymbolRules;
  const lot = rules.filters.find(({ filterType }) => filterType === "LOT_SIZE");
  const liquidity = createReplayLiquidity(
    market,
    options.fills ?? "riskAverse",
    units(String(lot?.stepSize ?? "0.00000001")),
  );
  const trades = market.tape.trades;
  const engine = createEngine({
    rules,
    clientOrderId: createClientIds(options.seed ?? 1),
    // Above every id of the recording, so that an id belongs to one trade.
    firstTradeId: (trades.id.at(trades.length - 1) ?? 0) + 1,
    averagePrice(ts) {
      const price = units(averagePrice(market, ts).price);
      return price > 0n ? price : undefined;
    },
    external: liquidity,
  });
  const owners = openAccounts(engine, info, options, listener);
  /** The order may be gone already: a report is a copy of the moment. */
  const join = (accountId: number, orderId: number) => {
    const order = engine.archive.order(accountId, orderId);
    if (order !== undefined && isOpen(order)) liquidity.join(order);
  };
  const tell = (events: readonly EngineEvent[]) => {
    for (const event of events) {
      if (event.type === "execution" && event.execution === "NEW") join(event.accountId, event.order.orderId);
    }
    pass(events, owners, listener);
  };
  return {
    engine,
    owners,
    tell,
    race: createRace(engine, listener, tell),
    pass: (events) => pass(events, owners, listener),
    event(event, update) {
      const events = liquidity.event(engine, event, update);
      tell(events);
      return events.length > 0;
    },
  };
}

/**
 * Trading in a market that is made here.
 *
 * @param publish makes public what a command did
 */
export function createLiveTrading(
  engine: Engine,
  info: SymbolInfo,
  options: TradingOptions,
  listener: TradingListener,
  publish: (events: readonly EngineEvent[]) => void,
): Trading {
  const owners = openAccounts(engine, info, options, listener);
  const tell = (events: readonly EngineEvent[]) => {
    publish(events);
    pass(events, owners, listener);
  };
  return {
    engine,
    owners,
    tell,
    race: createRace(engine, listener, tell),
    pass: (events) => pass(events, owners, listener),
    event: () => false,
  };
}

/** Fills an order before its cancel acts, where a fault asks for that; the exchange's own account is the other side. */
function createRace(engine: Engine, listener: TradingListener, tell: Trading["tell"]): Trading["race"] {
  const { step } = createFilters(engine.rules.filters).lot;
  return (accountId, { orderId, clientOrderId }, ts) => {
    const order = orderId !== undefined
      ? engine.archive.order(accountId, orderId)
      : engine.archive.named(accountId, clientOrderId ?? "");
    if (order === undefined || !isOpen(order)) return;
    const part = listener.lateFill?.();
    if (part === undefined) return;
    const left = available(order);
    const qty = floorTo(left * BigInt(Math.round(part * 1000)) / 1000n, step);
    tell(engine.fill(accountId, order.orderId, part === 1 ? left : qty > 0n ? qty : least(step, left), ts));
  };
}

function openAccounts(
  engine: Engine,
  info: SymbolInfo,
  options: TradingOptions,
  listener: TradingListener,
): Owner[] {
  const { account, makerFee = "0.001", takerFee = "0.001" } = options;
  const commissions = standardCommissions(units(makerFee), units(takerFee));
  const specs: readonly AccountSpec[] = options.accounts ?? [{
    ...DEFAULT_KEY,
    ...account,
    balances: account?.balances ?? { [info.baseAsset]: "10", [info.quoteAsset]: "1000000" },
  }];
  return specs.map(({ apiKey, secret, publicKey, balances, tradeGroupId, discount }, i): Owner => {
    const entries = Object.entries(balances).map(([asset, text]) => [asset, units(text)] as const);
    const paysIn = discount && { ...discount, rate: units(discount.rate), price: units(discount.price) };
    const own = paysIn ? { ...commissions, discount: paysIn } : commissions;
    engine.open(createAccount({ id: i + 1, commissions: own, tradeGroupId, balances: Object.fromEntries(entries) }));
    const verifies = publicKey === undefined ? hmacVerifier(secret) : publicKeyVerifier(publicKey);
    return { apiKey, verifies, accountId: i + 1, limits: createOrderLimits(RATE_LIMITS, listener.limitMs) };
  });
}

function pass(events: readonly EngineEvent[], owners: readonly Owner[], listener: TradingListener): void {
  for (const event of events) {
    const { trade, order } = event.type === "execution" ? event : {};
    if (trade !== undefined && order?.executedQty === trade.qty) owners[trade.accountId - 1]?.limits.forget();
    listener.tell(event);
  }
  if (events.length > 0) listener.flush();
}

/** What `exchangeInfo` may promise: the order types and features that exist here. */
export function tradable(info: SymbolInfo): SymbolInfo {
  return {
    ...info,
    orderTypes: ["LIMIT", "LIMIT_MAKER", "MARKET"],
    icebergAllowed: false,
    ocoAllowed: false,
    otoAllowed: false,
    opoAllowed: false,
    pegInstructionsAllowed: false,
    allowTrailingStop: false,
  };
}
