/** Options of {@link createMarkouts}. */
export interface MarkoutOptions {
  /** From a trade to its markout, microseconds. */
  readonly horizonUs: number;
  /**
   * Called when a markout becomes known, in the order of the trades.
   * @param adverseSelection d·(m(t+h) − m(t)), quote per base; d = +1 if the aggressor bought
   * @param tau toxicity when the trade happened
   * @param ts time of the trade, microseconds
   */
  deliver(adverseSelection: number, tau: number, ts: number): void;
}

/** A queue of trades waiting for their markout. */
export interface Markouts {
  /**
   * A trade happened. Consecutive prints of the same side and exchange time are one taker's order: only the first
   * counts.
   * @param ts when we learned of it, microseconds
   * @param exchTs the exchange's time
   * @param sign +1 if the aggressor bought, -1 if it sold
   * @param mid last mid before the trade, quote per base
   * @param tau toxicity before the trade
   * @returns false if it belongs to the order before
   * @throws {RangeError} for a time before the last one
   */
  observe(ts: number, exchTs: number, sign: number, mid: number, tau: number): boolean;
  /**
   * Time moves to `ts`, and `mid` was in force until then: to be called before each change of the mid, with the old
   * one. Delivers what is due by `ts`, so that nothing that happens at `ts` or later is ever used.
   */
  advance(ts: number, mid: number): void;
  /** The market was unknown for a while: what waits has no markout. */
  clear(): void;
  /** Trades that wait. */
  readonly pending: number;
}

/**
 * Markouts of trades at one horizon, each delivered when it is known and not before.
 *
 * @throws {RangeError} for a horizon that is not positive
 */
export function createMarkouts({ horizonUs, deliver }: MarkoutOptions): Markouts {
  if (!(horizonUs > 0)) throw new RangeError(`createMarkouts: horizonUs = ${horizonUs}, must be > 0`);
  // A ring of three columns, doubled when full: nothing is allocated per trade.
  let room = 256;
  let times = new Float64Array(room), signedMids = new Float64Array(room), taus = new Float64Array(room);
  let head = 0, pending = 0;
  let lastTs = -Infinity, lastExchTs = NaN, lastSign = 0;

  function grow() {
    const unroll = (from: Float64Array) => {
      const to = new Float64Array(room * 2);
      to.set(from.subarray(head));
      to.set(from.subarray(0, head), room - head);
      return to;
    };
    [times, signedMids, taus] = [unroll(times), unroll(signedMids), unroll(taus)];
    head = 0;
    room *= 2;
  }

  return {
    observe(ts, exchTs, sign, mid, tau) {
      if (!(ts >= lastTs)) throw new RangeError(`markouts: time ${ts} after ${lastTs}, must not go back`);
      if (exchTs === lastExchTs && sign === lastSign) return false;
      lastTs = ts;
      lastExchTs = exchTs;
      lastSign = sign;
      if (pending === room) grow();
      const at = (head + pending++) % room;
      times[at] = ts;
      signedMids[at] = sign * mid;
      taus[at] = tau;
      return true;
    },
    advance(ts, mid) {
      while (pending > 0 && times[head]! + horizonUs <= ts) {
        const at = head;
        head = (head + 1) % room;
        pending--;
        const signed = signedMids[at]!;
        deliver(signed < 0 ? -signed - mid : mid - signed, taus[at]!, times[at]!);
      }
    },
    clear() {
      pending = 0;
      lastExchTs = NaN;
    },
    get pending() {
      return pending;
    },
  };
}
