import { assertEquals } from "@std/assert";
import { processes } from "../scripts/ending.ts";

const SCRIPT = new URL("ending_child.ts", import.meta.url).pathname;

Deno.test({
  name:
    "a script that is told to end says so in one line and leaves no process behind, not even a deaf one in a session of its own",
  ignore: Deno.build.os === "windows",
  async fn() {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", SCRIPT],
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const said = new Response(child.stderr).text();
    let text = "";
    const pids = () => text.trim().split("\n").map(Number);
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += part;
      if (pids().length === 3) child.kill("SIGTERM");
    }
    assertEquals([pids().length, (await child.status).code], [3, 143]);
    assertEquals((await said).trim(), "script: ended by SIGTERM");
    assertEquals(processes().filter(({ pid }) => pids().includes(pid)), []);
  },
});
