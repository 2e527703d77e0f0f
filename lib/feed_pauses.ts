/**
 * Pauses that can be ended early, so that a closed feed leaves no timer.
 *
 * @module
 */

export interface Pauses {
  pause(ms: number): Promise<void>;
  /** Ends all that last. */
  end(): void;
}

export function createPauses(): Pauses {
  const ends = new Set<() => void>();
  return {
    pause: (ms) =>
      new Promise<void>((resolve) => {
        const end = () => {
          clearTimeout(timer);
          ends.delete(end);
          resolve();
        };
        const timer = setTimeout(end, ms);
        ends.add(end);
      }),
    end() {
      for (const end of [...ends]) end();
    },
  };
}
