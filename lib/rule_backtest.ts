/**
 * A rule of one's own over a tape, with the venue and the clocks of the backtest. Pure and synchronous, but for chunks that are waited for.
 *
 * @module
 */

import { marketOf } from "./backtest.ts";
import { createBook } from "./book.ts";
import type { OrderCounts } from "./broker.ts";
import type { RiskEvent } from "./engine.ts";
import { fillModel } from "./fills.ts";
import { fingerprint } from "./fingerprint.ts";
import { calcMetrics, type Metrics } from "./metrics.ts";
import { type OrderLatency, orderLatency } from "./order_latency.ts";
import { createPaperBroker, type PaperBroker } from "./paper.ts";
import { createReplay } from "./replay.ts";
import type { OpenRule } from "./rule.ts";
import { createRuleDesk } from "./rule_desk.ts";
import type { Config } from "./schema.ts";
import type { Tape } from "./tape.ts";
import { checkRows } from "./tape_rows.ts";
import type { Fill, Market } from "./types.ts";

/** How the venue is simulated, beyond the configuration. */
export interface RuleOptions {
  /** Where absent, that of `config.fills`. */
  readonly latency?: OrderLatency;
  /** False: an order is filled whole as soon as any of it is. */
  readonly partialFills?: boolean;
}

/** What a run of a rule produced. */
export interface RuleReport {
  readonly rows: number;
  readonly fills: readonly Fill[];
  readonly risk: readonly RiskEvent[];
  readonly counts: Readonly<OrderCounts>;
  readonly metrics: Metrics;
  readonly fillsHash: string;
}

/** A run under way. */
export interface RuleRun {
  /** More rows, behind those before. */
  push(rows: Tape): void;
  end(): RuleReport;
}

/**
 * Runs a rule over a tape: the venue acts at the exchange's time, the rule sees what has reached it.
 *
 * @throws {RangeError} for an empty tape or a row that cannot be, and what the rule throws
 */
export function backtestRule(tape: Tape, rule: OpenRule, config: Config, options: RuleOptions = {}): RuleReport {
  if (tape.length === 0) throw new RangeError(`${tape.source}: the tape has no rows`);
  const run = startRule(marketOf(tape), rule, config, options);
  run.push(tape);
  return run.end();
}

/**
 * The same over a tape in parts, each behind the last, none kept: memory does not grow with the number of rows. The fills are those of the
 * whole tape, however it is cut.
 */
export async function streamRule(
  parts: AsyncIterable<Tape> | Iterable<Tape>,
  rule: OpenRule,
  config: Config,
  options: RuleOptions = {},
): Promise<RuleReport> {
  let run: RuleRun | undefined;
  for await (const part of parts) {
    run ??= startRule(marketOf(part), rule, config, options);
    run.push(part);
  }
  if (!run) throw new RangeError("streamRule: no rows");
  return run.end();
}

/** A run without rows yet. */
export function startRule(market: Market, rule: OpenRule, config: Config, options: RuleOptions = {}): RuleRun {
  const { fills: model, fees } = config;
  const fills: Fill[] = [];
  const risk: RiskEvent[] = [];
  const venueBook = createBook();
  let broker!: PaperBroker;
  const desk = createRuleDesk(market, config, rule, (listener) =>
    broker = createPaperBroker(venueBook, {
      rules: market.rules,
      quote: market.quote,
      model: fillModel(model),
      latency: options.latency ?? orderLatency(config),
      makerFee: fees.maker,
      takerFee: fees.taker,
      ...(options.partialFills === undefined ? {} : { partialFills: options.partialFills }),
    }, listener), { fill: (fill) => void fills.push(fill), risk: (event) => void risk.push(event) });
  const replay = createReplay(broker, venueBook, desk, Math.round(model.feed_latency * 1e6));
  let rows = 0;
  let lastTs: number | undefined;
  return {
    push(part) {
      lastTs = checkRows(part, lastTs);
      rows += part.length;
      replay.push(part, part.length);
    },
    end() {
      const end = replay.end();
      if (end !== undefined) desk.stop(end);
      let metrics: Metrics | undefined;
      return {
        rows,
        fills,
        risk,
        counts: broker.counts,
        // Not before somebody asks: they take longer than a short run.
        get metrics() {
          return metrics ??= calcMetrics(fills, desk.ledger.path(), { counts: broker.counts, config });
        },
        get fillsHash() {
          return fingerprint(fills);
        },
      };
    },
  };
}
