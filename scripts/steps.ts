/**
 * How the scripts speak: each step says what it does and how long it took, and a failure is one clear line.
 *
 * @module
 */

/** A failure that needs no stack: its message says it all. */
export class Stop extends Error {
  readonly code: number;

  constructor(message: string, code = 1) {
    super(message);
    this.name = "Stop";
    this.code = code;
  }
}

const encoder = new TextEncoder();
const write = (text: string) => Deno.stdout.writeSync(encoder.encode(text));
const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** Does a step under its title: dots while it lasts, seconds at its end. */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  write(`${title} ..`);
  const dots = setInterval(() => write("."), 1000);
  try {
    const result = await work();
    write(` ${seconds(start)}\n`);
    return result;
  } catch (error) {
    write(` failed after ${seconds(start)}\n`);
    throw error;
  } finally {
    clearInterval(dots);
  }
}

/** As {@linkcode step}, for work that prints lines of its own. */
export async function talkingStep<T>(title: string, work: (say: (line: string) => void) => Promise<T>): Promise<T> {
  const start = performance.now();
  write(`${title}\n`);
  const result = await work((line) => write(`  ${line} (${seconds(start)})\n`));
  write(`  done in ${seconds(start)}\n`);
  return result;
}

/** Errors that only a mistake in the code gives; everything else was thrown to be read. */
const MISTAKES = ["TypeError", "ReferenceError", "SyntaxError", "AssertionError"];

/** Runs a script to its exit code: a failure is its message in one line, a mistake in the code comes with its stack. */
export async function main(run: () => Promise<number | void>): Promise<never> {
  try {
    Deno.exit((await run()) ?? 0);
  } catch (error) {
    const foreseen = error instanceof Error && !MISTAKES.includes(error.name);
    console.error(foreseen ? error.message : error);
    Deno.exit(error instanceof Stop ? error.code : 1);
  }
}
