import { createTape, type Tape } from "../lib/tape.ts";

/** The tape as if each row had been on its way to us for a time of its own. */
export function delayed(tape: Tape, delay: (i: number) => number): Tape {
  const order = Uint32Array.from({ length: tape.length }, (_, i) => i);
  const arrival = Float64Array.from(order, (i) => tape.exchTs[i]! + delay(tape.exchTs[i]!));
  order.sort((a, b) => arrival[a]! - arrival[b]! || a - b);
  const builder = createTape(tape);
  for (const i of order) {
    builder.row(
      tape.kind[i]!,
      tape.side[i]!,
      tape.flags[i]!,
      tape.exchTs[i]!,
      arrival[i]!,
      tape.priceTicks[i]!,
      tape.qty[i]!,
    );
  }
  return builder.build();
}
