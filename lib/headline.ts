/**
 * The headline: one cell, named before the run, judged against what the strategy is meant to reach, and what a sample of this size can
 * say about it at all. Pure.
 *
 * @module
 */

import { type CellReport, realisedCapture } from "./cell_report.ts";
import { normalCdf } from "./normal.ts";
import { minTrackRecordLength, probabilisticSharpe } from "./sharpe.ts";

/** What is to be reached. */
export interface Targets {
  /** Annualised Sharpe ratio net of fees, over at least so many days. */
  readonly sharpe: number;
  readonly days: number;
  /** Share of the time with |Q| < q_max. */
  readonly belowCap: number;
  /** Realised capture, fraction of the market's spread at the fill. */
  readonly capture: number;
}

/** The specification's acceptance. */
export const TARGETS: Targets = { sharpe: 1.5, days: 3, belowCap: 0.95, capture: 0.25 };

/** One criterion. */
export interface Criterion {
  /** What is asked for, in words. */
  readonly name: string;
  readonly target: number;
  /** What the sample shows; absent where it shows nothing. */
  readonly value?: number;
  readonly standardError?: number;
  /** The sample shows it, over as long a time as is asked for. */
  readonly isMet: boolean;
  /** Probability that the true figure reaches the target, as far as this sample can tell. */
  readonly probability?: number;
  /** Whether the sample settles it at 95 %, either way; `open` where it cannot. */
  readonly establishes: "reached" | "missed" | "open";
  /** Why it is met or not met, and what the sample can and cannot establish. */
  readonly reasons: readonly string[];
}

/** The verdict on one cell. */
export interface Headline {
  readonly cell: Pick<CellReport, "model" | "tier" | "latency">;
  readonly isMet: boolean;
  readonly criteria: readonly Criterion[];
}

const DAY = 86_400;
const CONFIDENCE = 0.95;

/** Judges a cell. @param periodSeconds of its equity curve */
export function judge(cell: CellReport, periodSeconds: number, targets: Targets = TARGETS): Headline {
  const criteria = [
    sharpeCriterion(cell, periodSeconds, targets),
    capCriterion(cell, targets),
    captureCriterion(cell, targets),
  ];
  const { model, tier, latency } = cell;
  return { cell: { model, tier, latency }, isMet: criteria.every(({ isMet }) => isMet), criteria };
}

function sharpeCriterion({ sharpe: { net, gross }, seconds, pnl, fees }: CellReport, period: number, targets: Targets) {
  const name = `Sharpe ratio net of fees, annualised, over ${targets.days} days`;
  const target = targets.sharpe;
  const days = seconds / DAY;
  const reasons: string[] = [];
  const isLong = days >= targets.days * (1 - 1e-3);
  if (!isLong) reasons.push(`the sample has ${figure(days)} of ${targets.days} days`);
  if (net === undefined) {
    reasons.push("equity never changed, or too seldom for a ratio");
    return { name, target, isMet: false, establishes: "open" as const, reasons };
  }
  const root = Math.sqrt(365 * DAY / period);
  const evidence = { sharpe: net.perPeriod, n: net.periods, skew: net.skew, kurtosis: net.kurtosis };
  const probability = probabilisticSharpe({ ...evidence, benchmark: target / root });
  if (net.annualised < target) {
    const before = gross && gross.annualised >= target
      ? `it is ${figure(gross.annualised)} before fees of ${figure(1e4 * fees.maker)} bp`
      : pnl.gross < 0
      ? "the quotes lose before fees already"
      : "the quotes earn too little before fees";
    reasons.push(`it is ${figure(net.annualised)} ± ${figure(net.standardError)}, and ${before}`);
  } else reasons.push(`it is ${figure(net.annualised)} ± ${figure(net.standardError)}`);
  const establishes = settled(probability);
  if (establishes === "open") {
    const needed = neededDays(net.perPeriod, target / root, net, period);
    reasons.push(
      `a sample of ${figure(days)} days cannot tell it from ${target}` +
        (needed === undefined ? "" : `: that would take ${figure(needed)} days`),
    );
  } else if (establishes === "reached") {
    reasons.push(`P(true ratio >= ${target}) ${chance(probability)}, were the future like the sample`);
  } else {
    reasons.push(
      `P(true ratio >= ${target}) ${chance(probability)}: that much is settled, the size of the ratio is not`,
    );
  }
  const { annualised: value, standardError } = net;
  return { name, target, value, standardError, isMet: isLong && value >= target, probability, establishes, reasons };
}

/** Days after which a ratio like this is told from the target, whichever side of it it is on. */
function neededDays(perPeriod: number, target: number, shape: { skew: number; kurtosis: number }, period: number) {
  const { skew, kurtosis } = shape;
  const distance = Math.abs(perPeriod - target);
  const periods = minTrackRecordLength({ sharpe: perPeriod, benchmark: perPeriod - distance, skew, kurtosis });
  return periods === undefined ? undefined : periods * period / DAY;
}

function capCriterion({ inventory, fills, turnover }: CellReport, targets: Targets): Criterion {
  const name = "share of the time with |Q| < q_max";
  const target = targets.belowCap;
  if (inventory === undefined) {
    return { name, target, isMet: false, establishes: "open", reasons: ["no time passed"] };
  }
  const { share: value, standardError } = inventory.belowCap;
  // Who does not trade is never at the cap: that shows nothing.
  if (fills === 0) {
    return {
      name,
      target,
      value,
      isMet: false,
      establishes: "open",
      reasons: ["nothing was filled, which tests nothing"],
    };
  }
  const reasons = [
    `it is ${percent(value)}${standardError ? ` ± ${percent(standardError)}` : ""}, at a turnover of ${
      figure(turnover.base)
    } base units in ${fills} fills; the largest |Q| was ${figure(inventory.largest)}`,
  ];
  return { name, target, ...settle(value, standardError, target), isMet: value >= target, reasons };
}

function captureCriterion(cell: CellReport, targets: Targets): Criterion {
  const realised = realisedCapture(cell);
  const horizon = realised === undefined ? "" : ` after ${figure(realised.horizonSeconds)} s`;
  const name = `realised capture${horizon}, of the market's spread`;
  const target = targets.capture;
  const { fraction, standardError } = realised?.capture ?? {};
  if (fraction === undefined) {
    return { name, target, isMet: false, establishes: "open", reasons: ["no fill is old enough to be judged"] };
  }
  const atFill = cell.capture.atFill?.fraction;
  const lost = atFill === undefined
    ? ""
    : `; at the fill it was ${percent(atFill)}, the rest is what the market moved against us`;
  const reasons = [`it is ${percent(fraction)}${standardError ? ` ± ${percent(standardError)}` : ""}${lost}`];
  return { name, target, ...settle(fraction, standardError, target), isMet: fraction >= target, reasons };
}

function settle(value: number, standardError: number | undefined, target: number) {
  if (standardError === undefined) return { value, establishes: "open" as const };
  const distance = value - target;
  const probability = standardError > 0 ? normalCdf(distance / standardError) : distance >= 0 ? 1 : 0;
  return { value, standardError, probability, establishes: settled(probability) };
}

function settled(probability: number): Criterion["establishes"] {
  return probability >= CONFIDENCE ? "reached" : probability <= 1 - CONFIDENCE ? "missed" : "open";
}

/** The verdict in sentences, one a criterion. */
export function headlineText({ cell, isMet, criteria }: Headline): string {
  const at = `${cell.model}, fees ${cell.tier}, latency × ${cell.latency}`;
  const lines = criteria.map(({ name, target, isMet, reasons, establishes }) => {
    const goal = target < 1 ? percent(target) : String(target);
    const because = reasons.join("; ");
    const says = establishes === "open" ? " [this sample cannot settle it]" : "";
    return `  ${isMet ? "met    " : "NOT MET"}  ${name} >= ${goal}: ${isMet ? "" : "because "}${because}${says}`;
  });
  return [`Headline (${at}): ${isMet ? "met" : "NOT MET"}`, ...lines].join("\n");
}

function figure(value: number): string {
  const text = Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString("en-US")
    : String(Number(value.toPrecision(3)));
  return text.replace("-", "−");
}

function chance(value: number): string {
  return value < 0.001 ? "< 0.1 %" : value > 0.999 ? "> 99.9 %" : `= ${(100 * value).toFixed(1)} %`;
}

function percent(value: number): string {
  return `${figure(100 * value)} %`;
}
