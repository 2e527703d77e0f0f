/** Days of a made-up market as tape files, for tests of sweeps. */
import { join } from "node:path";
import { createTape, type Tape } from "../lib/tape.ts";
import { writeTape } from "../lib/tape_file.ts";
import { syntheticTape } from "./synthetic.ts";

const DAY = 86_400e6;

/** The tape, `days` later. */
export function later(tape: Tape, days: number): Tape {
  const builder = createTape(tape, tape.length);
  for (let i = 0; i < tape.length; i++) {
    const shift = days * DAY;
    builder.row(
      ...[tape.kind[i]!, tape.side[i]!, tape.flags[i]!] as const,
      ...[tape.exchTs[i]! + shift, tape.localTs[i]! + shift, tape.priceTicks[i]!, tape.qty[i]!] as const,
    );
  }
  return builder.build();
}

/** Writes so many days into a folder; day i is made from seed i. Returns their paths. */
export async function writeDays(folder: string, days: number, messages: number): Promise<string[]> {
  const paths: string[] = [];
  for (let day = 0; day < days; day++) {
    const path = join(folder, `day${day}.parquet`);
    await writeTape(path, later(syntheticTape({ seed: day, messages, move: 0.4 }), day));
    paths.push(path);
  }
  return paths;
}

/** A configuration that trades on them. */
export const SWEPT = `
model:
  vpin_bucket_mode: volume
  vpin_bucket_volume: 5
  markout_horizon: 1
  k_min_markouts: 10
  gamma_min: 0.001
quotes: { size: 0.5, requote_ticks: 0, requote_interval: 0 }
risk: { q_max: 3, hedge_at: 2, max_drawdown: 1000000 }
fees: { maker: 0 }
session: { metrics_interval: 1 }
`;
