/**
 * Why there is no quoting now: any number of causes at once, each with its stage. The strictest decides. Pure.
 *
 * @module
 */

/**
 * `none`: quoting as wanted. `pause`: nothing new is placed; what rests stays until it is no longer right, and is then
 * cancelled and not replaced. `cancel`: out of the market.
 */
export type Stage = "none" | "pause" | "cancel";

/** One cause. */
export interface Halt {
  readonly cause: string;
  readonly stage: Stage;
  readonly reason: string;
}

/** All causes. */
export interface Halts {
  /** Adds a cause, or changes its stage or reason. */
  set(cause: string, stage: "pause" | "cancel", reason: string): void;
  clear(cause: string): void;
  has(cause: string): boolean;
  readonly stage: Stage;
  readonly all: readonly Halt[];
}

const RANK: Readonly<Record<Stage, number>> = { none: 0, pause: 1, cancel: 2 };

/** @param changed called when the deciding stage or the causes have changed, after the change */
export function createHalts(changed: (stage: Stage, why: string) => void = () => {}): Halts {
  const halts = new Map<string, Halt>();
  const strictest = () => {
    let found: Halt = { cause: "", stage: "none", reason: "" };
    for (const halt of halts.values()) if (RANK[halt.stage] > RANK[found.stage]) found = halt;
    return found;
  };
  return {
    set(cause, stage, reason) {
      const before = halts.get(cause);
      halts.set(cause, { cause, stage, reason });
      if (before?.stage !== stage) changed(strictest().stage, reason);
    },
    clear(cause) {
      const before = halts.get(cause);
      if (before === undefined) return;
      halts.delete(cause);
      const { stage, reason } = strictest();
      changed(stage, stage === "none" ? `over: ${before.reason}` : reason);
    },
    has: (cause) => halts.has(cause),
    get stage() {
      return strictest().stage;
    },
    get all() {
      return [...halts.values()];
    },
  };
}
