/**
 * What is published on which stream as the replay goes on.
 *
 * @module
 */
import type { DepthUpdate } from "./book.ts";
import type { Hub } from "./hub.ts";
import type { Listener } from "./replay.ts";
import type { Tape, TapeEvent } from "./tape.ts";

/** A replay's listener that publishes the market on the hub. */
export function createPublisher(tape: Tape, hub: Hub): Listener {
  const symbol = tape.symbol.toLowerCase();
  const fast = `${symbol}@depth@100ms`;
  const slow = `${symbol}@depth`;
  return {
    event(event: TapeEvent, _update: DepthUpdate | undefined) {
      if (event.kind === "depth") {
        hub.send(fast, event.text);
        if (!tape.fastDepth) hub.send(slow, event.text);
      } else hub.send(event.stream, event.text);
    },
    beat(_ts: number) {},
  };
}
