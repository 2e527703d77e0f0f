import {
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { runBacktest } from "../lib/backtest.ts";
import { createDesk } from "../lib/engine.ts";
import { feeTier } from "../lib/fee_tiers.ts";
import { DataError } from "../lib/data_error.ts";
import { readLatency, writeLatency } from "../lib/latency_file.ts";
import { cellConfig } from "../lib/matrix.ts";
import { type MeasuredLatency, measuredLatency, orderLatency } from "../lib/order_latency.ts";
import { ConfigError, loadConfig, override, validate, withMeasured } from "../lib/settings.ts";
import { playRow } from "../lib/tape.ts";
import { writeTable } from "../lib/table_file.ts";
import { decidingConfig } from "../lib/trial.ts";
import type { Fill } from "../lib/types.ts";
import { zipOf } from "./import_files.ts";
import { QUICK, syntheticTape } from "./synthetic.ts";

const T = 1_700_000_000_000_000;
const orders = (...rows: [sent: number, entry: number, response: number][]): MeasuredLatency => ({
  sentTs: Float64Array.from(rows, ([sent]) => T + sent),
  exchTs: Float64Array.from(rows, ([sent, entry]) => T + sent + entry),
  answeredTs: Float64Array.from(rows, ([sent, entry, response]) => T + sent + entry + response),
});
const three = orders([0, 1000, 2000], [100_000, 3000, 4000], [400_000, 9000, 1000]);

/** As numpy writes hftbacktest's array of measured orders, in nanoseconds. */
function npz({ sentTs, exchTs, answeredTs }: MeasuredLatency, names = ["req_ts", "exch_ts", "resp_ts", "_padding"]) {
  const descr = names.map((name) => `('${name}', '<i8')`).join(", ");
  const text = `{'descr': [${descr}], 'fortran_order': False, 'shape': (${sentTs.length},), }`;
  const header = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11) + "\n";
  const bytes = new Uint8Array(10 + header.length + sentTs.length * 8 * names.length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  bytes.set(new TextEncoder().encode(header), 10);
  const view = new DataView(bytes.buffer, 10 + header.length);
  sentTs.forEach((_, i) => {
    [sentTs, exchTs, answeredTs].forEach((column, k) =>
      view.setBigInt64((i * names.length + k) * 8, BigInt(column[i]!) * 1000n + (column[i]! > 0 ? 7n : 0n), true)
    );
  });
  return zipOf("data.npy", bytes);
}

async function inFolder(run: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "makerbook_" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a measured latency is linear between two measurements, and that of the first or last outside", () => {
  const { entry, cancel, response } = measuredLatency(three);
  assertEquals([-5, 0, 50_000, 100_000, 250_000, 399_999, 400_000, 1e9].map((ts) => entry(T + ts)), [
    ...[1000, 1000, 2000, 3000, 6000, 8999, 9000, 9000],
  ]);
  assertEquals(cancel(T + 50_000), 2000);
  assertEquals([0, 1000, 52_000, 103_000, 500_000].map((ts) => response(T + ts)), [2000, 2000, 3000, 4000, 1000]);
  // Times asked for may run back.
  assertEquals(entry(T + 50_000), 2000);
});

Deno.test("property: an interpolated latency lies between its neighbours, in whatever order they were measured", () => {
  const row = fc.tuple(
    fc.integer({ min: 0, max: 1e6 }),
    fc.integer({ min: 0, max: 5e4 }),
    fc.integer({ min: 0, max: 5e4 }),
  );
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), fc.integer({ min: -10, max: 2e6 }), (rows, ts) => {
      const sorted = rows.toSorted(([a, b], [c, d]) => a - c || b - d);
      const before = sorted.findLast(([sent]) => sent <= ts) ?? sorted[0]!;
      const after = sorted.find(([sent]) => sent > ts) ?? sorted.at(-1)!;
      const found = measuredLatency(orders(...rows)).entry(T + ts);
      const [low, high] = [before[1], after[1]].toSorted((a, b) => a - b);
      if (found < low! || found > high!) throw new Error(`${found} is not within ${low} and ${high}`);
      assertEquals(measuredLatency(orders(...rows.toReversed())).entry(T + ts), found);
      const answer = measuredLatency(orders(...rows.toReversed())).response(T + ts);
      assertEquals(measuredLatency(orders(...rows)).response(T + ts), answer);
    }),
  );
});

Deno.test("Parquet, CSV and hftbacktest's .npz give the same measurements; what the exchange never took is left out", async () => {
  await inFolder(async (folder) => {
    await writeLatency(`${folder}/x.parquet`, three);
    const lines = Array.from(three.sentTs, (sent, i) => `${three.answeredTs[i]},x,${sent},${three.exchTs[i]}\n`);
    await Deno.writeTextFile(`${folder}/x.csv`, `answered_ts,note,sent_ts,exch_ts\n${lines.join("")}`);
    const refused = {
      sentTs: Float64Array.of(...three.sentTs, T + 5e5),
      exchTs: Float64Array.of(...three.exchTs, 0),
      answeredTs: Float64Array.of(...three.answeredTs, T + 6e5),
    };
    await Deno.writeFile(`${folder}/x.npz`, npz(refused));
    for (const ending of ["parquet", "csv", "npz"]) {
      assertEquals(await readLatency(`${folder}/x.${ending}`), three, ending);
    }
  });
});

Deno.test("a file that cannot be is refused in one line, with path, place and value", async () => {
  await inFolder(async (folder) => {
    const csv = (text: string) => ["csv", new TextEncoder().encode(text)] as const;
    const cases: [file: readonly [string, Uint8Array], message: string][] = [
      [csv("sent_ts,exch_ts\n1,2\n"), "line 1: the header has no answered_ts (it has sent_ts, exch_ts)"],
      [csv("sent_ts,exch_ts,answered_ts\n"), "no measurement, must be at least one"],
      [csv(`sent_ts,exch_ts,answered_ts\n${T},x,${T}\n`), 'line 2: exch_ts = "x", must be a whole number'],
      [
        csv(`sent_ts,exch_ts,answered_ts\n${T},${T - 1},${T}\n`),
        `measurement 1: sent ${T}, at the exchange ${T - 1}, answered ${T}, must not run back`,
      ],
      [
        csv("sent_ts,exch_ts,answered_ts\n1700000000,1700000001,1700000002\n"),
        "measurement 1: 1700000000 is no time from 2000 to 2100, must be microseconds UTC",
      ],
      [["npz", npz(three, ["req_ts", "exch_ts", "resp_ts", "x"])], "its columns are req_ts <i8, exch_ts <i8"],
      [["parquet", new TextEncoder().encode("not Parquet at all")], "truncated or not Parquet"],
    ];
    for (const [[ending, bytes], message] of cases) {
      const path = `${folder}/x.${ending}`;
      await Deno.writeFile(path, bytes);
      const error = await assertRejects(() => readLatency(path), DataError, message);
      assertEquals(error.message.split("\n").length, 1);
      assertEquals(error.message.startsWith(path), true);
    }
    await writeTable(`${folder}/y.parquet`, { sent_ts: "time", exch_ts: "time" }, { sent_ts: [T], exch_ts: [T] });
    await assertRejects(() => readLatency(`${folder}/y.parquet`), DataError, 'column "answered_ts" is missing');
    await assertRejects(() => readLatency(`${folder}/none.parquet`), DataError, "no such file");
  });
});

const config = override(validate({}), {
  ...QUICK,
  fills: { entry_latency: 0.03, cancel_latency: 0.03, response_latency: 0.02 },
});
const tape = syntheticTape({ seed: 5, messages: 1500 });
const start = tape.exchTs[0]! - T;

Deno.test("fills.latency_file decides in the backtest, in paper trading and in the matrix, and is part of a trial's name", async () => {
  await inFolder(async (folder) => {
    const steady = orders([start, 30_000, 20_000], [start + 50e6, 30_000, 20_000]);
    const slowing = orders([start, 5000, 2000], [start + 150e6, 200_000, 100_000]);
    await writeLatency(`${folder}/steady.parquet`, steady);
    await writeLatency(`${folder}/slowing.parquet`, slowing);
    const named = (name: string) =>
      withMeasured(override(config, { fills: { latency_file: `${folder}/${name}.parquet` } }));
    const [constant, same, slow] = [config, await named("steady"), await named("slowing")]
      .map((config) => runBacktest(tape, config));
    assertGreater(constant!.fills.length, 20);
    assertEquals(same!.fills, constant!.fills);
    assertEquals(same!.attribution, constant!.attribution);
    assertNotEquals(slow!.fillsHash, constant!.fillsHash);

    const heard: Fill[] = [];
    const { symbol, base, quote, tickSize, lotSize } = tape;
    const desk = createDesk({ symbol, base, quote, rules: { tickSize, lotSize } }, await named("slowing"), {
      fill: (fill) => heard.push(fill),
    });
    for (let i = 0; i < tape.length; i++) playRow(tape, i, desk.row);
    assertEquals(heard, [...slow!.fills]);

    const cell = { model: "risk_averse", tier: feeTier("zero", config), latency: 2 } as const;
    const twice = orderLatency(cellConfig(await named("slowing"), cell));
    const once = orderLatency(await named("slowing"));
    for (const at of [0, 70e6, 300e6]) {
      assertAlmostEquals(twice.entry(T + start + at), 2 * once.entry(T + start + at), 2);
    }
    assertNotEquals(decidingConfig(await named("slowing")), decidingConfig(await named("steady")));
    const name = decidingConfig(await named("steady"));
    await Deno.rename(`${folder}/steady.parquet`, `${folder}/moved.parquet`);
    assertEquals(decidingConfig(await named("moved")), name);
  });
});

Deno.test("loadConfig() reads what fills.latency_file names, from the project's folder, and says what is wrong with it", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/deno.json`, "{}");
    await Deno.writeTextFile(`${folder}/config.yaml`, "fills: { latency_file: measured/x.parquet }\n");
    const error = await assertRejects(() => loadConfig(folder), ConfigError);
    assertEquals(error.problems.length, 1);
    assertEquals(error.problems[0]!.endsWith("measured/x.parquet: no such file"), true, error.problems[0]);
    assertEquals(error.problems[0]!.includes("config.yaml: fills.latency_file"), true, error.problems[0]);
    await Deno.mkdir(`${folder}/measured`);
    await writeLatency(`${folder}/measured/x.parquet`, three);
    const loaded = await loadConfig(folder);
    assertEquals(loaded.measured?.["measured/x.parquet"], three);
    // It stays with the configuration whatever else is changed.
    assertEquals(orderLatency(override(loaded, { risk: { q_max: 1 } })).entry(T), 1000);
    const other = override(loaded, { fills: { latency_file: "y.parquet" } });
    assertThrows(
      () => runBacktest(tape, other),
      Error,
      "fills.latency_file = y.parquet: its measurements are not here",
    );
    assertEquals(orderLatency(override(loaded, { fills: { latency_file: "" } })).entry(T), 10_000);
  });
});
