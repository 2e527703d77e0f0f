/**
 * CRC-32 of what was read apart: two sums of neighbouring bytes make that of both, as zlib's `crc32_combine` does. Pure.
 *
 * @module
 */

/** The sum's polynomial, its bits reversed. */
const POLYNOMIAL = 0xedb88320;

/** A 32 × 32 matrix of bits, a column a word, times a vector of bits. */
function times(matrix: Uint32Array, vector: number): number {
  let sum = 0;
  for (let i = 0; vector !== 0; i++, vector >>>= 1) if (vector & 1) sum ^= matrix[i]!;
  return sum >>> 0;
}

const squared = (matrix: Uint32Array) => matrix.map((column) => times(matrix, column));

/**
 * The sum of bytes A followed by bytes B.
 *
 * @param a sum of A
 * @param b sum of B
 * @param length of B, bytes
 */
export function combineCrc32(a: number, b: number, length: number): number {
  // What one zero bit behind A does to its sum; squared, two, then four; from there on by bytes.
  let zeros = Uint32Array.from({ length: 32 }, (_, i) => i === 0 ? POLYNOMIAL : (1 << (i - 1)) >>> 0);
  zeros = squared(squared(zeros));
  let sum = a >>> 0;
  for (let left = length; left > 0; left = Math.floor(left / 2)) {
    zeros = squared(zeros);
    if (left % 2 === 1) sum = times(zeros, sum);
  }
  return (sum ^ b) >>> 0;
}
