/**
 * Interrupts (I/O): Ctrl-C, or the notebook's Interrupt button. An unhandled one would end the process with orders still open.
 *
 * @module
 */

/** Something that trades. */
export interface Stoppable {
  stop(reason: string): Promise<unknown>;
}

/** The handler, installed once a process. */
export interface Interrupts {
  /** From now on an interrupt stops this, until it has stopped. */
  stops(session: Stoppable & { readonly done: Promise<unknown> }): void;
  /** Interrupts so far. */
  readonly count: number;
  /** Gives interrupts back to the system. */
  close(): void;
}

/**
 * Takes over SIGINT: it stops whoever trades (which cancels, closes and flushes) and leaves the process alive. With nothing to stop it says
 * so in a kernel and ends a script, as does a second one while the first is being obeyed.
 *
 * @param options.isKernel a kernel survives, a script does not
 * @param options.say takes one line
 */
export function handleInterrupts(
  { isKernel, say = console.log }: { readonly isKernel: boolean; readonly say?: (line: string) => void },
): Interrupts {
  let current: Stoppable | undefined;
  let stopping = false;
  let count = 0;
  const onSignal = () => {
    count++;
    if (current === undefined || (stopping && !isKernel)) {
      if (!isKernel) Deno.exit(130);
      say("Interrupt: nothing is trading, the kernel goes on.");
      return;
    }
    if (stopping) return;
    stopping = true;
    say("Interrupt: trading stops, orders are cancelled, files are written. The kernel lives.");
    current.stop("interrupted").catch(() => {});
  };
  Deno.addSignalListener("SIGINT", onSignal);
  return {
    stops(session) {
      current = session;
      stopping = false;
      const forget = () => {
        if (current === session) current = undefined;
      };
      session.done.then(forget, forget);
    },
    get count() {
      return count;
    },
    close: () => Deno.removeSignalListener("SIGINT", onSignal),
  };
}
