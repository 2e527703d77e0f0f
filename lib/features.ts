/**
 * What the strategy knows about the market: volatility of the mid, and toxicity of the order flow.
 *
 * @module
 */
export {
  createEwmaVolatility,
  type MidPoint,
  type SigmaOptions,
  updateSigma,
  type Volatility,
  type VolatilityOptions,
} from "./volatility.ts";
export {
  annualise,
  crossCheckSigma,
  parkinson,
  realisedVolatility,
  type SigmaCrossCheck,
  twoScaleSigma,
  twoScaleVariance,
  YEAR_SECONDS,
} from "./realised_volatility.ts";
export { createVpin, updateVpin, type Vpin, vpinFloor, type VpinOptions } from "./vpin.ts";
