/**
 * The backtest: the same strategy and the same simulated venue as a paper session, over a tape. Pure and synchronous.
 *
 * @module
 */

import type { OpenBroker, OrderCounts } from "./broker.ts";
import type { TapeControl } from "./controls.ts";
import { createDesk, type DeskListener, type RiskEvent } from "./engine.ts";
import { fingerprint } from "./fingerprint.ts";
import {
  attribute,
  type Attribution,
  calcMetrics,
  markoutCurve,
  type MarkoutPoint,
  type Metrics,
  reachOf,
} from "./metrics.ts";
import type { OpenMaker } from "./maker.ts";
import { type OrderLatency, orderLatency } from "./order_latency.ts";
import { paperBroker } from "./paper.ts";
import type { Config } from "./schema.ts";
import { rowsOf, type Tape, type TapeInfo } from "./tape.ts";
import { checkRows } from "./tape_rows.ts";
import { createTwoClocks } from "./two_clocks.ts";
import { createTouchClock, type TouchTime } from "./touch_time.ts";
import type { Fill, Market, OrderRecord, Quote } from "./types.ts";

/** Everything that a run produced. */
export interface BacktestReport {
  readonly symbol: string;
  /** As in `config.fills.model`. */
  readonly model: string;
  readonly rows: number;
  /** Our time of the first and last row, microseconds. */
  readonly startTs: number;
  readonly endTs: number;
  readonly fills: readonly Fill[];
  /** Decisions that differ from the one before; empty unless asked for. */
  readonly quotes: readonly Quote[];
  /** Orders that are over; empty unless asked for. */
  readonly orders: readonly OrderRecord[];
  readonly risk: readonly RiskEvent[];
  readonly counts: Readonly<OrderCounts>;
  readonly metrics: Metrics;
  /** Net PnL by cause, at the horizon `config.model.markout_horizon`. */
  readonly attribution: Attribution;
  /** What the mid did after our fills. */
  readonly markouts: readonly MarkoutPoint[];
  /** How much of the time our quotes stood at the touch; undefined where the book was never known. */
  readonly touchTime: TouchTime | undefined;
  /** Equal for equal fills; a paper session prints its own. */
  readonly fillsHash: string;
}

/** The rules of a tape's market. */
export function marketOf(tape: TapeInfo): Market {
  const { symbol, base, quote, tickSize, lotSize, minQty, minNotional } = tape;
  return { symbol, base, quote, rules: { tickSize, lotSize, minQty: minQty ?? lotSize, minNotional } };
}

/** What to keep besides the fills, and where to report progress. */
export interface BacktestOptions {
  readonly keepQuotes?: boolean;
  readonly keepOrders?: boolean;
  /** Who decides: the project's strategy where it is not given. */
  readonly maker?: OpenMaker;
  /**
   * `arrival`, where absent: the venue takes each row when it reaches us, as a session in paper mode must. `both`: at the exchange's time,
   * and an answer may overtake the market's own rows.
   */
  readonly clocks?: "arrival" | "both";
  /** Where absent, that of `config.fills`. */
  readonly latency?: OrderLatency;
  /** Called with the share done, 0..1, about a hundred times. */
  readonly progress?: (done: number) => void;
}

/**
 * Runs the strategy over a tape. Where the tape has controls, what was done by hand in the session that recorded it is done again.
 *
 * @throws {RangeError} for an empty tape, or a row that cannot be, with its number, value and bound
 */
export function runBacktest(tape: Tape, config: Config, options: BacktestOptions = {}): BacktestReport {
  if (tape.length === 0) throw new RangeError(`${tape.source}: the tape has no rows`);
  const run = startBacktest(tape, config, options);
  run.push(tape, options.progress);
  options.progress?.(1);
  return run.end();
}

/**
 * The same over a tape in parts, each behind the last: `readTapeParts` gives those of files. Of the rows nothing is kept; the report grows
 * with the fills and with the moves of the mid (16 bytes each). It is that of the whole tape, however that is cut.
 *
 * @throws {RangeError} as {@linkcode runBacktest}
 */
export async function streamBacktest(
  parts: AsyncIterable<Tape> | Iterable<Tape>,
  config: Config,
  options: Omit<BacktestOptions, "progress"> = {},
): Promise<BacktestReport> {
  let run: BacktestRun | undefined;
  for await (const part of parts) {
    if (part.length === 0) continue;
    run ??= startBacktest(part, config, options);
    run.push(part);
  }
  if (!run) throw new RangeError("streamBacktest: no rows");
  return run.end();
}

/** A backtest under way. */
export interface BacktestRun {
  /** More rows, behind those before. */
  push(rows: Tape, progress?: (done: number) => void): void;
  end(): BacktestReport;
}

/** A backtest without rows yet. */
export function startBacktest(market: TapeInfo, config: Config, options: BacktestOptions = {}): BacktestRun {
  const fills: Fill[] = [];
  const quotes: Quote[] = [];
  const orders: OrderRecord[] = [];
  const risk: RiskEvent[] = [];
  const listener: DeskListener = {
    fill: (fill) => void fills.push(fill),
    risk: (event) => void risk.push(event),
    message: (now, isKnown) => touch.look(now, isKnown ? book : undefined, working.bid, working.ask),
    ...(options.keepQuotes ? { quote: (quote: Quote) => void quotes.push(quote) } : {}),
    ...(options.keepOrders ? { order: (order: OrderRecord) => void orders.push(order) } : {}),
  };
  const controls: TapeControl[] = [];
  const control = (row: number) => {
    while (controls.length > 0 && controls[0]!.row <= row) desk.control(controls.shift()!.control);
  };
  const latency = options.latency ?? orderLatency(config);
  const byArrival = paperBroker(marketOf(market), config, latency);
  const openDesk = (broker: OpenBroker = byArrival) =>
    createDesk(marketOf(market), config, listener, broker, undefined, options.maker);
  const both = options.clocks === "both"
    ? createTwoClocks(marketOf(market), config, latency, openDesk, control)
    : undefined;
  const desk = both?.desk ?? openDesk();
  const touch = createTouchClock();
  const { book, working } = desk;
  let rows = 0;
  let startTs: number | undefined;
  let endTs = 0;
  let lastTs: number | undefined;
  return {
    push(tape, progress) {
      lastTs = checkRows(tape, lastTs);
      const { length, localTs } = tape;
      if (length === 0) return;
      controls.push(...(tape.controls ?? []).map(({ row, control }) => ({ row: rows + row, control })));
      // With both clocks each part is put behind what is still under way.
      const step = Math.max(both ? 1 << 18 : 1, Math.floor(length / 100));
      for (let from = 0; from < length;) {
        if (!both) control(rows + from);
        const to = Math.min(length, from + step, both ? Infinity : (controls[0]?.row ?? Infinity) - rows);
        if (both) both.replay.push(rowsOf(tape, from, to), to - from);
        else desk.rows({ ...tape, from, to });
        progress?.(from / length);
        from = to;
      }
      rows += length;
      startTs ??= localTs[0]!;
      endTs = localTs[length - 1]!;
    },
    end() {
      both?.replay.end();
      control(Infinity);
      desk.stop("end of the tape");
      const path = desk.ledger.path();
      return {
        symbol: market.symbol,
        model: config.fills.model,
        rows,
        startTs: startTs ?? 0,
        endTs: desk.now ?? endTs,
        fills,
        quotes,
        orders,
        risk,
        counts: desk.counts,
        metrics: calcMetrics(fills, path, { counts: desk.counts, config }),
        attribution: attribute(fills, path, {
          horizonSeconds: config.model.markout_horizon,
          reachUs: reachOf(latency),
        }),
        markouts: markoutCurve(fills, path),
        touchTime: touch.share(),
        fillsHash: fingerprint(fills),
      };
    },
  };
}

/**
 * The three answers to "would this order have been filled?". They bound one order: whatever fills by `through` has been touched.
 * They do not bound a run: an earlier fill changes the inventory, and with it every quote that follows.
 */
export const BRACKET = ["through", "risk_averse", "touch"] as const;

/** Runs the same tape and strategy once for each fill model. */
export function runBracket(
  tape: Tape,
  config: Config,
  models: readonly Config["fills"]["model"][] = BRACKET,
): BacktestReport[] {
  return models.map((model) => {
    // A model that was set by hand belongs to the session's own; the others stay what they are asked for.
    const own = model === config.fills.model ? tape : { ...tape, controls: tape.controls?.flatMap(withoutModel) };
    return runBacktest(own, { ...config, fills: { ...config.fills, model } });
  });
}

function withoutModel({ row, control }: TapeControl): TapeControl[] {
  if (control.do !== "set") return [{ row, control }];
  const { fillModel: _, power: __, ...settings } = control.settings;
  return Object.keys(settings).length === 0 ? [] : [{ row, control: { do: "set", settings } }];
}
