/**
 * Records -> figures. Each shows one message, which its title states.
 *
 * @module
 */
export { createFigure, emptyFigure, type Figure, figures } from "./plots/figure.ts";
export { attributionPlot } from "./plots/attribution.ts";
export { bracketPlot, type BracketRun } from "./plots/bracket.ts";
export { capturePlot } from "./plots/capture.ts";
export { type Curve, type CurvePoint, curvesPanel, curvesPlot } from "./plots/curves.ts";
export { distributionsPlot, type Sample } from "./plots/distributions.ts";
export { sigmaPlot, tauPlot } from "./plots/estimates.ts";
export { type HeatCell, type HeatMapOptions, heatMapPlot } from "./plots/heat_map.ts";
export { inventoryPlot } from "./plots/inventory.ts";
export { markoutPlot } from "./plots/markouts.ts";
export { modelPlot, type ModelPoint } from "./plots/model.ts";
export { grossPlot, type MoneyOptions, netPlot } from "./plots/pnl.ts";
export { fillProbabilityPlot, lifetimePlot } from "./plots/orders.ts";
export { busiestSpan, pricePlot, quotesPlot } from "./plots/quotes.ts";
export { sharpePlot } from "./plots/sharpe.ts";
export { sweepPlot } from "./plots/sweep.ts";
