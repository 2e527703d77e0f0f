/**
 * What a fault is told: its kind and its numbers, checked.
 *
 * @module
 */

/** The kinds a storm is made of. */
export const STORM_KINDS: readonly string[] = [
  ...["drop", "half_open", "disconnect", "restart", "expire_keys", "skip_depth", "crossed", "stale", "delay"],
  ...["duplicate", "reorder", "skip_user", "late_fill", "http_error", "rest_delay", "lost_request", "lost_answer"],
  "clock_skew",
];

/** Kinds of faults, with the keys each understands and a line of help. */
export const FAULTS = {
  drop: {
    keys: ["socket", "refuse_ms", "rest"],
    help: "end WebSocket connections without a close frame",
  },
  half_open: {
    keys: ["socket", "refuse_ms", "rest"],
    help: "today's sockets stay open but neither send, read nor answer pings",
  },
  disconnect: {
    keys: ["socket", "delay_ms"],
    help: "say serverShutdown and, delay_ms later, close: what happens to a connection after 24 hours",
  },
  restart: {
    keys: ["refuse_ms"],
    help: "go away for refuse_ms (default 1000) and come back; orders and balances are kept, connections,\n" +
      "              sessions and listen keys are not",
  },
  expire_keys: { keys: [], help: "every listen key ends" },
  skip_depth: { keys: ["count", "ms", "probability"], help: "leave out depth messages: an update-id gap" },
  crossed: {
    keys: ["count", "ms", "probability", "ticks"],
    help: "a bid above the best ask, until the next depth message",
  },
  stale: { keys: ["count", "ms", "probability", "stream"], help: "leave out messages while the connection lives" },
  delay: {
    keys: ["count", "ms", "probability", "stream", "delay_ms", "jitter_ms"],
    help: "messages arrive later, in order",
  },
  duplicate: { keys: ["count", "ms", "probability", "stream"], help: "send messages twice" },
  reorder: {
    keys: ["count", "ms", "probability", "stream", "delay_ms"],
    help: "send a message after the next one of its stream, or after delay_ms",
  },
  skip_user: {
    keys: ["count", "ms", "probability", "stream"],
    help: "leave out events of the user streams",
  },
  late_fill: {
    keys: ["count", "probability", "part", "delay_ms"],
    help: "an order fills just before its cancel arrives, and the user stream tells of it delay_ms (default\n" +
      "              500) later: after the cancel's answer, which is -2011 if the order filled whole",
  },
  http_error: {
    keys: ["count", "ms", "probability", "status", "retry_after", "path"],
    help: "answer requests with an error (default 503; 429 and 418 with Retry-After), nothing done",
  },
  rest_delay: { keys: ["count", "ms", "probability", "delay_ms", "path"], help: "requests arrive later" },
  lost_request: {
    keys: ["count", "ms", "probability", "path", "cut_ms"],
    help: "do not carry out requests, and do not answer",
  },
  lost_answer: {
    keys: ["count", "ms", "probability", "path", "cut_ms", "status"],
    help: "carry out requests, and do not answer, or with an error status that leaves it open",
  },
  clock_skew: {
    keys: ["ms", "delta_ms"],
    help: "the exchange's clock is ahead (requests: -1021; and as /time shows it)",
  },
  storm: {
    keys: ["seed", "rate", "kinds", "seconds"],
    help: "faults of all kinds at random moments; GET /testnet/faults lists them",
  },
  clear: { keys: [], help: "end every fault that lasts or waits" },
} as const;

/** The keys and what they mean. */
export const FAULT_KEYS = {
  at: "seconds of market time after the start at which it begins (default: now)",
  count: "how many messages or requests (default 1; no end with ms or probability, nor for stale and delay)",
  ms: "for how long, milliseconds of wall time",
  probability: "of each message being hit, 0 to 1, drawn from --seed",
  stream: "only this stream: depth, trade, user, executionReport, executionReport:TRADE, outboundAccountPosition, …\n" +
    "              or a full name such as btcusdt@trade (duplicate, reorder: diffs)",
  path: "only this REST path, such as /api/v3/depth or POST /api/v3/order; also for the same by WebSocket API",
  socket: "only connections of this kind: market, user (listen key or subscription), api (WebSocket API)",
  refuse_ms: "new connections are refused that long, milliseconds",
  rest: "true: REST is refused as long, too",
  delay_ms: "milliseconds of delay",
  cut_ms: "end the connection that waits after so long (default 60000)",
  delta_ms: "milliseconds ahead; below zero: behind",
  jitter_ms: "up to so many milliseconds more, drawn from --seed",
  part: "which part of what is left of the order fills, above 0 to 1 (default 1)",
  ticks: "how far above the best ask (default 1)",
  status: "HTTP status",
  retry_after: "seconds in the header Retry-After (default 1)",
  seed: "of the storm (default 1)",
  rate: "faults a minute of market time (default 6)",
  kinds: "which kinds, joined by + (default: all but storm and clear)",
  seconds: "how long the storm lasts, market time (default: until cleared)",
} as const;

/** Connections by what they are for. */
export type SocketKind = "market" | "user" | "api";

/** One fault. */
export interface FaultSpec {
  readonly kind: keyof typeof FAULTS;
  readonly at?: number;
  readonly count?: number;
  readonly ms?: number;
  readonly probability?: number;
  readonly stream?: string;
  readonly path?: string;
  readonly socket?: SocketKind;
  readonly refuse_ms?: number;
  readonly rest?: boolean;
  readonly delay_ms?: number;
  readonly jitter_ms?: number;
  readonly delta_ms?: number;
  readonly cut_ms?: number;
  readonly part?: number;
  readonly ticks?: number;
  readonly status?: number;
  readonly retry_after?: number;
  readonly seed?: number;
  readonly rate?: number;
  readonly kinds?: string;
  readonly seconds?: number;
}

/** What a filter is compared with. */
export interface MessageFilter {
  readonly kind: string;
  readonly stream?: string;
  /** Further names: of a user event, `executionReport` and `executionReport:TRADE`. */
  readonly names?: readonly string[];
}

/** Faults that last until they are cleared unless told otherwise; all others happen once. */
const LASTING = new Set<string>(["stale", "delay", "clock_skew"]);

/** How many uses a fault has. */
export function usesOf(spec: FaultSpec): number {
  if (spec.count !== undefined) return spec.count;
  return LASTING.has(spec.kind) || spec.ms !== undefined || spec.probability !== undefined ? Infinity : 1;
}

/**
 * Checks a fault as it came in a request.
 *
 * @throws {TypeError} for an unknown kind or key or a value of the wrong type.
 * @throws {RangeError} for a number out of range.
 */
export function checkFault(value: Readonly<Record<string, unknown>>): FaultSpec {
  const { kind, ...rest } = value;
  if (typeof kind !== "string" || !Object.hasOwn(FAULTS, kind)) {
    throw new TypeError(`fault: kind = ${kind}, must be one of ${Object.keys(FAULTS).join(", ")}`);
  }
  const known: readonly string[] = ["at", ...FAULTS[kind as keyof typeof FAULTS].keys];
  for (const [key, item] of Object.entries(rest)) {
    if (!known.includes(key)) throw new TypeError(`fault ${kind}: unknown key ${key}; known: ${known.join(", ")}`);
    const wanted = TEXTS.has(key) ? "string" : key === "rest" ? "boolean" : "number";
    const given: string = typeof item;
    if (given !== wanted) throw new TypeError(`fault ${kind}: ${key} = ${item}, must be a ${wanted}`);
    if (wanted === "number") checkNumber(kind, key, item as number);
    if (key === "socket" && !SOCKETS.includes(item as string)) {
      throw new TypeError(`fault ${kind}: socket = ${item}, must be one of ${SOCKETS.join(", ")}`);
    }
    if (key === "kinds" && !(item as string).split("+").every((name) => STORM_KINDS.includes(name))) {
      throw new TypeError(`fault ${kind}: kinds = ${item}, must be some of ${STORM_KINDS.join("+")}`);
    }
  }
  return value as unknown as FaultSpec;
}

const TEXTS = new Set(["stream", "path", "socket", "kinds"]);
const SOCKETS: readonly string[] = ["market", "user", "api"];
const INTEGERS = new Set(["count", "ticks", "status", "seed"]);
const RANGES: Readonly<Record<string, readonly [low: number, high: number]>> = {
  probability: [0, 1],
  status: [400, 599],
  delta_ms: [-1e9, 1e9],
  part: [0.01, 1],
  rate: [0.01, 6000],
};

function checkNumber(kind: string, key: string, value: number): void {
  const [low, high] = RANGES[key] ?? [0, Infinity];
  if (!(value >= low && value <= high)) {
    throw new RangeError(`fault ${kind}: ${key} = ${value}, must be from ${low} to ${high}`);
  }
  if (INTEGERS.has(key) && !Number.isInteger(value)) {
    throw new RangeError(`fault ${kind}: ${key} = ${value}, must be an integer`);
  }
}

/**
 * A fault as the command line has it: `skip_depth@20:count=3,probability=0.5`; the number after `@` is `at`.
 *
 * @throws as `checkFault`.
 */
export function parseFault(text: string): FaultSpec {
  const [, kind, at, rest] = /^([^@:]*)(?:@([^:]*))?(?::(.*))?$/.exec(text) as unknown as string[];
  const spec: Record<string, unknown> = { kind };
  if (at !== undefined) spec.at = Number(at);
  for (const pair of rest === undefined || rest === "" ? [] : rest.split(",")) {
    const [key, value = ""] = pair.split("=") as [string, string?];
    spec[key] = value === "true"
      ? true
      : value === "false"
      ? false
      : value !== "" && Number.isFinite(Number(value))
      ? Number(value)
      : value;
  }
  return checkFault(spec);
}

/** The text that `--help` shows. */
export function faultHelp(): string {
  const kinds = Object.entries(FAULTS).map(([kind, { keys, help }]) =>
    `  ${kind.padEnd(12)}${help}${keys.length === 0 ? "" : `\n              ${keys.join(", ")}`}`
  );
  const keys = Object.entries(FAULT_KEYS).map(([key, help]) => `  ${key.padEnd(12)}${help}`);
  return `${kinds.join("\n")}\n\nKeys:\n${keys.join("\n")}`;
}
