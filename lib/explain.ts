/**
 * Why a quote stood where it stood, and why a fill earned or lost.
 *
 * @module
 */

export { explainFill, type FillExplanation } from "./explain/fill.ts";
export { explainQuote, type QuoteExplanation } from "./explain/quote.ts";
export { readStory } from "./explain/read_story.ts";
export { attributionOf, type Explicable, type Story, storyOf } from "./explain/story.ts";
export type { Which } from "./explain/which.ts";
