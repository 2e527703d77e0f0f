/**
 * A bounded queue between a producer that cannot wait (a socket's handler) and one consumer that awaits.
 *
 * @module
 */

/** First in, first out; `next()` waits where it is empty. */
export interface Queue<T> {
  /** False, and the value is not taken, where the queue is full or ended. What is exempt takes no room, only memory. */
  push(value: T, isExempt?: boolean): boolean;
  /** Takes everything that is waiting. */
  drain(): T[];
  /** Ends the queue: what waits is still delivered, then `next()` is done, or throws the error once. */
  end(error?: Error): void;
  next(): Promise<IteratorResult<T, undefined>>;
  readonly size: number;
  /** True where `next()` is being awaited. */
  readonly isAwaited: boolean;
}

/**
 * @param limit most values that may wait
 * @throws {RangeError} if the limit is not a positive integer
 */
export function createQueue<T>(limit: number): Queue<T> {
  if (!(Number.isInteger(limit) && limit > 0)) throw new RangeError(`limit = ${limit}, must be an integer > 0`);
  let values: T[] = [];
  let head = 0;
  let exempt = 0;
  let isEnded = false;
  let failure: Error | undefined;
  const waiting: PromiseWithResolvers<IteratorResult<T, undefined>>[] = [];
  const compact = () => {
    if (head < 1024 || head * 2 < values.length) return;
    values = values.slice(head);
    head = 0;
  };
  return {
    push(value, isExempt = false) {
      if (isEnded || (!isExempt && values.length - head - exempt >= limit)) return false;
      const waiter = waiting.shift();
      if (waiter) waiter.resolve({ done: false, value });
      else {
        values.push(value);
        if (isExempt) exempt++;
      }
      return true;
    },
    drain() {
      const drained = values.slice(head);
      values = [];
      head = 0;
      exempt = 0;
      return drained;
    },
    end(error) {
      if (isEnded) return;
      isEnded = true;
      for (const waiter of waiting.splice(0)) {
        if (error) waiter.reject(error);
        else waiter.resolve({ done: true, value: undefined });
        error = undefined;
      }
      failure = error;
    },
    next() {
      if (head < values.length) {
        const value = values[head++]!;
        // Those that are exempt are put in together, before the others: it does not matter which of them leaves.
        if (exempt > 0) exempt--;
        compact();
        return Promise.resolve({ done: false, value });
      }
      if (failure) {
        const error = failure;
        failure = undefined;
        return Promise.reject(error);
      }
      if (isEnded) return Promise.resolve({ done: true, value: undefined });
      const waiter = Promise.withResolvers<IteratorResult<T, undefined>>();
      waiting.push(waiter);
      return waiter.promise;
    },
    get size() {
      return values.length - head;
    },
    get isAwaited() {
      return waiting.length > 0;
    },
  };
}
