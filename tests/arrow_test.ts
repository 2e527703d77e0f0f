import { assertEquals } from "@std/assert";
import { tableFromIPC } from "apache-arrow";
import { toArrow, toArrowFile } from "../lib/arrow.ts";

const TS = 1_723_161_255_342_123;

Deno.test("a recording's table survives Arrow's file format: microseconds, lists and the unknown", () => {
  const columns = {
    run: ["a", "a"],
    seq: [0, 1],
    symbol: ["BTC/USDT", "BTC/USDT"],
    kind: ["snapshot", "gap"],
    exch_ts: [TS, TS + 1],
    local_ts: [TS, TS + 2],
    first_id: [undefined, undefined],
    last_id: [50_093_239_218, undefined],
    bid_price: [[61837.63, 61837.62], []],
    bid_qty: [[3.78826, 0.617], []],
    ask_price: [[61837.64], []],
    ask_qty: [[1.54698], []],
    best_bid: [61837.63, undefined],
    best_ask: [61837.64, undefined],
    reason: [undefined, "stale"],
    detail: [undefined, "no book message"],
  };
  const table = tableFromIPC(toArrowFile(toArrow("orderbook", columns)));
  assertEquals(table.numRows, 2);
  assertEquals(table.schema.names, Object.keys(columns));
  assertEquals(table.getChild("exch_ts")!.data[0]!.values, BigInt64Array.of(BigInt(TS), BigInt(TS + 1)));
  assertEquals([...table.getChild("bid_price")!.get(0)], [61837.63, 61837.62]);
  assertEquals(table.getChild("best_bid")!.toArray()[0], 61837.63);
  assertEquals([table.getChild("last_id")!.get(1), table.getChild("reason")!.get(0)], [null, null]);
  assertEquals(table.getChild("last_id")!.get(0), 50_093_239_218);
  assertEquals(table.getChild("reason")!.get(1), "stale");
});
