import { assert, assertEquals, assertLess, assertMatch, assertThrows } from "@std/assert";
import { join } from "node:path";
import type { Exchange } from "ccxt";
import { createDeadman } from "../lib/deadman.ts";
import { startGuard } from "../lib/guard.ts";
import { validate } from "../lib/schema.ts";
import { DEFAULT_KEY } from "../testnet/private/keys.ts";
import { startTestnet, type Testnet } from "../testnet/server.ts";
import { createClient } from "./testnet_private_client.ts";

const at = (wallMs: number, steadyMs = wallMs) => ({ wallMs, steadyMs });

Deno.test("the switch fires after the deadline without a beat, and not while there are beats", () => {
  const deadman = createDeadman({ deadlineMs: 2000, now: at(0) });
  for (let ms = 100; ms <= 5000; ms += 100) {
    if (ms <= 3000) deadman.beat(at(ms));
    assertEquals(deadman.look(at(ms)) !== undefined, ms > 5000, `at ${ms}`);
  }
  assertEquals(deadman.look(at(5001)), "no heartbeat for 2.0 s");
  assertThrows(() => createDeadman({ deadlineMs: 0, now: at(0) }), RangeError, "deadlineMs = 0, must be > 0");
});

Deno.test("a machine that slept fires at once, although the beats of whoever slept with it come first", () => {
  const deadman = createDeadman({ deadlineMs: 2000, now: at(0) });
  deadman.beat(at(100));
  assertEquals(deadman.look(at(100)), undefined);
  // The wall clock went on, the steady one stood still.
  deadman.beat(at(3_600_000, 150));
  assertMatch(deadman.look(at(3_600_000, 160))!, /the machine slept/);
  assertEquals(deadman.look(at(3_600_100, 260)), undefined);
});

Deno.test("a wall clock set back does not blind the switch", () => {
  const deadman = createDeadman({ deadlineMs: 2000, now: at(0) });
  for (let ms = 100; ms <= 2000; ms += 100) assertEquals(deadman.look(at(ms - 3_600_000, ms)), undefined);
  assertMatch(deadman.look(at(2100 - 3_600_000, 2100))!, /no heartbeat for 2.1 s/);
});

interface Child {
  readonly process: Deno.ChildProcess;
  /** Waits for a line that begins like that. */
  line(start: string): Promise<string>;
  say(command: string): Promise<void>;
  readonly guardPid: number;
  readonly log: string;
}

/** A testnet of its own, and on it an order that is not ours. */
async function withMarket(use: (testnet: Testnet, start: (prefix: string) => Promise<Child>) => Promise<void>) {
  const testnet = await startTestnet({ market: "empty" });
  const folder = await Deno.makeTempDir({ prefix: "makerbook_guard_" });
  const children: Child[] = [];
  try {
    const foreign = await createClient(testnet).order({
      ...{ side: "SELL", type: "LIMIT_MAKER", quantity: "0.001", price: "80000" },
      newClientOrderId: "somebody",
    });
    assertEquals(foreign.status, 200);
    await use(testnet, async (prefix) => {
      const child = await startChild(testnet, prefix, join(folder, `${prefix}.log`));
      children.push(child);
      return child;
    });
    assertEquals((await open(testnet)).filter((id) => id === "somebody"), ["somebody"], "a foreign order was touched");
  } finally {
    for (const { process, guardPid } of children) {
      for (const pid of [process.pid, guardPid]) {
        try {
          Deno.kill(pid, "SIGKILL");
        } catch { /* it has ended already */ }
      }
      await process.status;
    }
    await testnet.close();
    await Deno.remove(folder, { recursive: true });
  }
}

async function startChild(testnet: Testnet, prefix: string, log: string): Promise<Child> {
  const program = new URL("./guard_child.ts", import.meta.url).pathname;
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", program, testnet.rest, testnet.ws, prefix, "6", log],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const lines: string[] = [];
  let wake = () => {};
  let isOver = false;
  void (async () => {
    let rest = "";
    for await (const text of process.stdout.pipeThrough(new TextDecoderStream() as TransformStream)) {
      const parts = (rest + text).split("\n");
      rest = parts.pop()!;
      lines.push(...parts);
      wake();
    }
    isOver = true;
    wake();
  })();
  const line = async (start: string): Promise<string> => {
    for (;;) {
      const found = lines.findIndex((text) => text.startsWith(start));
      if (found >= 0) return lines.splice(found, 1)[0]!;
      assert(!isOver, `the process ended before it said ${start}`);
      await new Promise<void>((resolve) => wake = resolve);
    }
  };
  const ready = await line("ready");
  assertEquals(ready.split(" ").slice(2).join(" ").trim(), "", "the guard cannot see the orders");
  const input = process.stdin.getWriter();
  return {
    process,
    line,
    say: (command) => input.write(new TextEncoder().encode(command + "\n")),
    guardPid: Number(ready.split(" ")[1]),
    log,
  };
}

async function open(testnet: Testnet, skewMs = 0): Promise<string[]> {
  const timestamp = Date.now() + skewMs;
  const { body } = await createClient(testnet).signed("GET", "openOrders", { symbol: "BTCUSDT", timestamp });
  return body.map(({ clientOrderId }: { clientOrderId: string }) => clientOrderId);
}

/** Seconds until no order with the prefix is open. */
async function secondsUntilGone(testnet: Testnet, prefix: string, skewMs = 0): Promise<number> {
  const start = performance.now();
  while ((await open(testnet, skewMs)).some((id) => id.startsWith(prefix))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return (performance.now() - start) / 1000;
}

const isThere = async (pid: number) => (await Deno.stat(`/proc/${pid}`).catch(() => undefined)) !== undefined;

Deno.test("the guard cancels the orders of a killed session within 5 s, and those of no other", async () => {
  await withMarket(async (testnet, start) => {
    const [killed, other] = await Promise.all([start("run-a-"), start("run-b-")]);
    assertEquals((await open(testnet)).length, 13);
    // Orders are on their way when it dies.
    await killed.say("place and die");
    assertEquals((await killed.process.status).signal, "SIGKILL");
    assertLess(await secondsUntilGone(testnet, "run-a-"), 5);
    assertEquals((await open(testnet)).filter((id) => id.startsWith("run-b-")).length, 6);
    assertMatch(await Deno.readTextFile(killed.log), /fired: the session's process has ended/);
    // A goodbye is believed.
    await other.say("close");
    assert((await other.process.status).success);
    assertEquals(await isThere(other.guardPid), false);
    assertEquals((await open(testnet)).filter((id) => id.startsWith("run-b-")).length, 6);
    await assertNoSecret(killed);
  });
});

/** Neither arguments nor environment nor the log show what the guard signs with. */
async function assertNoSecret({ guardPid, log }: Child) {
  const seen = [await Deno.readTextFile(log)];
  if (Deno.build.os === "linux") {
    seen.push(
      await Deno.readTextFile(`/proc/${guardPid}/cmdline`),
      await Deno.readTextFile(`/proc/${guardPid}/environ`),
    );
  }
  assert(seen.every((text) => !text.includes(DEFAULT_KEY.secret) && !text.includes(DEFAULT_KEY.apiKey)));
}

Deno.test("a frozen session's orders are gone within 5 s; it learns of that when it comes back, and is watched again", async () => {
  await withMarket(async (testnet, start) => {
    const [stopped, busy] = await Promise.all([start("run-c-"), start("run-d-")]);
    await stopped.say("requote");
    await stopped.line("heard requote");
    Deno.kill(stopped.process.pid, "SIGSTOP");
    await busy.say("busy");
    const [a, b] = await Promise.all([secondsUntilGone(testnet, "run-c-"), secondsUntilGone(testnet, "run-d-")]);
    assertLess(Math.max(a, b), 5);
    await busy.line("awake");
    assertMatch(await busy.line("fired"), /no heartbeat for/);
    assertEquals(await busy.line("clean"), "clean 6");
    Deno.kill(stopped.process.pid, "SIGCONT");
    assertEquals(await stopped.line("clean"), "clean 6");
    // It is left alone from then on: that it was away for longer than a sweep takes is over.
    await stopped.line("requoted");
    while (!(await Deno.readTextFile(stopped.log)).includes("watches again")) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assertEquals((await open(testnet)).filter((id) => id.startsWith("run-c-")), ["run-c-200"]);
    // Watched again: killed, its guard is still there to see it, and Ctrl-C does not end that.
    Deno.kill(busy.guardPid, "SIGINT");
    await busy.say("place and die");
    await busy.process.status;
    assertLess(await secondsUntilGone(testnet, "run-d-"), 5);
  });
});

Deno.test("a guard that dies or hangs is missed and replaced", async () => {
  await withMarket(async (_testnet, start) => {
    const child = await start("run-e-");
    Deno.kill(child.guardPid, "SIGKILL");
    await child.line("lost");
    const second = Number((await child.line("restored")).split(" ")[1]);
    Deno.kill(second, "SIGSTOP");
    await child.line("lost");
    const third = Number((await child.line("restored")).split(" ")[1]);
    assertEquals(new Set([child.guardPid, second, third]).size, 3);
    // One that hangs at the end is not waited for.
    Deno.kill(third, "SIGSTOP");
    await child.say("close");
    await child.process.status;
    assertEquals(await isThere(third), false);
  });
});

Deno.test("a guard that cannot be started again does not end the session, one that never watched is not waited for", async () => {
  await withMarket(async (_testnet, start) => {
    const child = await start("run-g-");
    await child.say("no more processes");
    await child.line("heard no more");
    Deno.kill(child.guardPid, "SIGKILL");
    // The end of the first, and each attempt.
    for (let i = 0; i < 3; i++) await child.line("lost");
    await child.say("close");
    assert((await child.process.status).success);
  });
  const config = validate({});
  const folder = await Deno.makeTempDir({ prefix: "makerbook_guard_" });
  const guard = startGuard({
    exchange: { requiredCredentials: {}, market: () => ({}) } as unknown as Exchange,
    config: { ...config, exchange: { ...config.exchange, id: "nonsense" } },
    prefix: "mb-none-",
    log: join(folder, "guard.log"),
  });
  assertEquals(await guard.ready, "it ended with 1");
  await guard.close();
  await Deno.remove(folder);
});

Deno.test("the guard goes on while the venue cannot be reached or refuses its clock", async () => {
  await withMarket(async (testnet, start) => {
    const child = await start("run-f-");
    const fault = async (spec: unknown) => {
      const answer = await fetch(`${testnet.control}/fault`, { method: "POST", body: JSON.stringify(spec) });
      const text = await answer.text();
      assert(answer.ok, text);
    };
    const skewMs = 30_000;
    await fault({ kind: "clock_skew", delta_ms: skewMs });
    await fault({ kind: "http_error", status: 503, count: 2, path: "DELETE /api/v3/order" });
    await fault({ kind: "lost_answer", path: "DELETE /api/v3/order", count: 2 });
    child.process.kill("SIGKILL");
    await child.process.status;
    assertLess(await secondsUntilGone(testnet, "run-f-", skewMs), 5);
    assertMatch(await Deno.readTextFile(child.log), /trouble: InvalidNonce/);
    await fault({ kind: "clear" });
  });
});
