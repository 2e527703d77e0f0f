/**
 * Faults: what goes wrong between an exchange and its client, on demand and, where random, from a seed.
 *
 * Messages pass through `outgoing` on their way to the sockets; REST requests ask `rest` first. Durations are milliseconds
 * of wall time, for that is what a client's watchdogs count; counts are messages.
 *
 * @module
 */
import { type FaultSpec, type MessageFilter, usesOf } from "./fault_spec.ts";
import type { Hub } from "./hub.ts";

/** A payload on its way to those who listen to a stream. */
export interface Outgoing {
  readonly stream: string;
  /** The stream's name without symbol and speed: `depth`, `trade`, `kline_1m`, … */
  readonly kind: string;
  readonly text: string;
  /** The last update id of a recorded diff, the trade id of a recorded trade. */
  readonly id?: number;
}

/** An answer in place of the real one. */
export interface RestFault {
  readonly status: number;
  readonly retryAfter?: number;
  /** Milliseconds to wait before answering; the answer is the real one if `status` is 200. */
  readonly delayMs?: number;
  /** What gets lost: the request is not carried out, or its answer does not arrive. */
  readonly lost?: "request" | "answer";
  /** Milliseconds after which the connection of a lost request ends. */
  readonly cutMs?: number;
}

/** All faults of a testnet. */
export interface Faults {
  /** Begins a fault. One with `at` waits until `tick` reaches that moment. */
  inject(spec: FaultSpec): void;
  /** Begins the faults that were to wait until `ts`, microseconds of market time. */
  tick(ts: number): void;
  /** Sends a payload, or whatever becomes of it. */
  outgoing(message: Outgoing): void;
  /** What happens to the next request on a REST path; undefined if nothing does. */
  rest(path: string, method?: string): RestFault | undefined;
  /** How far ahead the exchange's clock is, milliseconds. */
  readonly skewMs: number;
  /** Whether new connections are refused at present; also REST, if asked for that. */
  refuses(what: "ws" | "rest"): boolean;
  /** Faults that wait or last. */
  active(): FaultSpec[];
  stop(): void;
}

interface Running {
  readonly spec: FaultSpec;
  left: number;
  /** Wall time at which it ends, milliseconds. */
  readonly until: number;
}

/** Quantity of the invented bid of a crossed book. */
const CROSSING_QTY = "1.00000000";

/**
 * @param options.startTs market time from which `at` counts, microseconds
 * @param options.deliver what sends a payload to the sockets
 * @param options.wall milliseconds of a steady wall clock
 */
export function createFaults(
  options: {
    seed: number;
    startTs: number;
    hub: Pick<Hub, "drop" | "freeze" | "flush">;
    /** Ends every listen key. */
    expireKeys?: () => void;
    deliver: (message: Outgoing) => void;
    tickSize: number;
    /** Best ask after the last depth message, quote per base. */
    bestAsk: () => number;
    wall?: () => number;
  },
): Faults {
  const { hub, deliver, startTs } = options;
  const wall = options.wall ?? (() => performance.now());
  const random = createRandom(options.seed);
  let waiting: FaultSpec[] = [];
  let running: Running[] = [];
  let refusedUntil = { ws: 0, rest: 0 };
  let heal: { price: string; stream: string }[] = [];
  let held: Outgoing | undefined;
  const queue: { due: number; message: Outgoing }[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const begin = (spec: FaultSpec) => {
    switch (spec.kind) {
      case "clear":
        running = [];
        waiting = [];
        refusedUntil = { ws: 0, rest: 0 };
        return;
      case "drop":
      case "half_open": {
        const until = wall() + (spec.refuse_ms ?? 0);
        refusedUntil = { ws: until, rest: spec.rest ? until : refusedUntil.rest };
        return spec.kind === "drop" ? hub.drop() : hub.freeze();
      }
      case "expire_keys":
        return options.expireKeys?.();
      default:
        running.push({
          spec,
          left: usesOf(spec),
          until: spec.ms === undefined ? Infinity : wall() + spec.ms,
        });
    }
  };

  /** Takes one use of the first running fault of that kind which concerns the message. */
  const use = (kind: FaultSpec["kind"], filter: MessageFilter): Running | undefined => {
    const now = wall();
    running = running.filter((fault) => fault.left > 0 && fault.until > now);
    const found = running.find((fault) => fault.spec.kind === kind && concerns(fault.spec, filter));
    if (found === undefined || random() >= (found.spec.probability ?? 1)) return undefined;
    found.left--;
    return found;
  };

  const send = (message: Outgoing) => {
    const fault = use("delay", message);
    const last = queue.at(-1)?.due ?? 0;
    if (fault === undefined && queue.length === 0) return deliver(message);
    const delay = fault === undefined ? 0 : (fault.spec.delay_ms ?? 0) + random() * (fault.spec.jitter_ms ?? 0);
    // Order is kept: nothing overtakes what waits.
    queue.push({ due: Math.max(last, wall() + delay), message });
    drain();
  };
  const drain = () => {
    timer = undefined;
    const now = wall();
    while (queue.length > 0 && (queue[0] as { due: number }).due <= now) {
      deliver((queue.shift() as { message: Outgoing }).message);
    }
    hub.flush();
    if (queue.length > 0) {
      timer ??= setTimeout(drain, Math.max(1, (queue[0] as { due: number }).due - now));
    }
  };

  const crossed = (message: Outgoing): Outgoing => {
    const healed = heal.filter((level) => level.stream === message.stream);
    const fault = use("crossed", message);
    if (fault === undefined && healed.length === 0) return message;
    const update = JSON.parse(message.text);
    heal = heal.filter((level) => level.stream !== message.stream);
    for (const { price } of healed) {
      if (!update.b.some((level: string[]) => level[0] === price)) update.b.push([price, "0.00000000"]);
    }
    if (fault !== undefined) {
      const price = (options.bestAsk() + (fault.spec.ticks ?? 1) * options.tickSize).toFixed(8);
      update.b.push([price, CROSSING_QTY]);
      heal.push({ price, stream: message.stream });
    }
    return { ...message, text: JSON.stringify(update) };
  };

  return {
    inject(spec) {
      if (spec.at === undefined) begin(spec);
      else waiting = [...waiting, spec].sort((a, b) => (a.at as number) - (b.at as number));
    },
    tick(ts) {
      while (waiting.length > 0 && startTs + (waiting[0]?.at as number) * 1e6 <= ts) {
        begin(waiting.shift() as FaultSpec);
      }
    },
    outgoing(message) {
      if (running.length === 0 && queue.length === 0 && heal.length === 0 && held === undefined) {
        return deliver(message);
      }
      if (use("stale", message) || (isDiff(message.kind) && use("skip_depth", message))) return;
      const shaped = isDiff(message.kind) ? crossed(message) : message;
      if (held !== undefined && held.stream === shaped.stream) {
        send(shaped);
        send(held);
        held = undefined;
        return;
      }
      if (held === undefined && use("reorder", shaped)) {
        held = shaped;
        return;
      }
      send(shaped);
      if (use("duplicate", shaped)) send(shaped);
    },
    rest(path, method = "GET") {
      const filter = { kind: path, stream: `${method} ${path}` };
      const slow = use("rest_delay", filter);
      const broken = use("http_error", filter);
      const unheard = use("lost_request", filter);
      const lost = unheard ?? use("lost_answer", filter);
      if (slow === undefined && broken === undefined && lost === undefined) return undefined;
      return {
        status: broken === undefined ? 200 : broken.spec.status ?? 503,
        retryAfter: broken?.spec.retry_after,
        delayMs: slow?.spec.delay_ms,
        lost: unheard !== undefined ? "request" : lost !== undefined ? "answer" : undefined,
        cutMs: lost?.spec.cut_ms,
      };
    },
    get skewMs() {
      const now = wall();
      return running
        .filter(({ spec, until }) => spec.kind === "clock_skew" && until > now)
        .reduce((sum, { spec }) => sum + (spec.delta_ms ?? 0), 0);
    },
    refuses: (what) => wall() < refusedUntil[what],
    active() {
      const now = wall();
      return [...waiting, ...running.filter((f) => f.left > 0 && f.until > now).map((f) => f.spec)];
    },
    stop() {
      clearTimeout(timer);
      queue.length = 0;
    },
  };
}

/** Whether a fault with a `stream` filter concerns a message: by kind (`depth`), by stream name, or by REST path. */
function concerns(spec: FaultSpec, message: MessageFilter): boolean {
  const filter = spec.stream ?? spec.path;
  if (filter === undefined) return (spec.kind !== "reorder" && spec.kind !== "duplicate") || isDiff(message.kind);
  return filter === message.kind || filter === message.stream;
}

/** Diffs ten times or once a second. */
function isDiff(kind: string): boolean {
  return kind === "depth" || kind === "depth@1000ms";
}

/** mulberry32: uniform on [0, 1). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
