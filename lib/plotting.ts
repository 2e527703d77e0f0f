/**
 * Records -> figures. Each shows one message, which its title states.
 *
 * @module
 */
export { createFigure, emptyFigure, type Figure } from "./figure.ts";
export { bracketPlot, type BracketRun } from "./plot_bracket.ts";
export { capturePlot } from "./plot_capture.ts";
export { sigmaPlot, tauPlot } from "./plot_estimates.ts";
export { inventoryPlot } from "./plot_inventory.ts";
export { modelPlot, type ModelPoint } from "./plot_model.ts";
export { grossPlot, type MoneyOptions, netPlot } from "./plot_pnl.ts";
export { busiestSpan, pricePlot, quotesPlot } from "./plot_quotes.ts";
export { sharpePlot } from "./plot_sharpe.ts";
