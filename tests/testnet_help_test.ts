import { assert, assertEquals, assertMatch } from "@std/assert";

/** What a reader pastes: the examples come from the help text itself; only the port is another. */
const ROOT = new URL("..", import.meta.url).pathname;
const PORT = "127.0.0.1:8080";

interface Finished {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(program: string, args: string[], input = ""): Promise<Finished> {
  const options = {
    args,
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  } as const;
  const child = new Deno.Command(program, options).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: decode(stdout), err: decode(stderr) };
}

/** The indented lines below a heading of the help. */
function example(help: string, heading: RegExp): string {
  const lines = help.split("\n");
  const start = lines.findIndex((line) => heading.test(line));
  assert(start >= 0, `the help has no ${heading}`);
  const end = lines.findIndex((line, i) => i > start && !line.startsWith("  "));
  return lines.slice(start + 1, end).map((line) => line.slice(2)).join("\n");
}

/** @throws {Error} naming the program a fresh machine lacks. */
async function requireProgram(program: string, flag: string): Promise<void> {
  try {
    await run(program, [flag]);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`${program} is not installed: the examples of deno task testnet --help need it`, { cause: error });
  }
}

async function withProgram(body: (help: string, host: string) => Promise<void>): Promise<void> {
  const main = ["run", "-A", "--no-check", "testnet/main.ts"];
  const { out: help } = await run(Deno.execPath(), [...main, "--help"]);
  const child = new Deno.Command(Deno.execPath(), {
    args: [...main, "--port", "0", "--start", "48", "--parent"],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    const { value } = await reader.read();
    await body(help, new URL(JSON.parse(value!).rest).host);
  } finally {
    await child.stdin.close();
    await reader.cancel();
    await child.status;
  }
}

Deno.test("the help's examples for curl and for ccxt work as they are pasted", async () => {
  await requireProgram("curl", "--version");
  await requireProgram("openssl", "version");
  await withProgram(async (help, host) => {
    const paste = (heading: RegExp) => {
      const text = example(help, heading);
      assert(text.includes(PORT), text);
      return text.replaceAll(PORT, host);
    };
    const shell = async (script: string) => {
      const { code, out, err } = await run("sh", ["-ec", script]);
      assertEquals(code, 0, `${script}\n${err}`);
      return JSON.parse(out);
    };

    const commands = paste(/^With curl:/).split("\n");
    assertEquals(commands.length, 3);
    const [depth, status, clock] = [await shell(commands[0]!), await shell(commands[1]!), await shell(commands[2]!)];
    assertEquals([depth.bids.length, depth.asks.length], [5, 5]);
    assert(Number(depth.bids[0][0]) < Number(depth.asks[0][0]));
    assertEquals([status.symbol, status.speed, clock.speed], ["BTCUSDT", 1, 20]);

    const order = await shell(paste(/^An order with curl:/));
    // Binance acknowledges a LIMIT_MAKER order with no more than its ids and time.
    assertEquals(Object.keys(order), ["symbol", "orderId", "orderListId", "clientOrderId", "transactTime"]);
    assertEquals(order.symbol, "BTCUSDT");
    assert(Number.isSafeInteger(order.orderId));

    const { code, out, err } = await run(Deno.execPath(), ["run", "-A", "--no-check", "-"], paste(/^With ccxt\.pro/));
    assertEquals(code, 0, err);
    assertMatch(out, /^\[ \d{5}(\.\d+)?, \d+(\.\d+)? \] \d+ open\n$/);

    const last = help.trim().split("\n").at(-1)!.trim().replaceAll(PORT, host);
    assertMatch(last, /^curl -d '{"kind":"half_open"}'/);
    await shell(last);
    const { begun } = await shell(`curl http://${host}/testnet/faults`);
    assertEquals(begun.map(({ fault }: { fault: { kind: string } }) => fault.kind), ["half_open"]);
  });
});
