import { assertEquals, assertGreater } from "@std/assert";
import { compareThree } from "../bench/parity.ts";

Deno.test("backtest, paper session and live session on the testnet have the same fills", async () => {
  const { live, backtest, paper, fills, first } = await compareThree("risk_averse", { session: { minutes: 0.15 } });
  assertGreater(fills, 3);
  assertEquals({ live, paper, first }, { live: backtest, paper: backtest, first: undefined });
});
