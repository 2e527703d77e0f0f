import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { listRuns, readTable } from "../lib/recording.ts";
import { installKernel, installTools, jupyterEnvironment, ROOT, tool } from "../scripts/jupyter.ts";

interface Outcome {
  cell: string;
  status: string;
  text: string;
  /** What each display showed last. */
  places?: string[];
}

const DRIVER = join(ROOT, "tests", "drive_kernel.py");
const NOTEBOOK = join(ROOT, "notebooks", "market_maker.ipynb");

/** Lets Jupyter's own client run cells, see the driver. */
async function drive(plan: unknown, env: Record<string, string>): Promise<Outcome[]> {
  const child = new Deno.Command(tool("python"), {
    args: [DRIVER],
    env: { ...jupyterEnvironment(), ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(JSON.stringify(plan)));
  await input.close();
  const { success, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  assert(success, text.decode(stderr));
  return text.decode(stdout).trim().split("\n").map((line) => JSON.parse(line));
}

Deno.test("an interrupt in the live cell stops trading, cancels, writes everything, and leaves the kernel to run the next cell", async () => {
  await installTools("headless");
  await installKernel();
  const folder = await Deno.makeTempDir({ prefix: "makerbook_interrupt_" });
  const data = join(folder, "data");
  try {
    const outcomes = await drive({
      notebook: NOTEBOOK,
      cwd: join(ROOT, "notebooks"),
      interrupt: { cell: "watch", after: "23:56:00 " },
      until: "shutdown",
      then: [
        "for (let i = 1; i <= 200; i++) view.line(`line ${i}`); await view.print('told')",
        "await view.print(JSON.stringify({ ...session.snapshot().recorded, state: session.snapshot().state, fills: report.fills.length }))",
        "await view.print(`${1 + 1} and ${interrupts.count} interrupt`)",
      ],
    }, {
      MAKERBOOK_TESTNET_SPEED: "20",
      MAKERBOOK_PATHS_DATA: data,
      MAKERBOOK_PATHS_OUT: join(folder, "out"),
    });
    for (const { cell, status, text } of outcomes.slice(0, -1)) assertEquals(status, "ok", `${cell}: ${text}`);
    const [told, state, next, alive] = outcomes.slice(-4);
    // A notebook that stays open does not grow: an hour of lines is printed, of the rest the latest share a place.
    assert(told!.text.split("\n").length <= 62, told!.text);
    assertEquals(told!.places, [Array.from({ length: 60 }, (_, i) => `line ${141 + i}`).join("\n")]);
    assertEquals(alive?.status, "True");
    assertEquals(next?.text.trim(), "2 and 1 interrupt");
    const watch = outcomes.find(({ cell }) => cell === "watch")!;
    assertMatch(watch.text, /Interrupt: trading stops/);
    assertMatch(watch.text, /ended: interrupted/);

    const after = JSON.parse(state!.text);
    assertEquals(after.state, "stopped");
    const [info] = listRuns(data);
    const books = await readTable(data, "orderbook");
    const trades = await readTable(data, "trades");
    const fills = await readTable(data, "fills");
    const risk = await readTable(data, "risk");
    assertEquals(books.kind.filter((kind) => kind === "delta").length, after.depth);
    assertEquals(trades.kind.filter((kind) => kind === "stream").length, after.trades);
    assertEquals(fills.id.length, after.fills);
    assertEquals(risk.event.slice(-2), ["cancelled", "stopped"]);
    assertEquals(risk.reason.slice(-2), ["interrupted", "interrupted"]);
    assertEquals(new Set(books.run), new Set([info?.run]));
    assertEquals(leftovers(data), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Files of a write that was not finished. */
function leftovers(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    return isDirectory ? leftovers(path) : name.endsWith(".tmp") ? [path] : [];
  });
}
