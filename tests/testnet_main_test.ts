import { assert, assertEquals } from "@std/assert";
import { startTestnet } from "testnet/server.ts";
import { get, TAPE } from "./testnet_client.ts";

const MAIN = new URL("../testnet/main.ts", import.meta.url).pathname;

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", MAIN, ...args],
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: decode(stdout), err: decode(stderr) };
}

Deno.test("the program prints one JSON line when ready and ends with its parent", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", MAIN, "--port", "0", "--start", "48", "--speed", "5", "--hold", "--parent"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  const ready = JSON.parse(value!);
  assertEquals(Object.keys(ready), ["rest", "ws", "control", "symbol", "start", "end", "speed"]);
  assertEquals(await get(`${ready.rest}/api/v3/time`), { serverTime: ready.start / 1000 });
  await child.stdin.close();
  assertEquals((await reader.read()).done, true);
  assertEquals((await child.status).code, 0);
});

Deno.test("a port in use, a missing tape or a wrong option is one line and exit code 1", async () => {
  const testnet = await startTestnet({ tape: TAPE, hold: true });
  const port = new URL(testnet.rest).port;
  try {
    const used = await run("--port", port);
    assertEquals([used.code, used.out], [1, ""]);
    assertEquals(
      used.err,
      `Error: 127.0.0.1:${port} is in use by another program; choose another --port, or 0 for a free one\n`,
    );
  } finally {
    await testnet.close();
  }
  for (
    const [args, message] of [
      [["--tape", "nowhere"], "Error: no tape at nowhere\n"],
      [["--speed", "fast"], "Error: --speed fast: must be a number\n"],
      [["--speed", "0"], "Error: --speed = 0, must be > 0\n"],
      [["--speed", "-1"], "Error: --speed = -1, must be > 0\n"],
      [["--port", "70000"], "Error: port = 70000, must be an integer from 0 to 65535\n"],
      [["--start", "9999"], "Error: start = 9999, must be 0 or more and less than the tape's 650.6 seconds\n"],
      [["--market", "calm"], "Error: --market = calm, must be one of synthetic, empty\n"],
      [["--market", "synthetic", "--informed", "1"], "Error: informed = 1, must be from 0 to below 1\n"],
      [["--market", "empty", "--tape", "x"], "Error: --market empty has no use for --tape x\n"],
      [["--balance", "USDT=lots"], "Error: --balance USDT=lots, must be ASSET=AMOUNT"],
      [["--maker-fee", "-0.001"], "Error: --maker-fee = -0.001, must be a fraction from 0 to below 1\n"],
      [["--fills", "all"], "Error: --fills = all, must be one of touch, through, risk_averse, power, log\n"],
      [["--fault", "explode"], "Error: fault: kind = explode, must be one of"],
      [["--nonsense"], "Error: Unknown option '--nonsense'"],
    ] as const
  ) {
    const { code, err } = await run(...args);
    assertEquals(code, 1);
    assert(err.startsWith(message) && err.trim().split("\n").length === 1, err);
  }
});

Deno.test("--help tells every option and fault, with examples", async () => {
  const { code, out } = await run("--help");
  assertEquals(code, 0);
  for (const word of ["--tape", "--hold", "--fault", "half_open", "retry_after", "curl", "ccxt.pro", "--balance"]) {
    assert(out.includes(word), word);
  }
});
