/**
 * Symmetric tridiagonal matrices with one value beside the diagonal, as inventory models with one order at a time have them. Pure.
 *
 * @module
 */

/** The matrix: its diagonal, and what stands beside it on both sides. */
export interface Tridiagonal {
  readonly diagonal: Float64Array;
  readonly beside: number;
}

/** x of M·x = right, by Thomas' algorithm. */
export function solveTridiagonal({ diagonal, beside }: Tridiagonal, right: Float64Array): Float64Array<ArrayBuffer> {
  const n = diagonal.length;
  const upper = new Float64Array(n), x = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const pivot = diagonal[i]! - beside * (upper[i - 1] ?? 0);
    upper[i] = beside / pivot;
    x[i] = (right[i]! - beside * (x[i - 1] ?? 0)) / pivot;
  }
  for (let i = n - 2; i >= 0; i--) x[i]! -= upper[i]! * x[i + 1]!;
  return x;
}

/**
 * exp(M·time)·start up to a factor, for nothing negative beside the diagonal and in `start`. M is shifted by a multiple of the identity, which
 * is such a factor: no term of the series is then negative, and none cancels another.
 */
export function growTridiagonal({ diagonal, beside }: Tridiagonal, start: Float64Array, time: number) {
  const least = Math.min(...diagonal);
  const shifted = diagonal.map((d) => d - least);
  const norm = Math.max(...shifted) + 2 * beside;
  const parts = Math.max(1, Math.ceil(norm * time));
  let grown: Float64Array<ArrayBuffer> = Float64Array.from(start);
  for (let part = 0; part < parts; part++) {
    let term = grown, sum = grown;
    for (let n = 1; n < 40; n++) {
      const last = term;
      term = last.map((value, i) =>
        (shifted[i]! * value + beside * ((last[i - 1] ?? 0) + (last[i + 1] ?? 0))) * time / parts / n
      );
      sum = sum.map((value, i) => value + term[i]!);
    }
    const scale = Math.max(...sum);
    grown = sum.map((value) => value / scale);
  }
  return grown;
}
