/**
 * A script and what it starts, three deep: each in a session of its own, the last one deaf to SIGTERM. Prints the three process ids.
 *
 * @module
 */
import { childOptions, endWithChildren, unlessEnding } from "../scripts/ending.ts";

const depth = Number(Deno.args[0] ?? 0);
if (depth === 0) endWithChildren({ name: "script" });
if (depth === 2) Deno.addSignalListener("SIGTERM", () => {});
console.log(Deno.pid);
const child = depth === 2 ? undefined : new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", "--no-check", import.meta.filename!, String(depth + 1)],
  ...depth === 0 ? childOptions() : { detached: true },
}).spawn();
setInterval(() => {}, 60_000);
await (child ? unlessEnding(child.status) : new Promise(() => {}));
Deno.exit(1);
