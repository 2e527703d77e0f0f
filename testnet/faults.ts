/**
 * Faults: what goes wrong between an exchange and its client, on demand and, where random, from a seed.
 *
 * Messages pass through `outgoing` on their way to the sockets; REST requests ask `rest` first. Durations are milliseconds
 * of wall time, for that is what a client's watchdogs count; counts are messages.
 *
 * @module
 */
import { createLane } from "./fault_lane.ts";
import { type FaultSpec, type MessageFilter, type SocketKind, usesOf } from "./fault_spec.ts";
import { stormFaults, type StormKind } from "./fault_storm.ts";
import type { Hub } from "./hub.ts";

/** A payload on its way to those who listen to a stream. */
export interface Outgoing {
  readonly stream: string;
  /** The stream's name without symbol and speed: `depth`, `trade`, `kline_1m`, … */
  readonly kind: string;
  readonly text: string;
  /** Of a user event: `executionReport` and `executionReport:TRADE`. */
  readonly names?: readonly string[];
  /** The last update id of a recorded diff, the trade id of a recorded trade. */
  readonly id?: number;
}

/** An answer in place of the real one. */
export interface RestFault {
  readonly status: number;
  readonly retryAfter?: number;
  /** Milliseconds by which the request arrives later; the answer is the real one if `status` is 200. */
  readonly delayMs?: number;
  /** What gets lost: the request is not carried out, or its answer does not arrive, unless with a `status` that is not 200. */
  readonly lost?: "request" | "answer";
  /** Milliseconds after which the connection of a lost request ends. */
  readonly cutMs?: number;
}

/** A fault that has begun. */
export interface Begun {
  /** Market time, microseconds. */
  readonly ts: number;
  readonly fault: FaultSpec;
  /** How many messages or requests it has hit so far; 1 for what happens once. */
  hits: number;
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
  /** Whether new connections of a kind are refused at present; also REST, if asked for that. */
  refuses(what: SocketKind | "rest"): boolean;
  /**
   * Which part of an order fills just before its cancel arrives; undefined if none does. What is told of it, and all that
   * is told after it, is late.
   */
  lateFill(): number | undefined;
  /** Faults that wait or last. */
  active(): FaultSpec[];
  /** The faults that have begun, the last thousands of them. */
  readonly begun: readonly Begun[];
  stop(): void;
}

interface Running {
  readonly spec: FaultSpec;
  readonly entry: Begun;
  left: number;
  /** Wall time at which it ends, milliseconds. */
  readonly until: number;
}

/** Quantity of the invented bid of a crossed book. */
const CROSSING_QTY = "1.00000000";

/** Most entries of `begun`. */
const LOGGED = 10_000;
/** A message that was put back waits no longer than this for the next of its stream, unless told otherwise: milliseconds. */
const FOREVER = 86_400_000;
const KINDS: readonly SocketKind[] = ["market", "user", "api"];

/**
 * @param options.startTs market time from which `at` counts, microseconds
 * @param options.now market time, microseconds
 * @param options.deliver what sends a payload to the sockets
 * @param options.wall milliseconds of a steady wall clock
 */
export function createFaults(
  options: {
    seed: number;
    startTs: number;
    now?: () => number;
    hub: Pick<Hub, "drop" | "freeze" | "flush" | "shutDown">;
    /** Ends every listen key. */
    expireKeys?: () => void;
    /** Goes away for so many milliseconds. */
    restart?: (ms: number) => void;
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
  let storms: { spec: FaultSpec; until: number; faults: ReturnType<typeof stormFaults>; next: FaultSpec }[] = [];
  const refusedUntil = { market: 0, user: 0, api: 0, rest: 0 };
  let heal: { price: string; stream: string }[] = [];
  let held: { message: Outgoing; timer: ReturnType<typeof setTimeout> } | undefined;
  let begun: Begun[] = [];
  const lane = { wall, deliver, flush: hub.flush };
  const lanes = { market: createLane(lane), user: createLane(lane) };

  const refuse = ({ socket, refuse_ms = 0, rest = false }: FaultSpec) => {
    const until = wall() + refuse_ms;
    // Where user streams are refused, so is the WebSocket API: it has them, too.
    for (const kind of KINDS) {
      if (socket === undefined || kind === socket || (socket === "user" && kind === "api")) refusedUntil[kind] = until;
    }
    if (rest) refusedUntil.rest = until;
  };

  const clear = () => {
    running = [];
    waiting = [];
    storms = [];
    for (const what of [...KINDS, "rest"] as const) refusedUntil[what] = 0;
    release();
  };

  const begin = (spec: FaultSpec) => {
    const entry: Begun = { ts: Math.floor(options.now?.() ?? startTs), fault: spec, hits: 1 };
    begun.push(entry);
    if (begun.length > 2 * LOGGED) begun = begun.slice(-LOGGED);
    switch (spec.kind) {
      case "clear":
        return clear();
      case "drop":
        refuse(spec);
        return hub.drop(spec.socket);
      case "half_open":
        refuse(spec);
        return hub.freeze(spec.socket);
      case "disconnect":
        return hub.shutDown(spec.socket, spec.delay_ms ?? 0);
      case "restart":
        return options.restart?.(spec.refuse_ms ?? 1000);
      case "expire_keys":
        return options.expireKeys?.();
      case "storm":
        return gather(spec);
      default:
        entry.hits = 0;
        running.push({
          spec,
          entry,
          left: usesOf(spec),
          until: spec.ms === undefined ? Infinity : wall() + spec.ms,
        });
    }
  };

  const gather = (spec: FaultSpec) => {
    const from = ((options.now?.() ?? startTs) - startTs) / 1e6;
    const kinds = spec.kinds?.split("+") as StormKind[] | undefined;
    const faults = stormFaults({ seed: spec.seed ?? 1, rate: spec.rate ?? 6, kinds }, from);
    storms.push({ spec, faults, next: faults.next().value, until: from + (spec.seconds ?? Infinity) });
  };

  /** Takes one use of the first running fault of that kind which concerns the message. */
  const use = (kind: FaultSpec["kind"], filter: MessageFilter): Running | undefined => {
    const now = wall();
    running = running.filter((fault) => fault.left > 0 && fault.until > now);
    const found = running.find((fault) => fault.spec.kind === kind && concerns(fault.spec, filter));
    if (found === undefined || random() >= (found.spec.probability ?? 1)) return undefined;
    found.left--;
    found.entry.hits++;
    return found;
  };

  const send = (message: Outgoing) => {
    const fault = use("delay", message);
    const way = message.kind === "user" ? lanes.user : lanes.market;
    if (fault === undefined && way.free) return deliver(message);
    const delay = fault === undefined ? 0 : (fault.spec.delay_ms ?? 0) + random() * (fault.spec.jitter_ms ?? 0);
    way.send(message, delay);
  };

  /** Sends what was put back. */
  const release = () => {
    if (held === undefined) return;
    clearTimeout(held.timer);
    const { message } = held;
    held = undefined;
    send(message);
    hub.flush();
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
      for (const storm of storms) {
        for (; startTs + (storm.next.at as number) * 1e6 <= ts; storm.next = storm.faults.next().value) {
          if ((storm.next.at as number) > storm.until) break;
          begin(storm.next);
        }
      }
      storms = storms.filter(({ next, until }) => (next.at as number) <= until);
    },
    outgoing(message) {
      if (running.length === 0 && lanes.market.free && lanes.user.free && heal.length === 0 && held === undefined) {
        return deliver(message);
      }
      if (use("stale", message) || (isDiff(message.kind) && use("skip_depth", message))) return;
      if (message.kind === "user" && use("skip_user", message)) return;
      const shaped = isDiff(message.kind) ? crossed(message) : message;
      if (held !== undefined && held.message.stream === shaped.stream) {
        send(shaped);
        return release();
      }
      const back = held === undefined ? use("reorder", shaped) : undefined;
      if (back !== undefined) {
        held = { message: shaped, timer: setTimeout(release, back.spec.delay_ms ?? FOREVER) };
        return;
      }
      send(shaped);
      if (use("duplicate", shaped)) send(shaped);
    },
    lateFill() {
      const fault = use("late_fill", { kind: "late_fill" });
      if (fault === undefined) return undefined;
      lanes.user.hold(fault.spec.delay_ms ?? 500);
      return fault.spec.part ?? 1;
    },
    rest(path, method = "GET") {
      const filter = { kind: path, stream: `${method} ${path}` };
      const slow = use("rest_delay", filter);
      const broken = use("http_error", filter);
      const unheard = use("lost_request", filter);
      const lost = unheard ?? use("lost_answer", filter);
      if (slow === undefined && broken === undefined && lost === undefined) return undefined;
      return {
        status: broken !== undefined ? broken.spec.status ?? 503 : lost?.spec.status ?? 200,
        retryAfter: broken?.spec.retry_after,
        delayMs: slow?.spec.delay_ms,
        lost: broken !== undefined || lost === undefined ? undefined : unheard !== undefined ? "request" : "answer",
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
      const lasting = running.filter((fault) => fault.left > 0 && fault.until > now);
      return [...waiting, ...storms, ...lasting].map((fault) => "spec" in fault ? fault.spec : fault);
    },
    get begun() {
      return begun;
    },
    stop() {
      if (held !== undefined) clearTimeout(held.timer);
      lanes.market.stop();
      lanes.user.stop();
    },
  };
}

/** Whether a fault with a `stream` filter concerns a message: by kind (`depth`), by stream name, or by REST path. */
function concerns(spec: FaultSpec, message: MessageFilter): boolean {
  const filter = spec.stream ?? spec.path;
  if (filter === undefined) return (spec.kind !== "reorder" && spec.kind !== "duplicate") || isDiff(message.kind);
  return filter === message.kind || filter === message.stream || message.names?.includes(filter) === true;
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
