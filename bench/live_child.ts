/**
 * A live session as a process, to be killed: a program, and the same for a kernel's cell.
 *
 * Argument: `{"rest": …, "ws": …, "control": …, "root": folder}`. Prints one JSON line when it has compared itself with the
 * exchange and waits for the market to go on, and one when it quotes.
 *
 * @module
 */
import { openLiveBed } from "./live_bed.ts";
import { attachTestnet } from "./testnet_child.ts";

/** Where to trade. */
export interface ChildJob {
  readonly rest: string;
  readonly ws: string;
  readonly control: string;
  /** Folder of recordings. */
  readonly root: string;
}

/** What it prints. */
export type ChildLine =
  | {
    readonly type: "opened";
    readonly prefix: string;
    /** Process id of its guard. */
    readonly guard: number;
    /** Base. */
    readonly position: number;
    readonly problems: readonly string[];
  }
  | { readonly type: "quoting" }
  | { readonly type: "failed"; readonly reason: string };

/** Trades until it is killed. */
export async function tradeUntilKilled(job: ChildJob, print: (line: string) => void = console.log): Promise<void> {
  const say = (line: ChildLine) => print(JSON.stringify(line));
  try {
    const testnet = attachTestnet(job);
    const bed = await openLiveBed({
      ...{ testnet, root: job.root },
      async release({ status, guard }) {
        const { prefix, position, venue } = status();
        say({ type: "opened", prefix, guard: guard.pid!, position, problems: venue?.problems ?? [] });
        while ((await testnet.ask("/status")).held) await new Promise((resolve) => setTimeout(resolve, 10));
      },
    });
    while (!bed.isQuoting) await new Promise((resolve) => setTimeout(resolve, 10));
    say({ type: "quoting" });
    say({ type: "failed", reason: await bed.ended });
  } catch (error) {
    say({ type: "failed", reason: String(error) });
  }
}

if (import.meta.main) {
  void tradeUntilKilled(JSON.parse(Deno.args[0] ?? "{}") as ChildJob);
  // Nobody is left to kill it.
  for await (const _ of Deno.stdin.readable);
  Deno.exit(0);
}
