import { annualise, crossCheckSigma } from "./features.ts";
import { figures } from "./plots/figure.ts";
import type { LedgerPath } from "./ledger.ts";
import { createTable, type Table } from "./table.ts";

/** |ln(estimate/yardstick)| below which two volatilities agree. */
export const SIGMA_TOLERANCE = 0.2;

/** The comparison of volatility estimates; `agrees` where the one-second ones are within the tolerance. */
export interface SigmaTable extends Table {
  readonly agrees: boolean;
}

/** The one-second volatility that quotes are made from, against that of five-minute returns of the same day. */
export function sigmaTable({ mids }: Pick<LedgerPath, "mids">): SigmaTable | undefined {
  const check = crossCheckSigma(Array.from(mids.ts, (ts, i) => ({ ts, mid: mids.mid[i]! })));
  if (check === undefined) return undefined;
  const row = (name: string, sigma: number | undefined, ln: number | undefined) => [
    name,
    sigma === undefined ? "–" : sigma.toExponential(4),
    sigma === undefined ? "–" : `${figures(100 * annualise(sigma))} %`,
    ln === undefined ? "–" : ln.toFixed(3).replace("-", "−"),
  ];
  const agrees = Math.abs(check.lnFast) < SIGMA_TOLERANCE && Math.abs(check.lnEwma) < SIGMA_TOLERANCE;
  const table = createTable(
    `σ cross-check: |ln ratio| ${agrees ? "below" : "NOT below"} ${SIGMA_TOLERANCE}`,
    ["estimate", "per √s", "a year", "ln ratio"],
    [
      row("realised, 5-minute returns (yardstick)", check.slow, 0),
      row("realised, 1-second returns", check.fast, check.lnFast),
      row("EWMA that quotes are made from, root mean square", check.ewma, check.lnEwma),
      row("two-scale, 1 second against 5 minutes", check.twoScale, check.lnTwoScale),
    ],
  );
  return { ...table, agrees };
}
