/**
 * The position that this project's orders have made on an account, from run to run (I/O: kept on disk, the venue is asked).
 *
 * A checkpoint is the position up to a trade of the account. The next run counts on from that trade, if the account still has it;
 * on another account it counts from the latest trade, with nothing held.
 *
 * @module
 */
import type { Opening } from "./inventory.ts";
import type { Checkpoint, Memory } from "./live_memory.ts";
import { answered } from "./order_answers.ts";
import type { OrderRequests } from "./order_requests.ts";
import type { OwnTrade, OwnTrades } from "./own_trades.ts";
import { createGrid } from "./ticks.ts";
import type { Market } from "./types.ts";

/** The position. */
export interface LivePosition {
  /** Finds the trade after which trades are this run's to count. */
  seek(): Promise<void>;
  /**
   * Takes over what earlier runs hold, at the last price, and says so.
   *
   * @throws {Error} where something is held and the venue tells no price
   */
  open(): Promise<void>;
  /** What earlier runs held; undefined where nothing. */
  readonly opening: Opening | undefined;
  /** Signed. */
  readonly lots: number;
  /** The same in base. */
  readonly qty: number;
  /** A trade of the account the first time it is seen; signed lots of ours, 0 for one that is not. */
  trade(trade: OwnTrade, lots: number): void;
  /** Writes down what is complete. */
  save(): void;
  /** Resolves when it is written. */
  saved(): Promise<void>;
}

/** What it works with. */
export interface LivePositionOptions {
  readonly market: Market;
  /** Name of this run. */
  readonly run: string;
  /** Where it is kept; not kept without. */
  readonly memory: Memory | undefined;
  readonly trades: OwnTrades;
  readonly requests: Pick<OrderRequests, "tradesAfter" | "price">;
  /** Signed lots that this run's broker has booked. */
  readonly bookedLots: () => number;
  /** Takes what a person should know. */
  readonly report: (reason: string) => void;
}

const isNumber = (id: string) => /^\d+$/.test(id);

/** Nothing is held yet. */
export function createLivePosition(options: LivePositionOptions): LivePosition {
  const { market, run, memory, trades, requests, bookedLots, report } = options;
  const tickGrid = createGrid(market.rules.tickSize);
  const lotGrid = createGrid(market.rules.lotSize);
  const startedMs = Date.now();
  /** Signed lots of our trades that lie after the cursor. */
  const beyond = new Map<string, number>();
  let checkpoint: Checkpoint | undefined;
  let opening: Opening | undefined;
  let saving: Promise<void> | undefined;

  const held = () => (opening?.lots ?? 0) + bookedLots();

  /** That of the last run, if this is still the same account. */
  async function find(): Promise<Checkpoint | undefined> {
    const last = await memory?.checkpoint();
    // The run began before the account's first trade: every trade came after it.
    if (last?.cursor === "0") {
      trades.complete("0");
      return last;
    }
    if (last !== undefined && isNumber(last.cursor)) {
      const [found] = await answered(requests.tradesAfter(String(BigInt(last.cursor) - 1n), startedMs));
      if (found?.id === last.cursor) {
        trades.complete(last.cursor);
        return last;
      }
      report(`trade ${last.cursor} of run ${last.run} is not on this account: its position is not taken over`);
    }
    const [latest] = (await answered(requests.tradesAfter(undefined, startedMs))).slice(-1);
    trades.complete(latest?.id ?? "0");
    return undefined;
  }

  return {
    async seek() {
      checkpoint = await find();
    },
    async open() {
      if (checkpoint !== undefined && checkpoint.lots !== 0) {
        const price = await requests.price(market.symbol);
        if (price === undefined) {
          throw new Error(
            `the venue tells no price of ${market.symbol}, from which the gains of the position held count: ` +
              `${lotGrid.decimal(checkpoint.lots)} ${market.base} of run ${checkpoint.run}`,
          );
        }
        opening = { lots: checkpoint.lots, priceTicks: tickGrid.round(price) };
      }
      const source = checkpoint === undefined
        ? "as nothing is known of an earlier run on this account"
        : `from run ${checkpoint.run}`;
      report(`the position at the start is ${lotGrid.decimal(held())} ${market.base}, ${source}`);
    },
    get opening() {
      return opening;
    },
    get lots() {
      return held();
    },
    get qty() {
      return lotGrid.decimal(held());
    },
    trade({ id }, lots) {
      if (lots !== 0 && memory !== undefined && isNumber(id)) beyond.set(id, lots);
    },
    save() {
      const { cursor } = trades;
      if (memory === undefined || cursor === undefined || !isNumber(cursor)) return;
      let after = 0;
      for (const [id, lots] of beyond) {
        if (Number(id) <= Number(cursor)) beyond.delete(id);
        else after += lots;
      }
      saving = memory.setCheckpoint({ cursor, lots: held() - after, run, at: Date.now() })
        .catch((error) => report(`the position cannot be written down: ${error.message}`));
    },
    async saved() {
      await saving;
    },
  };
}
