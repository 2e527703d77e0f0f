/**
 * The table of every key of config.yaml: type, unit, default, bounds and meaning. The type `Config`, the checks, the printed
 * table of the notebook and the page on configuration all come from here.
 *
 * @module
 */

/** What every key has. `unit` is empty where there is none. */
interface Described {
  readonly unit: string;
  readonly about: string;
}

/** A number's ends: `min` and `max` belong to the range, `above` and `below` do not. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  readonly below?: number;
}

export interface NumberKey extends Described, Bounds {
  readonly type: "number" | "integer";
  readonly default: number;
}

export interface TextKey extends Described {
  readonly type: "text";
  readonly default: string;
  /** What the text must look like, and how to say that. */
  readonly pattern?: RegExp;
  readonly form?: string;
}

export interface ChoiceKey<Choice extends string = string> extends Described {
  readonly type: "choice";
  readonly default: NoInfer<Choice>;
  readonly choices: readonly Choice[];
}

/** A copy of the sections, with only the keys that differ. */
export interface OverridesKey extends Described {
  readonly type: "overrides";
  readonly default: Record<string, never>;
}

export type Key = NumberKey | TextKey | ChoiceKey | OverridesKey;

type Of<K, Without extends string> = Omit<K, "type" | "unit" | "about" | Without>;

const number = (unit: string, about: string, is: Of<NumberKey, never>): NumberKey => ({
  ...{ type: "number", unit, about },
  ...is,
});
const integer = (unit: string, about: string, is: Of<NumberKey, never>): NumberKey => ({
  ...{ type: "integer", unit, about },
  ...is,
});
const text = (about: string, is: Of<TextKey, never>): TextKey => ({ type: "text", unit: "", about, ...is });
const choice = <const C extends string>(
  about: string,
  choices: readonly C[],
  first: NoInfer<C>,
): ChoiceKey<C> => ({ type: "choice", unit: "", about, choices, default: first });

const path = (about: string, first: string): TextKey =>
  text(about, { default: first, pattern: /\S/, form: "a file or folder" });

/** The sections, in the order of config.yaml; `mode` is a key by itself. */
export const KEYS = {
  exchange: {
    id: text("ccxt exchange id", { default: "binance", pattern: /^[a-z0-9]+$/, form: "a ccxt id such as binance" }),
    environment: choice("local is the project's own testnet on 127.0.0.1", ["local", "sandbox", "production"], "local"),
    symbol: text("ccxt unified symbol", {
      default: "BTC/USDT",
      pattern: /^[^\s/:]+\/[^\s/:]+(:\S+)?$/,
      form: "a unified symbol such as BTC/USDT",
    }),
    depth: integer("levels", "levels a side kept in each book record", { default: 20, min: 1, max: 5000 }),
  },
  mode: choice("simulated orders, or real ones", ["paper", "live"], "paper"),
  model: {
    gamma: number("1/quote", "CARA risk aversion", { default: 1, above: 0 }),
    gamma_min: number("1/quote", "lower clip of gamma", { default: 0.2, above: 0 }),
    gamma_max: number("1/quote", "upper clip of gamma", { default: 5, above: 0 }),
    inventory_budget: number("base", "root mean square position at which the estimated gamma is model.gamma", {
      default: 0.005,
      above: 0,
    }),
    n: integer("dealers", "competing dealers", { default: 10, min: 1 }),
    denominator: choice("what kappa is divided by; own is 1", ["n", "n+1", "own"], "n"),
    delta: number("s", "time an inventory is expected to be carried", { default: 60, above: 0 }),
    sigma_half_life: number("s", "half-life of the EWMA of squared mid returns", { default: 60, above: 0 }),
    sigma_sample: number("s", "time between the mids that sigma is measured on", { default: 1, above: 0 }),
    sigma_min_samples: integer("returns", "seen before sigma is known", { default: 20, min: 1 }),
    vpin_bucket_mode: choice(
      "buckets of vpin_bucket_volume, or of vpin_bucket_trades x the mean trade size",
      ["volume", "trades"],
      "trades",
    ),
    vpin_bucket_volume: number("base", "volume of one bucket", { default: 0.5, above: 0 }),
    vpin_bucket_trades: integer("trades", "trades' worth of one bucket, in mode trades", { default: 40, min: 1 }),
    vpin_buckets: integer("buckets", "averaged over for tau", { default: 50, min: 1 }),
    vpin_min_buckets: integer("buckets", "complete before tau is known", { default: 10, min: 1 }),
    markout_horizon: number("s", "from a trade to its markout", { default: 10, above: 0 }),
    k_start: number("sd", "prior of k, in standard deviations of the mid over the markout horizon", {
      default: 0.35,
      min: 0,
    }),
    k_prior_weight: number("markouts", "the prior of k is worth so many of them at tau = 1", {
      default: 1000,
      above: 0,
    }),
    k_forgetting: number("per markout", "weight kept of older markouts; 1 never forgets", {
      default: 0.9998,
      above: 0,
      max: 1,
    }),
    k_min: number("quote/base", "floor of k when quoting", { default: 0, min: 0 }),
    k_min_markouts: integer("markouts", "seen before k is known", { default: 30, min: 0 }),
  },
  quotes: {
    size: number("base", "size of each quote", { default: 0.001, above: 0 }),
    min_half_spread: number("quote/base", "floor of k*tau", { default: 0, min: 0 }),
    requote_ticks: integer("ticks", "a resting order stays while it is within this of the wanted price", {
      default: 5,
      min: 0,
    }),
    requote_interval: number("s", "an order rests at least this long before it is moved", { default: 0.2, min: 0 }),
  },
  risk: {
    q_max: number("base", "largest |inventory|, resting orders counted", { default: 0.02, above: 0 }),
    hedge_at: number("base", "|inventory| from which the hedge flag is up", { default: 0.015, above: 0 }),
    max_drawdown: number("quote", "from the equity's peak; beyond it the kill switch latches", {
      default: 200,
      above: 0,
    }),
    max_order_rate: number("1/s", "order actions a second", { default: 20, above: 0 }),
    stale_after: number("s", "wall time without a message before a stream counts as dead", {
      default: 2.5,
      above: 0,
      max: 60,
    }),
    resume_after: number("s", "clean market before quoting again", { default: 0.5, min: 0, max: 60 }),
    heartbeat: number("s", "between a live session's signs of life to its guard", {
      default: 0.5,
      min: 0.05,
      max: 10,
    }),
    dead_after: number("s", "silence after which the guard cancels the session's orders", {
      default: 2,
      min: 0.2,
      max: 60,
    }),
    max_error_rate: number(
      "1/min",
      "requests a wall minute that fail or are refused; beyond it the kill switch latches",
      {
        default: 120,
        above: 0,
      },
    ),
  },
  orders: {
    recv_window: number("s", "an order request that is older when it arrives is void", {
      default: 2,
      above: 0,
      max: 60,
    }),
    answer_timeout: number("s", "wall time after which a request without an answer is asked about", {
      default: 1,
      above: 0,
      max: 60,
    }),
    poll_interval: number("s", "wall time between two comparisons with the venue: orders, trades, balances", {
      default: 5,
      above: 0,
      max: 600,
    }),
  },
  fees: {
    maker: number("of notional", "maker fee as a fraction, 0.001 is 10 bps; negative is a rebate", {
      default: 0.001,
      above: -0.1,
      below: 0.1,
    }),
    taker: number("of notional", "taker fee as a fraction", { default: 0.001, above: -0.1, below: 0.1 }),
    label: text("name of the fee tier, shown beside every net result", {
      default: "Binance spot, standard tier (VIP 0)",
    }),
  },
  fills: {
    model: choice("how simulated orders fill", ["touch", "through", "risk_averse", "power", "log"], "risk_averse"),
    power: number("", "exponent of the power model", { default: 2, above: 0 }),
    feed_latency: number("s", "from the exchange to us, where no receive time was measured", {
      default: 0.005,
      min: 0,
      max: 60,
    }),
    entry_latency: number("s", "of an order, from us to the matching engine", { default: 0.01, min: 0, max: 60 }),
    cancel_latency: number("s", "of a cancel, from us to the matching engine", { default: 0.01, min: 0, max: 60 }),
    response_latency: number("s", "from the matching engine back to us", { default: 0.01, min: 0, max: 60 }),
    latency_file: text(
      "measured orders to take entry, cancel and response latency from (.parquet, .csv, .npz); none if empty",
      {
        default: "",
      },
    ),
  },
  session: {
    minutes: number("market min", "time to trade; 0 is until stopped", { default: 10, min: 0 }),
    backfill_minutes: number("market min", "trades to fetch before the start", { default: 5, min: 0 }),
    metrics_interval: number("s", "market time between points of the equity curve", { default: 60, min: 0.001 }),
    write_every: integer("loops", "between hand-overs of rows to the writer", { default: 50, min: 1 }),
  },
  control: {
    page: choice("a page on 127.0.0.1 to watch and change a running session; its address works once", [
      "served",
      "none",
    ], "served"),
    port: integer("", "of that page; 0 takes a free one", { default: 0, min: 0, max: 65_535 }),
  },
  metrics: {
    endpoint: choice("figures for Prometheus on 127.0.0.1, see docs/grafana.json", ["served", "none"], "none"),
    port: integer("", "of that endpoint; 0 takes a free one", { default: 9464, min: 0, max: 65_535 }),
  },
  paths: {
    data: path("recordings, fills and PnL go below this folder", "data"),
    out: path("reports and executed notebooks", "out"),
  },
  testnet: {
    tape: path("recording to replay", "data/sample/binance_spot_btcusdt_20240808"),
    speed: number("market s/s", "replay speed; 1 is real time", { default: 20, above: 0, max: 10_000 }),
    start: number("s", "of the tape that lie in the past when the replay begins", { default: 48, min: 0 }),
    port: integer("", "port on 127.0.0.1; 0 takes a free one", { default: 0, min: 0, max: 65_535 }),
  },
  backtest: {
    tape: path("recorded day of the backtest", "data/sample/gemini_ethusd_20210701.parquet"),
    headline_model: choice(
      "fill model of the headline, the one cell that is judged; fixed before the run",
      ["touch", "through", "risk_averse", "power", "log"],
      "risk_averse",
    ),
    headline_tier: text("fee tier of the headline; configured is fees.*", {
      default: "configured",
      pattern: /^[a-z0-9_]+$/,
      form: "a tier's name",
    }),
    headline_latency: number("", "latency of the headline, times the latencies of fills.*", { default: 1, min: 0 }),
    tiers: text("fee tiers of the matrix", {
      default: "configured, zero, rebate",
      pattern: /^[a-z0-9_]+(\s*,\s*[a-z0-9_]+)*$/,
      form: "names of tiers with commas between",
    }),
    latencies: text("latencies of the matrix, times those of fills.*", {
      default: "0, 1, 5",
      pattern: /^\d*\.?\d+(\s*,\s*\d*\.?\d+)*$/,
      form: "numbers >= 0 with commas between",
    }),
    overrides: {
      ...{ type: "overrides", unit: "", about: "what differs from the above for that market", default: {} },
    } as OverridesKey,
  },
} as const;

/** Whether an entry of the table is a key rather than a section. */
export function isKey(entry: Key | Readonly<Record<string, Key>>): entry is Key {
  return typeof entry.type === "string";
}

/** Every key with its path, `risk.q_max`, in the table's order. */
export function listKeys(): { readonly path: string; readonly key: Key }[] {
  const entries: [string, Key | Readonly<Record<string, Key>>][] = Object.entries(KEYS);
  return entries.flatMap(([name, entry]) =>
    isKey(entry)
      ? [{ path: name, key: entry }]
      : Object.entries(entry).map(([last, key]) => ({ path: `${name}.${last}`, key }))
  );
}

/** What a value of the key must be, in words: `a number > 0 (base)`. */
export function describeKey(key: Key): string {
  if (key.type === "overrides") return "a copy of the sections with only the keys that differ";
  if (key.type === "choice") return `one of ${key.choices.join(", ")}`;
  if (key.type === "text") return key.form ?? "text";
  return [key.type === "integer" ? "a whole number" : "a number", describeBounds(key), key.unit && `(${key.unit})`]
    .filter(Boolean).join(" ");
}

/** A number's bounds in words: `> 0 and <= 1`; empty without any. */
export function describeBounds(bounds: Bounds): string {
  return [
    bounds.above !== undefined && `> ${bounds.above}`,
    bounds.min !== undefined && `>= ${bounds.min}`,
    bounds.below !== undefined && `< ${bounds.below}`,
    bounds.max !== undefined && `<= ${bounds.max}`,
  ].filter(Boolean).join(" and ");
}

/** The whole table as Markdown, one row a key. */
export function keysAsMarkdown(): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const rows = listKeys().map(({ path, key }) => {
    const first = key.type === "overrides" ? "none" : `\`${key.default}\``;
    const range = key.type === "number" || key.type === "integer"
      ? [key.type === "integer" ? "whole" : "", describeBounds(key)].filter(Boolean).join(", ")
      : describeKey(key);
    return `| \`${path}\` | ${first} | ${cell(key.unit)} | ${cell(range)} | ${cell(key.about)} |`;
  });
  return ["| key | default | unit | allowed | meaning |", "| --- | --- | --- | --- | --- |", ...rows, ""].join("\n");
}
