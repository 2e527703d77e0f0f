/** A desk and its journal through hours of a simulated market: prints what of it is live after each, a JSON object a line. */
import { createDesk } from "../lib/engine.ts";
import { createJournal } from "../lib/journal.ts";
import { override, validate } from "../lib/schema.ts";
import type { Store } from "../lib/store.ts";
import { worldTape } from "../testnet/engine/synthetic_tape.ts";

/** Bytes of live objects and buffers, and how much there is of what may grow. */
export interface MemoryLine {
  readonly bytes: number;
  readonly fills: number;
  readonly quotes: number;
  readonly orders: number;
  readonly mids: number;
}

export async function run(parts: number, seconds: number): Promise<void> {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error("needs --v8-flags=--expose-gc");
  const tape = worldTape({ seconds: parts * seconds, seed: 5 });
  const { symbol, base, quote, tickSize, lotSize } = tape;
  const market = { symbol, base: base!, quote: quote!, rules: { tickSize, lotSize: lotSize! } };
  // Decisions and orders by the thousands.
  const config = override(validate({}, "test"), {
    risk: { max_drawdown: 1e9 },
    quotes: { requote_ticks: 0, requote_interval: 0 },
  });
  const nothing = () => {};
  const store = { quote: nothing, order: nothing, fill: nothing, risk: nothing } as unknown as Store;
  const journal = createJournal(store);
  const count = { quotes: 0, orders: 0 };
  const desk = createDesk(market, config, {
    fill: journal.fill,
    risk: journal.risk,
    quote(one) {
      count.quotes++;
      journal.quote(one);
    },
    order(one) {
      count.orders++;
      journal.order(one);
    },
  });
  for (let part = 0, i = 0; part < parts; part++) {
    for (const end = Math.floor(tape.length * (part + 1) / parts); i < end; i++) {
      desk.row(
        ...[tape.kind[i]!, tape.side[i]!, tape.flags[i]!, tape.exchTs[i]!, tape.localTs[i]!] as const,
        ...[tape.priceTicks[i]!, tape.qty[i]!] as const,
      );
    }
    // Garbage of timers and promises goes in a turn of its own.
    await new Promise((resolve) => setTimeout(resolve, 10));
    gc();
    gc();
    const { heapUsed, external } = Deno.memoryUsage();
    const line: MemoryLine = {
      ...{ bytes: heapUsed + external, fills: journal.fillCount, ...count },
      mids: desk.ledger.path().mids.ts.length,
    };
    console.log(JSON.stringify(line));
  }
}

if (import.meta.main) await run(Number(Deno.args[0]), Number(Deno.args[1]));
