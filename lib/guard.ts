/**
 * The dead-man's switch, seen from the session (I/O): starts a small process of its own that cancels this run's orders when
 * the session's heartbeat stops, and keeps that process alive.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Exchange, TestnetAddress } from "./connect.ts";
import { type FromGuard, type GuardSetup, messages, type ToGuard } from "./guard_message.ts";
import { UNDATED_MS } from "./order_requests.ts";
import type { Config } from "./schema.ts";
import { SECRET_VARIABLES } from "./secrets.ts";

/** What the session is told. While the guard is lost or sweeping, nothing new should be placed. */
export interface GuardListener {
  /** The guard has begun to cancel this run's orders: on its own account, or asked to. */
  fired?(reason: string): void;
  /** The venue shows no order of this run. What happened to each, a reconciliation tells. */
  clean?(cancelled: number): void;
  /** The guard has ended or does not answer; another one is being started. */
  lost?(reason: string): void;
  /** It watches again. */
  restored?(): void;
}

/** What the guard watches over. */
export interface GuardOptions extends GuardListener {
  /** The session's own, with its credentials and its markets loaded. */
  readonly exchange: Exchange;
  readonly config: Pick<Config, "exchange" | "risk" | "orders">;
  readonly testnet?: TestnetAddress;
  /** How the client order ids of this run begin, and those of no other. */
  readonly prefix: string;
  /** File that tells what the guard did, absolute. It is only there if the guard did something. */
  readonly log: string;
}

/** A running guard. */
export interface Guard {
  /** Resolves when it watches, with what kept it from seeing the venue's orders, or from watching at all, if anything. */
  readonly ready: Promise<string | undefined>;
  /** False while it is lost. */
  readonly isWatching: boolean;
  /** Process id; another one after a restart, undefined until then. */
  readonly pid: number | undefined;
  /** Makes it cancel now. Resolves when the venue shows no order of this run. */
  fire(reason: string): Promise<void>;
  /** Says goodbye: only for a session that knows all its orders to be gone. */
  close(): Promise<void>;
  /** Lets go of it without a goodbye: it cancels what is there and ends by itself. */
  abandon(): Promise<void>;
}

/** A guard that takes longer to begin is given up, milliseconds. */
const BEGIN_MS = 30_000;
/** Before the second start after a guard that watched has ended, and at most before one, milliseconds. */
const SOONEST_MS = 250;
const LATEST_MS = 5000;
/** A guard that has been said goodbye to is given so long to end, milliseconds. */
const END_MS = 2000;
const ENDED = "the guard has ended";
const MAIN = fileURLToPath(new URL("./guard_main.ts", import.meta.url));
const PROJECT = fileURLToPath(new URL("../deno.json", import.meta.url));

/** Starts a guard. Its heartbeat is a timer of this process: whatever stops the event loop stops it. */
export function startGuard(options: GuardOptions): Guard {
  const { risk } = options.config;
  const beatMs = risk.heartbeat * 1000;
  const missable = Math.ceil(risk.dead_after / risk.heartbeat);
  const { promise: ready, resolve: isReady } = Promise.withResolvers<string | undefined>();
  let isClosed = false;
  let hasBegun = false;
  let hasWatched = false;
  let unanswered = 0;
  let waiting: (() => void)[] = [];
  let process: ReturnType<typeof spawn> | undefined;
  let restart: ReturnType<typeof setTimeout> | undefined;
  let waitMs = 0;
  start();

  function start(): void {
    hasBegun = false;
    unanswered = 0;
    let started: ReturnType<typeof spawn>;
    try {
      started = process = spawn(options, hear);
    } catch (error) {
      // Short of memory or of processes, maybe, as it is when a guard is killed: no reason for the session to end.
      return lose(`it cannot be started: ${error instanceof Error ? error.message : error}`);
    }
    const { child } = started;
    void child.status.then(({ code, signal }) => {
      if (process === started) lose(`it ended with ${signal ?? code}`);
    });
    void started.ready.then((problem) => {
      if (problem === ENDED && !isClosed) return;
      hasBegun = true;
      unanswered = 0;
      waitMs = 0;
      isReady(problem);
      if (hasWatched && !isClosed) options.restored?.();
      hasWatched = true;
    });
    if (waiting.length > 0) void started.send({ type: "fire", reason: "asked before the restart" });
  }

  function hear(message: FromGuard): void {
    if (message.type === "alive") unanswered = 0;
    if (message.type === "fired") options.fired?.(message.reason);
    if (message.type !== "clean") return;
    options.clean?.(message.cancelled);
    for (const resolve of waiting) resolve();
    waiting = [];
  }

  function lose(reason: string): void {
    process = undefined;
    if (isClosed) return;
    // What keeps the first one from watching would keep the next.
    if (!hasWatched) return isReady(reason);
    options.lost?.(reason);
    restart = setTimeout(start, waitMs);
    waitMs = Math.min(LATEST_MS, Math.max(SOONEST_MS, 2 * waitMs));
  }

  const timer = setInterval(() => {
    if (process === undefined) return;
    // Beats are counted, not timed: a process that slept has not been left unanswered. Before it has begun it does not answer.
    if (unanswered++ > (hasBegun ? missable : BEGIN_MS / beatMs)) process.end();
    else void process.send({ type: "beat" });
  }, beatMs);

  function leave(): void {
    isClosed = true;
    clearInterval(timer);
    clearTimeout(restart);
  }

  return {
    ready,
    get isWatching() {
      return process !== undefined && hasBegun && unanswered <= 1;
    },
    get pid() {
      return process?.child.pid;
    },
    fire(reason) {
      void process?.send({ type: "fire", reason });
      return new Promise((resolve) => waiting.push(resolve));
    },
    async close() {
      leave();
      if (process === undefined) return;
      const { child, send, letGo, end } = process;
      // Nothing is open: one that hangs is not waited for.
      const timer = setTimeout(end, END_MS);
      await send({ type: "bye" });
      await letGo();
      await child.status;
      clearTimeout(timer);
    },
    async abandon() {
      leave();
      if (process === undefined) start();
      await process?.letGo();
    },
  };
}

function spawn(options: GuardOptions, hear: (message: FromGuard) => void) {
  const setup = setupOf(options);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--config", PROJECT],
      ...["--allow-net", "--allow-read", "--allow-env", "--allow-sys", `--allow-write=${dirname(options.log)}`, MAIN],
    ],
    cwd: join(PROJECT, ".."),
    env: withoutSecrets(),
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
    // A session of its own: what the terminal sends to this process's group must not reach the guard.
    detached: true,
  }).spawn();
  const input = child.stdin.getWriter();
  let isBlocked = false;
  const send = async (message: ToGuard) => {
    // A guard that does not read is found out by what it does not answer; no beats pile up for it.
    if (isBlocked && message.type === "beat") return;
    isBlocked = true;
    // It may have ended, which its status tells.
    await input.write(new TextEncoder().encode(JSON.stringify(message) + "\n")).catch(() => {});
    isBlocked = false;
  };
  const letGo = () => input.close().catch(() => {});
  const end = () => {
    try {
      child.kill("SIGKILL");
    } catch { /* it has ended already */ }
  };
  const ready = new Promise<string | undefined>((resolve) => {
    void (async () => {
      for await (const message of messages<FromGuard>(child.stdout)) {
        if (message.type === "ready") resolve(message.problem);
        else hear(message);
      }
      resolve(ENDED);
    })();
  });
  void send({ type: "setup", setup });
  return { child, send, letGo, end, ready };
}

function setupOf({ exchange, config, testnet, prefix, log }: GuardOptions): GuardSetup {
  const properties = exchange as unknown as Record<string, unknown>;
  const names = Object.keys(exchange.requiredCredentials as object).filter((name) => properties[name]);
  return {
    exchange: config.exchange,
    ...(testnet ? { testnet: { rest: testnet.rest, ws: testnet.ws } } : {}),
    credentials: Object.fromEntries(names.map((name) => [name, String(properties[name])])),
    market: exchange.market(config.exchange.symbol),
    prefix,
    deadlineMs: config.risk.dead_after * 1000,
    inFlightMs: Math.max(UNDATED_MS, config.orders.recv_window * 1000),
    log,
  };
}

/** An environment is readable from outside for as long as the process lives. */
function withoutSecrets(): Record<string, string> {
  return Object.fromEntries(Object.entries(Deno.env.toObject()).filter(([name]) => !(name in SECRET_VARIABLES)));
}
