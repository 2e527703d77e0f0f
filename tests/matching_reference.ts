/**
 * The matching engine once more, as plainly as it can be said: a list of orders that is sorted whenever it is needed, and what
 * each account owns. Nothing is locked or released: what is locked follows from the open orders. Slow, and only for
 * comparison.
 *
 * @module
 */
import type { SymbolRules } from "testnet/engine/commands.ts";
import type { NewOrder } from "testnet/engine/order.ts";

const ONE = 100_000_000n;

/** An order of the reference. */
export interface PlainOrder {
  readonly id: number;
  readonly account: number;
  readonly side: "BUY" | "SELL";
  readonly price: bigint;
  name: string;
  orig: bigint;
  executed: bigint;
  prevented: bigint;
  /** Quote paid or received. */
  quote: bigint;
  amendments: number;
  status: string;
}

/** What a placement comes to: trades as `maker:qty@price`, prevented matches as `maker:mode:qty@price`. */
export interface PlainResult {
  readonly status: string;
  readonly id: number;
  readonly steps: readonly string[];
}

const left = (order: PlainOrder) => order.orig - order.executed - order.prevented;
const parsed = new Map<unknown, bigint>();
const units = (text: unknown) => {
  let value = parsed.get(text);
  if (value === undefined) {
    const [whole, fraction = ""] = String(text).split(".");
    parsed.set(text, value = BigInt(whole! + fraction.padEnd(8, "0")));
  }
  return value;
};

/** Plays the same commands as the engine. Refusals are thrown as texts: `-2010 Duplicate order sent.` */
export function createReference(
  rules: SymbolRules,
  fee: { maker: bigint; taker: bigint },
  groups: Record<number, number>,
) {
  const owned = new Map<number, { BTC: bigint; USDT: bigint }>();
  const fees = { BTC: 0n, USDT: 0n };
  let orders: PlainOrder[] = [];
  let nextId = 1;
  const trades: { ts: number; price: bigint; qty: bigint }[] = [];
  const filter = (type: string) => rules.filters.find((f) => f.filterType === type)!;

  const open = (account?: number) => orders.filter((o) => account === undefined || o.account === account);
  const lockedOf = (account: number, asset: "BTC" | "USDT") =>
    orders.filter((o) => o.account === account && (o.side === "BUY") === (asset === "USDT"))
      .reduce((sum, o) => sum + (asset === "USDT" ? o.price * left(o) / ONE : left(o)), 0n);
  const freeOf = (account: number, asset: "BTC" | "USDT") => owned.get(account)![asset] - lockedOf(account, asset);
  const queue = (side: string, all = orders) =>
    all.filter((o) => o.side === side)
      .sort((a, b) => a.price === b.price ? a.id - b.id : (a.price < b.price) === (side === "SELL") ? -1 : 1);
  const average = (ts: number) => {
    const recent = trades.filter((t) => Math.floor(t.ts / 1e6) >= ts / 1e6 - 300);
    if (recent.length === 0) return trades.at(-1)?.price;
    return recent.reduce((sum, t) => sum + t.price * t.qty, 0n) / recent.reduce((sum, t) => sum + t.qty, 0n);
  };

  function check(account: number, { side, type, price, qty, quoteOrderQty, stpMode }: NewOrder, ts: number) {
    const fail = (name: string) => `-1013 Filter failure: ${name}`;
    if (!rules.orderTypes.includes(type)) throw "-1013 Stop loss orders are not supported for this symbol.";
    if (quoteOrderQty !== undefined && !rules.quoteOrderQtyMarketAllowed) {
      throw "-1013 Quote order qty market orders are not support for this symbol.";
    }
    if (stpMode !== undefined && !rules.allowedSelfTradePreventionModes.includes(stpMode)) {
      throw "-1013 This symbol does not allow the specified self-trade prevention mode.";
    }
    if (price !== undefined && price <= 0n) throw "-1013 Invalid price.";
    if ([qty, quoteOrderQty].some((amount) => amount !== undefined && amount <= 0n)) throw "-1013 Invalid quantity.";
    const mean = average(ts);
    const p = filter("PRICE_FILTER");
    if (price !== undefined) {
      if (price < units(p.minPrice) || price > units(p.maxPrice) || price % units(p.tickSize) !== 0n) {
        throw fail("PRICE_FILTER");
      }
    }
    const lot = filter("LOT_SIZE");
    if (qty !== undefined && (qty < units(lot.minQty) || qty > units(lot.maxQty) || qty % units(lot.stepSize) !== 0n)) {
      throw fail("LOT_SIZE");
    }
    if (type === "MARKET" && qty !== undefined && qty > units(filter("MARKET_LOT_SIZE").maxQty)) {
      throw fail("MARKET_LOT_SIZE");
    }
    const percent = filter("PERCENT_PRICE_BY_SIDE");
    const [down, up] = side === "BUY"
      ? [percent.bidMultiplierDown, percent.bidMultiplierUp]
      : [percent.askMultiplierDown, percent.askMultiplierUp];
    if (price !== undefined && mean !== undefined) {
      if (price * ONE < mean * units(down) || price * ONE > mean * units(up)) throw fail("PERCENT_PRICE_BY_SIDE");
    }
    const value = quoteOrderQty !== undefined
      ? quoteOrderQty * ONE
      : type === "MARKET"
      ? mean === undefined ? undefined : mean * qty!
      : price! * qty!;
    const notional = filter("NOTIONAL");
    if (value !== undefined && value < units(notional.minNotional) * ONE) throw fail("NOTIONAL");
    if (value !== undefined && type !== "MARKET" && value > units(notional.maxNotional) * ONE) throw fail("NOTIONAL");
    if (open(account).length >= Number(filter("MAX_NUM_ORDERS").maxNumOrders)) throw fail("MAX_NUM_ORDERS");
  }

  /** Matches a taker against copies of the open orders. */
  function simulate(taker: PlainOrder, asked: NewOrder, mode: string) {
    const all = orders.map((o) => ({ ...o }));
    const steps: { maker: PlainOrder; kind: "trade" | "prevent"; qty: bigint; price: bigint }[] = [];
    let spent = 0n;
    let traded = 0n;
    let value = 0n;
    let done = false;
    const lotStep = units(filter("LOT_SIZE").stepSize);
    const makers = queue(taker.side === "BUY" ? "SELL" : "BUY", all);
    while (true) {
      const maker = makers.find((o) => left(o) > 0n);
      if (maker === undefined) break;
      const { price } = maker;
      if (asked.price !== undefined && (taker.side === "BUY" ? price > asked.price : price < asked.price)) break;
      const rest = asked.quoteOrderQty === undefined
        ? left(taker)
        : (asked.quoteOrderQty - spent) * ONE / price / lotStep * lotStep;
      if (rest === 0n) {
        done = true;
        break;
      }
      const qty = rest < left(maker) ? rest : left(maker);
      const same = maker.account === taker.account ||
        (groups[maker.account] !== undefined && groups[maker.account] === groups[taker.account]);
      if (!same || mode === "NONE") {
        steps.push({ maker, kind: "trade", qty, price });
        maker.executed += qty;
        maker.quote += price * qty / ONE;
        taker.executed += qty;
        taker.quote += price * qty / ONE;
        traded += qty;
        value += price * qty / ONE;
        spent += price * qty / ONE;
        continue;
      }
      steps.push({ maker, kind: "prevent", qty: mode === "DECREMENT" ? qty : rest, price });
      if (mode === "EXPIRE_MAKER" || mode === "EXPIRE_BOTH") maker.prevented += left(maker);
      if (mode === "DECREMENT") {
        maker.prevented += qty;
        taker.prevented += qty;
        spent += price * qty / ONE;
      }
      if (mode === "EXPIRE_TAKER" || mode === "EXPIRE_BOTH") {
        taker.prevented += rest;
        done = true;
        break;
      }
    }
    const last = steps.at(-1);
    if (last !== undefined && asked.quoteOrderQty !== undefined) {
      done ||= (asked.quoteOrderQty - spent) * ONE / last.price / lotStep === 0n;
    }
    return { all, steps, value, traded, done };
  }

  function enter(account: number, asked: NewOrder, ts: number): PlainResult {
    if (open(account).some((o) => o.name === asked.clientOrderId)) throw "-2010 Duplicate order sent.";
    const { side, type, price = 0n, quoteOrderQty } = asked;
    const mode = asked.stpMode ?? rules.defaultSelfTradePreventionMode;
    const taker: PlainOrder = {
      ...{ id: nextId, account, side, price, name: asked.clientOrderId!, orig: asked.qty ?? 0n },
      ...{ executed: 0n, prevented: 0n, quote: 0n, amendments: 0, status: "NEW" },
    };
    const { all, steps, value, traded, done } = simulate(taker, asked, mode);
    if (quoteOrderQty !== undefined) {
      taker.orig = taker.executed + taker.prevented;
      if (queue(side === "BUY" ? "SELL" : "BUY").length === 0) {
        throw "-2010 Order book liquidity is less than symbol minimum quantity.";
      }
      if (taker.orig < units(filter("LOT_SIZE").minQty)) {
        throw steps.length === 0 || done
          ? "-1013 Filter failure: LOT_SIZE"
          : "-2010 Order book liquidity is less than LOT_SIZE filter minimum quantity.";
      }
    }
    const cost = side === "SELL" ? taker.orig : type === "MARKET" ? value : price * taker.orig / ONE;
    if (cost > freeOf(account, side === "SELL" ? "BTC" : "USDT")) {
      throw "-2010 Account has insufficient balance for requested action.";
    }
    if (type === "LIMIT_MAKER" && steps.length > 0) throw "-2010 Order would immediately match and take.";
    nextId++;
    if (asked.timeInForce === "FOK" && traded < taker.orig) return { status: "EXPIRED", id: taker.id, steps: [] };

    for (const { maker, kind, qty, price } of steps) {
      if (kind === "prevent") continue;
      trades.push({ ts, price, qty });
      while (trades[0]!.ts < ts - 400e6) trades.shift();
      const buyer = side === "BUY" ? account : maker.account;
      const seller = side === "BUY" ? maker.account : account;
      const paid = price * qty / ONE;
      const buyerFee = qty * (side === "BUY" ? fee.taker : fee.maker) / ONE;
      const sellerFee = paid * (side === "SELL" ? fee.taker : fee.maker) / ONE;
      owned.get(buyer)!.BTC += qty - buyerFee;
      owned.get(buyer)!.USDT -= paid;
      owned.get(seller)!.BTC -= qty;
      owned.get(seller)!.USDT += paid - sellerFee;
      fees.BTC += buyerFee;
      fees.USDT += sellerFee;
    }
    orders = all.filter((o) => left(o) > 0n);
    for (const o of orders) if (o.executed > 0n) o.status = "PARTIALLY_FILLED";
    const rests = left(taker) > 0n && type !== "MARKET" && (asked.timeInForce ?? "GTC") === "GTC";
    const ends = left(taker) === 0n && (quoteOrderQty === undefined || done);
    taker.status = rests
      ? taker.executed > 0n ? "PARTIALLY_FILLED" : "NEW"
      : !ends
      ? "EXPIRED"
      : steps.at(-1)!.kind === "trade"
      ? "FILLED"
      : "EXPIRED_IN_MATCH";
    if (rests) orders.push(taker);
    return {
      status: taker.status,
      id: taker.id,
      steps: steps.map((s) => `${s.maker.id}:${s.kind === "trade" ? "" : `${mode}:`}${s.qty}@${s.price}`),
    };
  }

  function drop(account: number, id: number, restriction?: string, name?: string) {
    const order = orders.find((o) => o.account === account && o.id === id);
    if (order === undefined) throw "-2011 Unknown order sent.";
    if (name !== undefined && name !== order.name) throw "-2039 Client order ID is not correct for this order ID.";
    if (restriction !== undefined && restriction !== `ONLY_${order.status}`) {
      throw "-2011 Order was not canceled due to cancel restrictions.";
    }
    orders = orders.filter((o) => o !== order);
    return "CANCELED";
  }

  const attempt = <T>(command: () => T): T | string => {
    try {
      return command();
    } catch (error) {
      if (typeof error === "string") return error;
      throw error;
    }
  };

  return {
    owned,
    fees,
    queue,
    freeOf,
    find: (id: number) => orders.find((o) => o.id === id),
    /** What open orders lock, by account and asset: `1 USDT`. */
    locked() {
      const sums = new Map<string, bigint>();
      for (const o of orders) {
        const key = `${o.account} ${o.side === "BUY" ? "USDT" : "BTC"}`;
        sums.set(key, (sums.get(key) ?? 0n) + (o.side === "BUY" ? o.price * left(o) / ONE : left(o)));
      }
      return sums;
    },
    place(account: number, asked: NewOrder, ts: number): PlainResult {
      check(account, asked, ts);
      return enter(account, asked, ts);
    },
    cancel: drop,
    cancelAll(account: number) {
      const mine = open(account).length;
      if (mine === 0) throw "-2011 Unknown order sent.";
      orders = orders.filter((o) => o.account !== account);
      return mine;
    },
    replace(account: number, id: number, asked: NewOrder, mode: string, ts: number, restriction?: string) {
      if (!rules.cancelReplaceAllowed) throw "-1013 Order cancel-replace is not supported for this symbol.";
      check(account, asked, ts);
      const cancelled = attempt(() => drop(account, id, restriction));
      if (cancelled !== "CANCELED" && mode === "STOP_ON_FAILURE") return { cancelled, placed: undefined };
      const placed = attempt(() => enter(account, asked, ts));
      // The refused order has a record, and so an id.
      if (cancelled === "CANCELED" && typeof placed === "string") nextId++;
      return { cancelled, placed };
    },
    amend(account: number, id: number, qty: bigint, name: string, ts: number) {
      if (!rules.amendAllowed) throw "-2038 Order amend is not supported for this symbol.";
      const order = orders.find((o) => o.account === account && o.id === id);
      if (order === undefined) throw "-2038 Unknown order sent.";
      if (qty > order.orig) throw "-2038 Order amend (quantity increase) is not supported.";
      if (qty === order.orig) throw "-2038 The requested action would change no state; rejecting.";
      if (order.amendments >= Number(filter("MAX_NUM_ORDER_AMENDS").maxNumOrderAmends)) {
        throw "-2038 Filter failure: MAX_NUM_ORDER_AMENDS";
      }
      const { side, price } = order;
      const others = orders;
      orders = [];
      try {
        if (qty <= 0n) throw "-1013 Filter failure: LOT_SIZE";
        check(account, { side, type: "LIMIT", price, qty }, ts);
      } finally {
        orders = others;
      }
      const gone = order.executed + order.prevented;
      order.orig = qty > gone ? qty : gone;
      order.name = name;
      order.amendments++;
      orders = orders.filter((o) => left(o) > 0n);
      return left(order) > 0n ? order.status : "EXPIRED";
    },
  };
}
