/** A stream of random numbers: the same seed, the same numbers. */
export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Uniform integer in [0, bound). */
  integer(bound: number): number;
  /** Standard normal. */
  normal(): number;
  /** +1 or −1, equally likely. */
  sign(): 1 | -1;
}

/**
 * sfc32 (Doty-Humphrey, PractRand), its state filled from the seed by splitmix32.
 *
 * @param seed an integer; its lower 32 bits count
 * @throws {RangeError} for a seed that is not an integer
 */
export function createRandom(seed: number): Random {
  if (!Number.isInteger(seed)) throw new RangeError(`createRandom: seed = ${seed}, must be an integer`);
  let mix = seed | 0;
  const splitmix = () => {
    mix = (mix + 0x9e3779b9) | 0;
    let x = Math.imul(mix ^ (mix >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
    return x ^ (x >>> 15);
  };
  let a = splitmix(), b = splitmix(), c = splitmix(), counter = 1;
  function bits(): number {
    const sum = (((a + b) | 0) + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
  let spare: number | undefined;
  const random: Random = {
    uniform: () => ((bits() >>> 5) * 0x4000000 + (bits() >>> 6)) / 0x20000000000000,
    integer: (bound) => Math.floor(random.uniform() * bound),
    sign: () => bits() & 1 ? 1 : -1,
    normal() {
      if (spare !== undefined) {
        const z = spare;
        spare = undefined;
        return z;
      }
      // Box–Muller, both of the pair.
      const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
      const angle = 2 * Math.PI * random.uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
  };
  return random;
}
