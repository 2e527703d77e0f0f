/**
 * Client order ids for those who send none: 22 letters and digits, as Binance makes them.
 *
 * @module
 */
import { createRandom } from "makerbook/random.ts";

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** The same seed gives the same ids. */
export function createClientIds(seed: number): () => string {
  const random = createRandom(seed);
  return () => Array.from({ length: 22 }, () => LETTERS[random.integer(LETTERS.length)]).join("");
}
