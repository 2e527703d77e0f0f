/**
 * Whole live sessions, on a replay and on a synthetic market: did post-only orders rest, and did not one of them take?
 *
 * `deno run -A bench/post_only.ts [MARKET_MINUTES [SPEED]]`: 8 market minutes at 10 market seconds a second where not given. Exits with 1 for a
 * taker fill, or where the account is not what our books say.
 *
 * @module
 */
import { createTable } from "../lib/table.ts";
import { openLiveBed } from "./live_bed.ts";
import { startTestnetChild } from "./testnet_child.ts";

const [minutes = 8, speed = 10] = Deno.args.map(Number);
if (!(minutes > 0 && speed > 0)) {
  console.error("Usage: deno run -A bench/post_only.ts [MARKET_MINUTES [SPEED]]");
  Deno.exit(2);
}

const MARKETS = {
  replay: { start: 48, speed },
  synthetic: { market: "synthetic", start: 300, speed },
};

const rows: string[][] = [];
let isFine = true;
for (const [name, market] of Object.entries(MARKETS)) {
  const testnet = await startTestnetChild(market);
  const bed = await openLiveBed({ testnet, config: { session: { minutes } } });
  const timer = setInterval(() => {
    const { elapsed, fills } = bed.session.snapshot();
    console.error(`${name}: ${(elapsed / 60).toFixed(1)} of ${minutes} market minutes, ${fills} fills`);
  }, 5000);
  try {
    const { fills, counts, venue } = await bed.session.done;
    const takers = fills.filter(({ liquidity }) => liquidity !== "maker").length;
    const problems = venue?.problems.length ?? 0;
    isFine &&= takers === 0 && problems === 0;
    rows.push([name, ...[counts.sent, counts.accepted, counts.rejected, fills.length, takers, problems].map(String)]);
  } finally {
    clearInterval(timer);
    await bed.close();
    await testnet.close();
  }
}
const columns = ["market", "orders sent", "rested", "refused as taking", "fills", "taker fills", "problems"];
console.log(createTable(`${minutes} market minutes at ${speed} × the wall clock`, columns, rows).text);
Deno.exit(isFine ? 0 : 1);
