/**
 * The account as the venue has it, compared with what this run believes: open orders, own trades, balances (I/O: asks the venue).
 *
 * What differs is told, and taken over: an order of ours goes to the broker, one of others is left alone, and money that no trade
 * explains counts from then on.
 *
 * @module
 */
import { createBalanceCheck } from "./balance_check.ts";
import type { LiveBroker } from "./live_broker.ts";
import type { LivePosition } from "./live_position.ts";
import { answered, isFailure } from "./order_answers.ts";
import { isOfLaterRun, isOurs } from "./order_ids.ts";
import type { Balances, OrderRequests, VenueOrder } from "./order_requests.ts";
import type { OwnTrade, OwnTrades } from "./own_trades.ts";
import type { Market } from "./types.ts";
import { createVenueReport, type VenueReport } from "./venue_report.ts";

/** The comparison. */
export interface AccountCheck {
  /** Reads the balances from which counting begins. */
  open(): Promise<Balances>;
  /** A trade of the account, ours or not, once. */
  trade(trade: OwnTrade): void;
  /** An order that this run did not place, or has no memory of. */
  unknown(order: VenueOrder): void;
  /** Compares now, or waits for a comparison that is on its way. */
  run(): Promise<VenueReport>;
  /** One that begins after this call. */
  runAnew(): Promise<VenueReport>;
  /** The last. */
  readonly last: VenueReport | undefined;
}

/** What it works with. */
export interface AccountCheckOptions {
  readonly market: Market;
  /** What this run's client order ids begin with. */
  readonly prefix: string;
  readonly requests: Pick<OrderRequests, "openOrders" | "balances">;
  readonly broker: Pick<LiveBroker, "adopt" | "compareOpen" | "pollTrades" | "working">;
  readonly trades: OwnTrades;
  readonly position: Pick<LivePosition, "save" | "qty">;
  /** The venue's clock, milliseconds. */
  readonly serverNow: () => number;
  /** Takes what a person should know. */
  readonly report: (reason: string) => void;
  /** A run that began later has orders here: it takes this one for dead. */
  readonly superseded: (run: string) => void;
}

/** Before the second look at balances that differ, wall milliseconds. */
const AGAIN_MS = 100;

export function createAccountCheck(options: AccountCheckOptions): AccountCheck {
  const { market, prefix, requests, broker, trades, position, serverNow, report, superseded } = options;
  const balances = createBalanceCheck(market);
  /** Open orders of others, by the venue's id. */
  const foreign = new Map<string, VenueOrder>();
  let last: VenueReport | undefined;
  let running: Promise<VenueReport> | undefined;

  async function compare(): Promise<VenueReport> {
    const problems: string[] = [];
    const askedMs = serverNow();
    const open = await requests.openOrders();
    if (isFailure(open)) problems.push(`open orders: ${open.reason}`);
    else {
      await broker.compareOpen(open, askedMs);
      const there = new Set(open.map(({ orderId }) => orderId));
      for (const orderId of foreign.keys()) if (!there.has(orderId)) foreign.delete(orderId);
    }
    const isPolled = await broker.pollTrades();
    if (!isPolled) problems.push("own trades: no answer, or one that cannot be attributed yet");
    else position.save();
    let rows = await compareBalances(problems);
    // A trade may have happened between the two questions: a difference counts when it stands while nothing trades.
    for (let tries = 0; tries < 3 && rows?.some(({ difference }) => difference !== 0); tries++) {
      const count = trades.count;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      await broker.pollTrades();
      rows = await compareBalances(problems);
      if (trades.count === count) break;
    }
    for (const { currency, difference } of rows ?? []) {
      if (difference === 0) continue;
      const reason = `the account has ${
        difference > 0 ? "more" : "less"
      } ${currency} than its trades explain: ${difference}`;
      problems.push(reason);
      report(reason);
      // Told once; what counts from here on is what the venue says.
      balances.move(currency, difference);
    }
    last = createVenueReport({
      market,
      problems,
      working: broker.working,
      venueOrders: isFailure(open) ? undefined : open.filter(({ clientId }) => clientId?.startsWith(prefix)).length,
      foreign: [...foreign.values()],
      trades: trades.count,
      rows: rows ?? [],
      position: position.qty,
      isAnswered: !isFailure(open) && isPolled && rows !== undefined,
    });
    return last;
  }

  async function compareBalances(problems: string[]) {
    const total = await requests.balances();
    if (!isFailure(total)) return balances.compare(total);
    problems.push(`balances: ${total.reason}`);
    return undefined;
  }

  const run = () => running ??= compare().finally(() => running = undefined);

  return {
    async open() {
      // Such as no trade changes while they are read: the account may have other traders.
      for (let tries = 0;; tries++) {
        const count = trades.count;
        const total = await answered(requests.balances());
        await broker.pollTrades();
        if (trades.count !== count && tries < 10) continue;
        balances.open(total);
        return total;
      }
    },
    trade: balances.trade,
    unknown(order) {
      const { clientId, orderId, status } = order;
      if (clientId?.startsWith(prefix)) return broker.adopt(order, "of this run, and not known to it");
      const isLater = isOfLaterRun(clientId, prefix);
      if (isOurs(clientId) && !isLater) {
        if (status !== "open") return;
        report(`order ${orderId} (${clientId}) was left by an earlier run: cancelled`);
        return broker.adopt(order, "left by an earlier run");
      }
      if (status !== "open") return void foreign.delete(orderId);
      if (foreign.has(orderId)) return;
      foreign.set(orderId, order);
      report(
        `order ${orderId} (${clientId ?? "no client id"}) is of ${
          isLater ? "a later run" : "somebody else"
        }: left alone`,
      );
      if (isLater) superseded(clientId!.slice(0, prefix.length));
    },
    run,
    async runAnew() {
      await running;
      return await run();
    },
    get last() {
      return last;
    },
  };
}
