/**
 * What a notebook needs before its first import (I/O): the right kernel, its versions, and interrupts that stop trading instead of the
 * kernel.
 *
 * @module
 */

import ccxt from "ccxt";
import project from "../deno.json" with { type: "json" };
import { createDisplay, isKernel } from "./display.ts";
import { handleInterrupts, type Interrupts } from "./interrupt.ts";

/** Deno's Jupyter kernel changes between versions; this is the one that the notebooks are tested with. */
const TESTED = "2.9";

/** Prints the versions, one line, and takes over interrupts. */
export async function preamble(): Promise<Interrupts> {
  const where = isKernel() ? "Jupyter kernel" : "script";
  const warning = Deno.version.deno.startsWith(`${TESTED}.`) ? "" : ` (tested with ${TESTED})`;
  const versions = [
    `makerbook ${project.version}`,
    `Deno ${Deno.version.deno}${warning}`,
    `V8 ${Deno.version.v8.split("-")[0]}`,
    `TypeScript ${Deno.version.typescript}`,
    `ccxt ${ccxt.version}`,
    where,
  ].join(", ");
  await createDisplay().print(versions);
  return handleInterrupts({ isKernel: isKernel() });
}
