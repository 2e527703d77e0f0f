/**
 * Deaths of a live session: killed at random moments, watched from outside, and started again on the same account.
 *
 * @module
 */
import { createRandom } from "../lib/random.ts";
import { steadyNow } from "../lib/steady_clock.ts";
import { jupyterEnvironment, ROOT, tool } from "../scripts/jupyter.ts";
import { readTruth, type Truth } from "./exchange_truth.ts";
import { sleep } from "./fault_trial.ts";
import { rested } from "./live_bed.ts";
import type { ChildJob, ChildLine } from "./live_child.ts";
import { startTestnetChild, type TestnetChild } from "./testnet_child.ts";

/** How it dies: killed as a plain process or as a notebook's kernel, frozen, or killed together with its guard. */
export type Death = "process" | "kernel" | "frozen" | "process and guard";

/** What came of one death. Times are wall milliseconds. */
export interface KillTrial {
  readonly death: Death;
  readonly index: number;
  /** Orders of the run that were open when it died. */
  readonly open: number;
  /** Until the exchange had none of the run: 5 s and more where there still were some. */
  readonly gone: number;
  /** Orders of the run that were open after 5 s. */
  readonly late: number;
  /** Trades of the account after the death and before the next start was through. */
  readonly missed: number;
  /** What the next start has otherwise than the exchange. */
  readonly problems: readonly string[];
  /** From the next start to its comparison with the exchange. */
  readonly back: number;
}

/** What is asked for. */
export interface KillOptions {
  /** One after another. */
  readonly deaths: readonly Death[];
  readonly seed: number;
  /** Folder of recordings that all runs share. */
  readonly root: string;
  /** Longest life after the first quotes, seconds; 4 by default. */
  readonly lifeSeconds?: number;
  found(trial: KillTrial): void;
}

/** The promise: nothing of the run is open after so long, milliseconds. */
export const GONE_WITHIN = 5000;
const SYMBOL = "BTCUSDT";

/** Runs them on one testnet and one account. Returns every trade that the account made. */
export async function runKills({ deaths, seed, root, lifeSeconds = 4, found }: KillOptions): Promise<Truth> {
  const random = createRandom(seed);
  const testnet = await startTestnetChild({ market: "synthetic", speed: 1, start: 300, seed });
  let victim: Victim | undefined;
  try {
    victim = await startVictim(deaths[0]!, testnet, root);
    for (const [index, death] of deaths.entries()) {
      await testnet.ask("/clock", { held: false });
      await victim.line("quoting");
      await sleep(random.uniform() * lifeSeconds * 1000);
      const before = await readTruth(testnet.signed, SYMBOL, 0);
      const open = before.orders.filter(({ clientOrderId }) => clientOrderId.startsWith(victim!.prefix)).length;
      const { prefix } = victim;
      victim.die(death);
      const killed = steadyNow();
      const { gone, late } = death === "process and guard"
        ? await sleep(random.uniform() * 3000).then(() => ({ gone: 0, late: 0 }))
        : await watch(testnet, prefix, killed);
      await victim.bury();
      await testnet.ask("/clock", { held: true });
      await rested(testnet.rest);
      const started = steadyNow();
      victim = await startVictim(deaths[index + 1] ?? "process", testnet, root);
      const back = steadyNow() - started;
      const after = await readTruth(testnet.signed, SYMBOL, 0);
      found({
        ...{ death, index, open, gone, late, back },
        missed: after.trades.length - before.trades.length,
        problems: [...victim.problems, ...differences(after, victim)],
      });
    }
    return await readTruth(testnet.signed, SYMBOL, 0);
  } finally {
    victim?.die("process and guard");
    await victim?.bury();
    await testnet.close();
  }
}

/** Looks for orders of the run until 5 s are over, also after there were none: one may still be on its way. */
async function watch(testnet: TestnetChild, prefix: string, killed: number): Promise<{ gone: number; late: number }> {
  let gone = 0;
  let late = 0;
  for (let isLast = false; !isLast;) {
    isLast = steadyNow() - killed >= GONE_WITHIN;
    const orders = await testnet.signed("openOrders", { symbol: SYMBOL }) as { clientOrderId: string }[];
    late = orders.filter(({ clientOrderId }) => clientOrderId.startsWith(prefix)).length;
    if (late > 0) gone = 0;
    else if (gone === 0) gone = steadyNow() - killed;
    // The exchange counts these requests too.
    await sleep(gone === 0 ? 10 : 250);
  }
  return { gone: gone || steadyNow() - killed, late };
}

/** What the next start believes against what the exchange has: it had none but our orders, so every trade is ours. */
function differences({ trades, orders }: Truth, { position, prefix }: Victim): string[] {
  const lots = trades.reduce((sum, { isBuyer, qty }) => sum + (isBuyer ? 1 : -1) * Math.round(Number(qty) * 1e8), 0);
  const found: string[] = [];
  if (Math.round(position * 1e8) !== lots) found.push(`position ${position}, at the exchange ${lots / 1e8}`);
  for (const { clientOrderId } of orders) {
    if (!clientOrderId.startsWith(prefix)) found.push(`order ${clientOrderId} of an earlier run is open`);
  }
  return found;
}

interface Victim {
  readonly prefix: string;
  /** Base, after the start. */
  readonly position: number;
  readonly problems: readonly string[];
  line<T extends ChildLine["type"]>(type: T): Promise<Extract<ChildLine, { type: T }>>;
  die(death: Death): void;
  /** Waits until nothing of it is left, after it died. */
  bury(): Promise<void>;
}

/** Starts a session and waits until it has compared itself with the exchange. The market stands still from then on. */
async function startVictim(death: Death, testnet: TestnetChild, root: string): Promise<Victim> {
  const job: ChildJob = { rest: testnet.rest, ws: testnet.ws, control: testnet.control, root };
  const module = new URL("./live_child.ts", import.meta.url);
  const child = death === "kernel"
    ? new Deno.Command(tool("python"), {
      args: [`${ROOT}/tests/run_kernel.py`],
      env: jupyterEnvironment(),
      stdin: "piped",
      stdout: "piped",
    }).spawn()
    : new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", module.pathname, JSON.stringify(job)],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
  const input = child.stdin.getWriter();
  if (death === "kernel") {
    const code = `const { tradeUntilKilled } = await import("${module.href}");
await tradeUntilKilled(${JSON.stringify(job)});`;
    await input.write(new TextEncoder().encode(JSON.stringify({ cwd: ROOT, code }) + "\n"));
  }
  const { next, kernel } = readLines(child);
  const opened = await next("opened");
  const pid = death === "kernel" ? await kernel : child.pid;
  const kill = (process: number, signal: Deno.Signal) => {
    try {
      Deno.kill(process, signal);
    } catch { /* it is gone */ }
  };
  return {
    ...{ prefix: opened.prefix, position: opened.position, problems: opened.problems },
    line: next,
    die(how) {
      // The guard first: it would see the session die.
      if (how === "process and guard") kill(opened.guard, "SIGKILL");
      kill(pid, how === "frozen" ? "SIGSTOP" : "SIGKILL");
    },
    async bury() {
      kill(pid, "SIGKILL");
      await input.close().catch(() => {});
      await child.status;
    },
  };
}

/** Lines as they come, by their type; and the first line, which of a kernel is its process id. */
function readLines(child: Deno.ChildProcess) {
  const lines: ChildLine[] = [];
  const kernel = Promise.withResolvers<number>();
  let isOver = false;
  let wake = () => {};
  void (async () => {
    let rest = "";
    for await (
      const chunk of child.stdout.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    ) {
      const texts = (rest + chunk).split("\n");
      rest = texts.pop()!;
      for (const text of texts) {
        if (/^\d+$/.test(text)) kernel.resolve(Number(text));
        else if (text.startsWith("{")) lines.push(JSON.parse(text));
        else console.error(text);
      }
      wake();
    }
    isOver = true;
    wake();
  })();
  const next = async <T extends ChildLine["type"]>(type: T): Promise<Extract<ChildLine, { type: T }>> => {
    for (;;) {
      const failed = lines.find((line) => line.type === "failed");
      if (failed) throw new Error(`a session failed: ${failed.reason}`);
      const found = lines.findIndex((line) => line.type === type);
      if (found >= 0) return lines.splice(found, 1)[0] as Extract<ChildLine, { type: T }>;
      if (isOver) throw new Error(`a session ended before it said "${type}"`);
      await new Promise<void>((resolve) => wake = resolve);
    }
  };
  return { next, kernel: kernel.promise };
}
