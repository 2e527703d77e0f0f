import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { runBacktest, streamBacktest } from "../lib/backtest.ts";
import { DataError } from "../lib/data_error.ts";
import { readTapeParts, writeTape } from "../lib/recording.ts";
import { validate } from "../lib/schema.ts";
import { override } from "../lib/settings.ts";
import { sliceTape } from "../lib/tape.ts";
import { syntheticTape } from "./synthetic.ts";

const config = override(validate({}), {
  model: { vpin_bucket_mode: "volume", vpin_bucket_volume: 5, markout_horizon: 1, k_min_markouts: 10 },
  quotes: { size: 0.5, min_half_spread: 0.005, requote_ticks: 0, requote_interval: 0 },
  risk: { q_max: 3, hedge_at: 2, max_drawdown: 1e6 },
});
const tape = syntheticTape({ seed: 9, messages: 600, gaps: [250] });

Deno.test("files in parts of any size give the report of the whole tape", async () => {
  const folder = await Deno.makeTempDir({ prefix: "makerbook-" });
  try {
    const half = Math.round(tape.length / 2);
    const [first, second] = [join(folder, "1.parquet"), join(folder, "2.parquet")];
    await writeTape(first, sliceTape(tape, 0, half));
    await writeTape(second, sliceTape(tape, half));
    const whole = runBacktest(tape, config);
    for (const size of [7001, 20_000, 1 << 18]) {
      const { metrics, ...report } = await streamBacktest(readTapeParts([first, second], size), config);
      const { metrics: wanted, ...rest } = whole;
      assertEquals(report, rest);
      assertEquals(metrics, wanted);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("parts of different markets are refused, and so is nothing at all", async () => {
  const folder = await Deno.makeTempDir({ prefix: "makerbook-" });
  try {
    const [first, second] = [join(folder, "1.parquet"), join(folder, "2.parquet")];
    await writeTape(first, sliceTape(tape, 0, 500));
    await writeTape(second, { ...sliceTape(tape, 500, 1000), symbol: "XYZ/USD" });
    await assertRejects(() => streamBacktest(readTapeParts([first, second]), config), DataError, "must be ABC/USD");
    await assertRejects(() => streamBacktest([], config), RangeError, "no rows");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
