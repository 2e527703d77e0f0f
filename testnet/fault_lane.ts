/**
 * Messages that arrive later. Nothing overtakes what waits in the same lane; the market's lane and that of the accounts are
 * different sockets to most clients, so a late user event does not hold up the book.
 *
 * @module
 */

/** A lane of messages. Milliseconds of a steady wall clock. */
export interface Lane<T> {
  /** Sends a message, `delayMs` later than now and after all that wait. */
  send(message: T, delayMs: number): void;
  /** Whatever comes in the next `ms` waits until they are over. */
  hold(ms: number): void;
  /** Whether a message sent now would leave now. */
  readonly free: boolean;
  stop(): void;
}

/** @param options.flush called after messages left that had waited */
export function createLane<T>(
  options: { wall: () => number; deliver: (message: T) => void; flush: () => void },
): Lane<T> {
  const { wall, deliver, flush } = options;
  const queue: { due: number; message: T }[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let heldUntil = 0;
  const drain = () => {
    timer = undefined;
    const now = wall();
    while (queue.length > 0 && (queue[0] as { due: number }).due <= now) {
      deliver((queue.shift() as { message: T }).message);
    }
    flush();
    if (queue.length > 0) timer = setTimeout(drain, Math.max(1, (queue[0] as { due: number }).due - now));
  };
  return {
    send(message, delayMs) {
      queue.push({ due: Math.max(queue.at(-1)?.due ?? 0, heldUntil, wall() + delayMs), message });
      clearTimeout(timer);
      drain();
    },
    hold(ms) {
      heldUntil = Math.max(heldUntil, wall() + ms);
    },
    get free() {
      return queue.length === 0 && wall() >= heldUntil;
    },
    stop() {
      clearTimeout(timer);
      queue.length = 0;
    },
  };
}
