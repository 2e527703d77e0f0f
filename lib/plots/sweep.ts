import { pointText } from "../grid.ts";
import { listKeys } from "../keys.ts";
import type { SweepReport } from "../sweep_report.ts";
import { type Figure, figures } from "./figure.ts";
import { heatMapPlot } from "./heat_map.ts";

/**
 * Sharpe ratios of a sweep over two of its axes, the others at the winner's values.
 *
 * @param shown paths of the axes along x and y; the first two axes when absent
 * @throws {RangeError} for a path that is no axis
 */
export function sweepPlot(report: SweepReport, shown: readonly string[] = []): Figure {
  const { axes, points, winner, days } = report;
  const at = (path: string | undefined, otherwise: number) => {
    const found = path === undefined ? otherwise : axes.findIndex((axis) => axis.path === path);
    if (path !== undefined && found < 0) throw new RangeError(`sweepPlot: ${path} is no axis of the sweep`);
    return found;
  };
  const [x, y] = [at(shown[0], 0), at(shown[1], 1)];
  const best = points[winner]!;
  const slice = points.filter(({ point }) => point.every((value, i) => i === x || i === y || value === best.point[i]));
  const others = axes.filter((_, i) => i !== x && i !== y);
  const rest = others.length === 0
    ? ""
    : ` The other axes are at the winner's values: ${
      pointText(others, best.point.filter((_, i) => i !== x && i !== y))
    }.`;
  const top = best.sharpe === undefined ? "no point traded" : `the best is ${figures(best.sharpe)}`;
  return heatMapPlot(
    slice.map(({ point, sharpe }) => ({
      x: axes[x] ? String(point[x]) : "all",
      y: axes[y] ? String(point[y]) : "all",
      value: sharpe,
      isMarked: point === best.point,
    })),
    {
      title: `Sharpe ratio net of fees over ${days.length} day${
        days.length > 1 ? "s" : ""
      }: ${top}, of ${points.length}`,
      caption: `A single bright cell among dull ones is luck; a plateau is a finding.${rest}`,
      x: labelOf(axes[x]?.path),
      y: labelOf(axes[y]?.path),
      value: "Sharpe ratio, annualised",
    },
  );
}

/** A key with its unit. */
function labelOf(path: string | undefined): string {
  const key = listKeys().find((known) => known.path === path)?.key;
  const unit = key && "unit" in key ? key.unit : undefined;
  return path === undefined ? "" : `${path} (${unit || "–"})`;
}
