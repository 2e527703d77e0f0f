/**
 * What a notebook claims, each with the numbers that it rests on: one that does not hold fails the notebook.
 *
 * @module
 */

import { createTable, type Table } from "./table.ts";

/** A sentence that may be false, whether it holds, and the numbers behind it. */
export type Claim = readonly [claim: string, holds: boolean, measured: string];

/**
 * The claims as a table.
 *
 * @throws {Error} naming each that does not hold, with its numbers
 */
export function assertClaims(...claims: readonly Claim[]): Table {
  const broken = claims.filter(([, holds]) => !holds);
  if (broken.length > 0) {
    const lines = broken.map(([claim, , measured]) => `not so: ${claim} (${measured})`);
    throw new Error(`${broken.length} of ${claims.length} claims do not hold\n${lines.join("\n")}`);
  }
  const title = claims.length === 1 ? "The claim holds" : `All ${claims.length} claims hold`;
  return createTable(title, ["claim", "measured"], claims.map(([claim, , measured]) => [claim, measured]), {
    align: "ll",
  });
}
