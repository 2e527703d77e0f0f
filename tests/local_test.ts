import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { startLocal } from "../lib/local.ts";
import { validate } from "../lib/schema.ts";
import { ROOT } from "../scripts/jupyter.ts";

const CONFIG = validate({ testnet: { speed: 50 } }, "test", { root: ROOT });

async function statusOf(control: string): Promise<{ held: boolean; marketTs: number }> {
  return await (await fetch(`${control}/status`)).json();
}

Deno.test("the local testnet waits with its clock held until it is released, and can be held again", async () => {
  const local = await startLocal(CONFIG);
  try {
    const before = await statusOf(local.control);
    assertEquals([before.held, before.marketTs, local.speed], [true, local.startTs, 50]);
    assertEquals(await local.servedUpTo({ depth: 1e12, trade: 1e12 }), { depth: 0, trade: 0 });
    await local.release();
    assertEquals((await statusOf(local.control)).held, false);
    await local.hold();
    assertEquals((await statusOf(local.control)).held, true);
  } finally {
    await local.close();
  }
  await local.ended;
  await local.close();
  await assertRejects(() => fetch(local.rest));
  await assertRejects(() => local.servedUpTo({ depth: 1, trade: 1 }), Error, "does not answer /served");
});

Deno.test("the local testnet ends with its parent, even one that is killed", async () => {
  const code = `
    import { startLocal } from ${JSON.stringify(join(ROOT, "lib", "local.ts"))};
    import { validate } from ${JSON.stringify(join(ROOT, "lib", "schema.ts"))};
    const local = await startLocal(validate({}, "test", { root: ${JSON.stringify(ROOT)} }));
    console.log(local.control);
    setInterval(() => {}, 1000);`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, code);
    const args = ["run", "-A", "--no-check", "--config", join(ROOT, "deno.json"), file];
    const parent = new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "null" }).spawn();
    const reader = parent.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const control = (await reader.read()).value!.trim();
    assertEquals((await statusOf(control)).held, true);
    parent.kill("SIGKILL");
    await parent.status;
    await reader.cancel();
    await untilGone(control);
  } finally {
    await Deno.remove(file);
  }
});

/** Asks until nobody answers. */
async function untilGone(control: string): Promise<void> {
  while (await fetch(control).then((answer) => answer.body?.cancel().then(() => true) ?? true, () => false));
}

Deno.test("a missing tape and a port in use are one clear line each", async () => {
  const missing = validate({ testnet: { tape: "nowhere" } }, "test", { root: ROOT });
  const error = await assertRejects(() => startLocal(missing), Error, "the testnet did not start: no tape at ");
  assertEquals(error.message.split("\n").length, 1);

  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    const { port } = taken.addr as Deno.NetAddr;
    const busy = validate({ testnet: { port } }, "test", { root: ROOT });
    await assertRejects(() => startLocal(busy), Error, `127.0.0.1:${port} is in use`);
  } finally {
    taken.close();
  }
});
