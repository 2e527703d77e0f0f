import type { Side, Trade } from "./types.ts";

/** The buckets of VPIN: of a fixed volume, or worth a number of average trades. One of the two is needed. */
export interface VpinOptions {
  /** Volume of a bucket, base units. */
  readonly bucketVolume?: number;
  /** Where given, the volume of a bucket is this × the mean size of all trades up to the bucket's first one. */
  readonly bucketTrades?: number;
  /** Complete buckets that tau averages over. */
  readonly buckets: number;
  /** Complete buckets needed before tau is known; `buckets` when absent. */
  readonly minBuckets?: number;
}

/** A running volume-synchronised probability of informed trading. */
export interface Vpin {
  /**
   * Count one print; constant time however many there were, and at most `buckets` steps however large it is.
   * @param qty base units
   * @param side the aggressor's
   * @param exchTs when it was made: consecutive prints of one side and time are one taker's order. Without it each print is
   * an order, which matters for `floor` alone
   * @throws {RangeError} for a quantity that is not positive and finite
   */
  update(qty: number, side: Side, exchTs?: number): void;
  /** Order-flow toxicity, 0..1; undefined until `minBuckets` are complete. */
  readonly tau: number | undefined;
  /** What tau would be on average if the side of each taker's order were the toss of a coin; known when tau is. */
  readonly floor: number | undefined;
  /** Complete buckets since the start. */
  readonly complete: number;
  /** Volume of the bucket being filled, base units; undefined before the first trade of the trades mode. */
  readonly bucketVolume: number | undefined;
}

/** A bucket this near to full, relative to its volume, is full: ten prints of 0.1 complete one of 1. */
const FULL = 1e-9;

/**
 * VPIN (Easley, López de Prado, O'Hara 2012) with exact aggressor sides: volume is cut into equal buckets, a print that
 * overfills one is split, and tau = Σ|V_buy − V_sell| / ΣV over the last `buckets` complete ones.
 * Random flow gives not 0 but {@link vpinFloor}; `floor` is that value for the orders seen: an order
 * that sweeps three levels is three prints of one coin.
 *
 * @throws {RangeError} for an option out of range
 */
export function createVpin(options: VpinOptions): Vpin {
  const { buckets, minBuckets = buckets, bucketTrades } = options;
  if (!(Number.isInteger(buckets) && buckets >= 1)) {
    throw new RangeError(`createVpin: buckets = ${buckets}, must be an integer >= 1`);
  }
  if (!(minBuckets >= 1 && minBuckets <= buckets)) {
    throw new RangeError(`createVpin: minBuckets = ${minBuckets}, must be between 1 and buckets = ${buckets}`);
  }
  const size = bucketTrades ?? options.bucketVolume;
  if (!(size !== undefined && size > 0 && size < Infinity)) {
    const name = bucketTrades === undefined ? "bucketVolume" : "bucketTrades";
    throw new RangeError(`createVpin: ${name} = ${size}, must be > 0 and finite`);
  }

  const ring = createRing(buckets);
  let meanQty = 0, trades = 0;
  let volume = bucketTrades === undefined ? size : 0;
  let room = volume; // what the open bucket still takes
  let buys = 0, sells = 0, squares = 0; // in the open bucket: volumes, and the sum of squared orders
  let order = 0; // the volume of the last order in the open bucket
  let lastTs: number | undefined, lastSide: Side | undefined;
  let complete = 0;
  // Asked for with each print and each decision, and new only with a bucket.
  let tau: number | undefined, floor: number | undefined;

  function put(qty: number, side: Side) {
    if (side === "buy") buys += qty;
    else sells += qty;
    squares += qty * (qty + 2 * order); // from order² to (order + qty)²
    order += qty;
  }
  function open() {
    if (bucketTrades !== undefined) volume = size! * meanQty;
    room = volume;
    buys =
      sells =
      squares =
      order =
        0;
  }
  function close() {
    // Of the smaller side, not as a difference: a bucket of one side only is exactly one-sided.
    const imbalance = Math.abs(volume - 2 * Math.min(buys, sells));
    ring.push(imbalance, volume * vpinFloor(Math.max(1, volume * volume / squares)), volume);
    complete++;
  }

  /** What of a print did not fit into the bucket that it closed. */
  function overflow(qty: number, side: Side) {
    const excess = qty - room;
    open(); // and a rounding error left over dies here, so that none adds up
    if (excess <= FULL * volume) return;
    let rest = excess % volume; // exact, unlike subtracting multiples
    if (volume - rest <= FULL * volume) rest = 0;
    const whole = Math.round((excess - rest) / volume);
    for (let i = Math.min(whole, buckets); i > 0; i--) ring.push(volume, volume, volume);
    complete += whole;
    if (rest <= FULL * volume) return;
    room -= rest;
    put(rest, side);
  }

  return {
    update(qty, side, exchTs) {
      if (!(qty > 0 && qty < Infinity)) throw new RangeError(`vpin: qty = ${qty}, must be > 0 and finite`);
      meanQty += (qty - meanQty) / ++trades;
      if (exchTs === undefined || exchTs !== lastTs || side !== lastSide) order = 0;
      lastTs = exchTs;
      lastSide = side;
      if (buys + sells === 0) open();
      if (room - qty > FULL * volume) {
        room -= qty;
        put(qty, side);
        return;
      }
      put(Math.min(qty, room), side);
      close();
      overflow(qty, side);
      if (complete < minBuckets) return;
      tau = ring.imbalance / ring.volume;
      floor = ring.floor / ring.volume;
    },
    get tau() {
      return tau;
    },
    get floor() {
      return floor;
    },
    get complete() {
      return complete;
    },
    get bucketVolume() {
      return volume > 0 ? volume : undefined;
    },
  };
}

/** Sums over the last `size` buckets, recomputed once a round so that rounding errors never add up. */
function createRing(size: number) {
  const imbalances = new Float64Array(size), floors = new Float64Array(size), volumes = new Float64Array(size);
  const sums = { imbalance: 0, floor: 0, volume: 0 };
  let at = 0;
  const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
  return {
    push(imbalance: number, floor: number, volume: number) {
      sums.imbalance += imbalance - imbalances[at]!;
      sums.floor += floor - floors[at]!;
      sums.volume += volume - volumes[at]!;
      imbalances[at] = imbalance;
      floors[at] = floor;
      volumes[at] = volume;
      if (++at < size) return;
      at = 0;
      sums.imbalance = total(imbalances);
      sums.floor = total(floors);
      sums.volume = total(volumes);
    },
    get imbalance() {
      return Math.min(Math.max(sums.imbalance, 0), sums.volume);
    },
    get floor() {
      return Math.min(Math.max(sums.floor, 0), sums.volume);
    },
    get volume() {
      return sums.volume;
    },
  };
}

/**
 * Mean of |V_buy − V_sell|/V where V consists of `prints` equal prints of random side: C(N, N/2)/2^N for even N
 * (0.112275 for 50), about sqrt(2/(πN)). For other N its continuation by the Gamma function; odd N have the value of
 * N − 1, which buckets of unequal prints never show. Up to 2 it is exact for two prints with N = 1/Σ(share²).
 *
 * @param prints number of prints a bucket, or the effective number V²/Σq² of unequal ones
 * @throws {RangeError} for less than one print
 */
export function vpinFloor(prints: number): number {
  if (!(prints >= 1)) throw new RangeError(`vpinFloor: prints = ${prints}, must be >= 1`);
  if (prints <= 2) return (1 + Math.sqrt(2 / prints - 1)) / 2;
  // Γ(x + ½)/(√π·Γ(x + 1)), x = N/2: raised by its recurrence to where the asymptotic series is exact to rounding.
  let x = prints / 2;
  let factor = 1;
  for (; x < 64; x++) factor *= (x + 1) / (x + 0.5);
  const u = 1 / x;
  const series = 1 +
    u * (-1 / 8 + u * (1 / 128 + u * (5 / 1024 + u * (-21 / 32768 + u * (-399 / 262144 + u * 869 / 4194304)))));
  return factor * series / Math.sqrt(Math.PI * x);
}

/** VPIN at the end of a list of trades: {@link createVpin} over all of them, in their order. */
export function updateVpin(trades: readonly Trade[], options: VpinOptions): number | undefined {
  const vpin = createVpin(options);
  for (const { qty, side, exchTs } of trades) vpin.update(qty, side, exchTs);
  return vpin.tau;
}
