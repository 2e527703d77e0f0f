import { assertEquals, assertGreater } from "@std/assert";
import { btcUsdt, compareThree, ethBtc, ethUsd, type ParityMarket } from "../bench/parity.ts";

const CASES: readonly [Parameters<typeof compareThree>[0], ParityMarket][] = [
  ["risk_averse", await btcUsdt(0.15)],
  ["touch", await ethUsd(15)],
  ["power", ethBtc(0.25, 3)],
];

for (const [model, market] of CASES) {
  Deno.test(`backtest, paper session and live session on the testnet have the same fills: ${market.name}, ${model}`, async () => {
    const { live, backtest, paper, fills, first } = await compareThree(model, market);
    assertGreater(fills, 3);
    assertEquals({ live, paper, first }, { live: backtest, paper: backtest, first: undefined });
  });
}
