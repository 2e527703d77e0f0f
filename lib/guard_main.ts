/**
 * The guard's program (I/O): waits for the session's heartbeat to stop, then cancels the session's orders. `guard.ts` starts it.
 *
 * It ends by itself: when the session says goodbye, or when the session is gone and the venue has shown none of its orders
 * for as long as one could still be on its way. Signals that end the session's terminal do not end it.
 *
 * @module
 */
import { dirname } from "node:path";
import { getExchange } from "./connect.ts";
import { createDeadman, type Moment } from "./deadman.ts";
import { type FromGuard, messages, type ToGuard } from "./guard_message.ts";
import { createSweeper, SweepError } from "./sweep.ts";

/** How often the clock is looked at, milliseconds. */
const LOOK_MS = 100;
/** Between two sweeps: quick where an order may be coming in, slow where the venue does not answer. */
const SWEEP_MS = 250;
const SLOWEST_MS = 5000;
/** An answer that takes longer is not waited for: the next sweep asks again. */
const ANSWER_MS = 1500;
/** A local testnet that refuses connections for so long has ended, and its orders with it. */
const LOCAL_GONE_MS = 30_000;

const now = (): Moment => ({ wallMs: Date.now(), steadyMs: performance.now() });
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const incoming = messages<ToGuard>(Deno.stdin.readable);
const first = (await incoming.next()).value as ToGuard | undefined;
if (first?.type !== "setup") Deno.exit(2);
const { setup } = first;

const exchange = getExchange({ exchange: setup.exchange }, setup.testnet ? { testnet: setup.testnet } : {});
Object.assign(exchange, setup.credentials);
exchange.setMarkets([setup.market]);
exchange.timeout = ANSWER_MS;
const sweeper = createSweeper(exchange, setup.exchange.symbol, setup.prefix);
const deadman = createDeadman({ deadlineMs: setup.deadlineMs, now: now() });

/** `waiting`: fired and clean, but the session is neither back nor gone. */
let state: "watching" | "sweeping" | "waiting" = "watching";
/** The session's process has ended, or we are told to end. */
let isAlone = false;
let firedAt = 0;

for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"] as const) {
  if (Deno.build.os === "windows" && signal !== "SIGINT") continue;
  Deno.addSignalListener(signal, () => {
    // The machine goes down, maybe the session with it: what is open is worth more than order.
    if (signal === "SIGTERM") leave("told to end by SIGTERM");
  });
}

void list();
setInterval(() => {
  const reason = deadman.look(now());
  if (reason !== undefined && state === "watching") fire(reason);
}, LOOK_MS);
for await (const message of incoming) hear(message);
leave("the session's process has ended");

function hear(message: ToGuard): void {
  if (message.type === "bye") Deno.exit(0);
  if (message.type === "fire") fire(message.reason);
  if (message.type !== "beat") return;
  deadman.beat(now());
  tell({ type: "alive" });
  if (state === "waiting") watchAgain();
}

function leave(reason: string): void {
  isAlone = true;
  firedAt = performance.now();
  if (state !== "sweeping") fire(reason);
}

/** The first look also opens the connection that a sweep will need. */
async function list(): Promise<void> {
  try {
    await sweeper.list();
    tell({ type: "ready" });
  } catch (error) {
    tell({ type: "ready", problem: (error as Error).message });
  }
}

function watchAgain(): void {
  state = "watching";
  note("watches again");
}

function fire(reason: string): void {
  if (state === "sweeping") return;
  state = "sweeping";
  firedAt = performance.now();
  note(`fired: ${reason}`);
  tell({ type: "fired", reason });
  void sweepUntilOver();
}

async function sweepUntilOver(): Promise<void> {
  const before = sweeper.asked;
  let empty = 0;
  let isToldClean = false;
  let failures = 0;
  let failingSince = Infinity;
  // The session is there again, and was told that nothing is open: what there is now is its own, and watched.
  const isBack = () => isToldClean && !isAlone && deadman.age(now()) < setup.deadlineMs;
  for (;;) {
    if (isBack()) return watchAgain();
    let pauseMs = SWEEP_MS;
    try {
      const { own } = await sweeper.sweep(() => !isBack());
      empty = own > 0 ? 0 : empty + 1;
      failures = 0;
      failingSince = Infinity;
    } catch (error) {
      if (!(error instanceof SweepError)) throw error;
      if (failures++ === 0) note(`trouble: ${error.message}`);
      empty = 0;
      failingSince = Math.min(failingSince, performance.now());
      pauseMs = Math.max(error.waitMs, Math.min(SLOWEST_MS, SWEEP_MS * 2 ** Math.min(failures - 1, 10)));
      const isGone = setup.exchange.environment === "local" && performance.now() - failingSince > LOCAL_GONE_MS;
      if (isGone && isAlone) end("the testnet has ended", 1);
    }
    // Once is not enough: an order can be on its way while the first listing is answered.
    if (empty >= 2) {
      const cancelled = sweeper.asked - before;
      if (!isToldClean) note(`clean: ${cancelled} cancelled`);
      if (!isToldClean) tell({ type: "clean", cancelled });
      isToldClean = true;
      if (isBack()) return watchAgain();
      if (performance.now() - firedAt > setup.inFlightMs) {
        if (isAlone) end("nothing is open", 0);
        return void (state = "waiting");
      }
    }
    await sleep(pauseMs);
  }
}

function end(reason: string, code: number): never {
  note(`ended: ${reason}`);
  Deno.exit(code);
}

/** Nobody may be there to hear it. */
function tell(message: FromGuard): void {
  try {
    Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(message) + "\n"));
  } catch { /* the session is gone */ }
}

/** A full disk must not keep anybody from cancelling. */
function note(text: string): void {
  try {
    Deno.mkdirSync(dirname(setup.log), { recursive: true });
    Deno.writeTextFileSync(setup.log, `${new Date().toISOString()} ${text}\n`, { append: true });
  } catch { /* nowhere to write it */ }
}
