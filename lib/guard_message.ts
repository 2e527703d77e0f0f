/**
 * What a session and its guard say to each other: one JSON object a line, over the guard's standard input and output.
 *
 * @module
 */
import type { TestnetAddress } from "./connect.ts";
import type { Config } from "./schema.ts";

/** All that the guard must know. It holds keys: it is written to a pipe and nowhere else. */
export interface GuardSetup {
  readonly exchange: Config["exchange"];
  /** Where the local testnet listens. */
  readonly testnet?: TestnetAddress;
  /** What the session signs with, by ccxt's names. */
  readonly credentials: Readonly<Record<string, string>>;
  /** The market as ccxt knows it, so that the guard asks for none. */
  readonly market: unknown;
  /** How the client order ids of the run begin. */
  readonly prefix: string;
  readonly deadlineMs: number;
  /** How long after it was sent an order may still arrive. */
  readonly inFlightMs: number;
  /** File that tells what the guard did. */
  readonly log: string;
}

/** What the session says. `fire` asks to cancel now; `bye` that all is cancelled and confirmed. */
export type ToGuard =
  | { readonly type: "setup"; readonly setup: GuardSetup }
  | { readonly type: "beat" }
  | { readonly type: "fire"; readonly reason: string }
  | { readonly type: "bye" };

/**
 * What the guard says. `ready` comes once, with what kept it from seeing the orders; `alive` answers a beat; `fired` and then
 * `clean` when it has cancelled and the venue shows no order of the run.
 */
export type FromGuard =
  | { readonly type: "ready"; readonly problem?: string }
  | { readonly type: "alive" }
  | { readonly type: "fired"; readonly reason: string }
  | { readonly type: "clean"; readonly cancelled: number };

/** A stream of bytes as the messages in it. Lines that are none are left out: a process may be told anything. */
export async function* messages<M>(bytes: ReadableStream<Uint8Array>): AsyncGenerator<M> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      try {
        yield JSON.parse(line) as M;
      } catch { /* not for us */ }
    }
  }
}
