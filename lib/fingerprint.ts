/**
 * A fingerprint of a list of fills, so that two runs can be seen to have done the same.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Fill } from "./types.ts";

/** First 16 hex digits of the SHA-256 of each fill's side, price, lots and both times, in order. */
export function fingerprint(fills: Iterable<Fill>): string {
  const hash = createHash("sha256");
  for (const { side, priceTicks, lots, exchTs, localTs } of fills) {
    hash.update(`${side} ${priceTicks} ${lots} ${exchTs} ${localTs}\n`);
  }
  return hash.digest("hex").slice(0, 16);
}
