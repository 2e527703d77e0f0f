/** What a session keeps in memory is bounded, or a stated number of bytes a fill; and what it hands out is as it came. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { createColumn } from "../lib/column.ts";
import { createInventory } from "../lib/inventory.ts";
import { createJournal } from "../lib/journal.ts";
import { createOwnTrades } from "../lib/own_trades.ts";
import { createRecentIds } from "../lib/recent_ids.ts";
import { createRecordLog, PIECE } from "../lib/record_log.ts";
import type { Store } from "../lib/store.ts";
import type { Fill, OrderRecord, Quote } from "../lib/types.ts";
import type { MemoryLine } from "./memory_child.ts";

interface Note {
  readonly type: "note";
  readonly id: string;
  readonly who: string;
  readonly size: number;
  readonly limit: number | undefined;
  readonly extra?: number;
}

const FIELDS = { id: "id", who: "name", size: "number", limit: "number?", extra: "extra" } as const;

const anId = fc.oneof(fc.nat().map(String), fc.string(), fc.constantFrom("007", "-0", "1e3", "", "9007199254740993"));
const aNote: fc.Arbitrary<Note> = fc.record({
  type: fc.constant("note" as const),
  id: anId,
  who: fc.constantFrom("a", "b", ""),
  size: fc.double({ noNaN: true }),
  limit: fc.option(fc.double({ noNaN: true }), { nil: undefined }),
  extra: fc.integer(),
}, { requiredKeys: ["type", "id", "who", "size", "limit"] });

Deno.test("a log of records gives back what came, to the last digit, what is not known included", () => {
  fc.assert(fc.property(fc.array(aNote, { maxLength: 40 }), (notes) => {
    const log = createRecordLog<Note>({ type: "note", fields: FIELDS });
    for (const note of notes) log.push(note);
    assertEquals(log.all(), notes);
    for (const { id } of notes) assertEquals(log.latest("id", id), notes.findLast((note) => note.id === id));
    assertEquals(log.latest("id", "nobody's"), notes.findLast(({ id }) => id === "nobody's"));
  }));
});

Deno.test("a log that keeps the latest keeps no more than two pieces beyond them, and those are the latest", () => {
  const keep = 3000;
  const log = createRecordLog<Note>({ type: "note", fields: FIELDS, keep });
  for (let i = 0; i < 20 * PIECE; i++) {
    log.push({ type: "note", id: i % 3 ? String(i) : `p${i}`, who: "a", size: i, limit: undefined });
    assert(log.length >= Math.min(i + 1, keep) && log.length < keep + 2 * PIECE, `${log.length} kept of ${i + 1}`);
  }
  assertEquals(log.total, 20 * PIECE);
  const kept = log.all();
  assertEquals(kept.map(({ size }) => size), kept.map((_, i) => log.total - kept.length + i));
  assertEquals(kept.at(-1)!.id, String(log.total - 1));
  assertEquals(kept.at(-2)!.id, `p${log.total - 2}`);
});

Deno.test("a column gives back all its values over many pieces", () => {
  const column = createColumn();
  const values = Array.from({ length: 20_000 }, (_, i) => Math.sin(i));
  for (const [i, value] of values.entries()) {
    assertEquals(column.length, i);
    column.push(value);
    assertEquals(column.last, value);
  }
  assertEquals(Array.from(column.values()), values);
});

Deno.test("recent ids are known again, as many as are kept, and no more of them stay", () => {
  const recent = createRecentIds(100);
  for (let i = 0; i < 1000; i++) {
    assert(recent.add(`${i}`));
    assert(!recent.add(`${i}`));
    assert(recent.size <= 100);
  }
  assert(recent.has("900") && !recent.has("899"));
});

const IGNORE = () => {};
const STORE = {
  ...{ book: IGNORE, trade: IGNORE, gap: IGNORE, quote: IGNORE, order: IGNORE, fill: IGNORE, risk: IGNORE },
} as unknown as Store;

const MID = { mid: 60_000.5, sigma: 1e-4, gamma: 1, kappa: 0.1, k: 2, kRaw: 2.1, tau: 0.4, tauFloor: 0.3 };
const TERMS = { inventory: 0.01, psi: 0.001, halfSpread: 0.8, rawBid: 59_999.7, rawAsk: 60_001.3 };

const quoteOf = (id: number): Quote => ({
  ...{ type: "quote", id, localTs: id * 1e6, ...MID, ...TERMS, bid: 59_999.7, ask: undefined },
  ...{ bidQty: 0.001, askQty: 0, bound: id % 2 ? "none" : "post_only" },
});

const orderOf = (id: number, filledQty: number): OrderRecord => ({
  ...{ type: "order", id: String(id), quoteId: id, side: "buy", priceTicks: 5_999_970, lots: 100, price: 59_999.7 },
  ...{ qty: 0.001, sentTs: id * 1e6, acceptedTs: id * 1e6 + 1000, queueAhead: 1.5, touchDistance: 0 },
  ...{ cancelSentTs: undefined, filledQty, localTs: id * 1e6 + 2000, end: filledQty > 0 ? "filled" : "cancelled" },
});

const fillOf = (id: number): Fill => ({
  ...{
    type: "fill",
    id: `p${id}`,
    orderId: String(id),
    side: "buy",
    priceTicks: 5_999_970,
    lots: 100,
    price: 59_999.7,
  },
  ...{ qty: 0.001, liquidity: "maker", fee: 0.06, feeCurrency: "USDT", exchTs: id * 1e6, localTs: id * 1e6 + 500 },
  ...{ mid: 60_000.5, spread: 0.01, quoteId: id },
});

Deno.test("a journal keeps a bounded number of decisions, orders and transitions, every fill, and what was behind it", () => {
  const journal = createJournal(STORE);
  const FILLED = 40;
  const filled: number[] = [];
  for (let id = 1; id <= 100_000; id++) {
    journal.quote(quoteOf(id));
    const isFilled = id % FILLED === 0;
    if (isFilled) {
      filled.push(id);
      journal.fill(fillOf(id));
    }
    journal.order(orderOf(id, isFilled ? 0.001 : 0));
    journal.risk({ localTs: id, event: "rejected", reason: `number ${id}` });
  }
  assertEquals(journal.fillCount, filled.length);
  assertEquals(journal.fills(), filled.map(fillOf));
  assertEquals(journal.behind(), { quotes: filled.map(quoteOf), orders: filled.map((id) => orderOf(id, 0.001)) });
  const quotes = journal.quotes();
  const orders = journal.orders();
  for (const list of [quotes, orders]) assert(list.length >= 10_000 && list.length < 12_048, `${list.length} kept`);
  assertEquals(quotes, quotes.map((_, i) => quoteOf(100_001 - quotes.length + i)));
  assertEquals(orders.at(-1), orderOf(100_000, 0.001));
  assert(journal.transitions.length <= 2000);
  assertEquals(journal.transitions.at(-1)!.reason, "number 100000");
});

Deno.test("what recognises a fill or a trade that is told twice does not remember all of them", () => {
  // Were all ids kept, the first would still be known.
  const inventory = createInventory({ tickSize: 0.01, lotSize: 0.00001, qMax: 1e6, hedgeAt: 1e6 });
  const trades = createOwnTrades();
  const tradeOf = (i: number) => ({ ...fillOf(i), id: `x${i}`, clientId: undefined });
  for (let i = 0; i <= 10_000; i++) {
    assert(inventory.update(fillOf(i)) && !inventory.update(fillOf(i)));
    assert(trades.add(tradeOf(i)) && !trades.add(tradeOf(i)));
  }
  assert(inventory.update(fillOf(0)));
  assert(trades.add(tradeOf(0)));
});

Deno.test("of a market's hours a desk and its journal keep the bytes that are stated, and nothing else", async () => {
  const child = new URL("./memory_child.ts", import.meta.url).pathname;
  const args = ["run", "-A", "--v8-flags=--expose-gc", child, "3", "1200"];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  const text = new TextDecoder();
  assert(success, text.decode(stderr));
  const lines = text.decode(stdout).trim().split("\n").map((line) => JSON.parse(line) as MemoryLine);
  const [, from, to] = lines as [MemoryLine, MemoryLine, MemoryLine];
  const more = (what: keyof MemoryLine) => to[what] - from[what];
  assert(more("quotes") > 1000 && more("orders") > 1000 && more("fills") > 10, JSON.stringify(lines));
  // Eight bytes a field: of decisions and orders, as long as there is room; of fills with what was behind them; of mids and positions.
  const stated = 8 *
    (20 * more("quotes") + 15 * more("orders") + (16 + 20 + 15 + 2) * more("fills") + 2 * more("mids"));
  // Pieces are of 1024 records, and compiled code comes and goes: 50 KB either way. As many objects as there are mids are more.
  const slack = 100_000;
  assert(more("bytes") < stated + slack, `${more("bytes")} bytes more, stated ${stated}: ${JSON.stringify(lines)}`);
});
