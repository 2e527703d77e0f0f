/**
 * Values that must never be printed. Whatever shows one (console, JSON, template text, inspection, a structured clone) shows its
 * mask; only `reveal()` gives the value, and only the exchange connection calls it.
 *
 * @module
 */

/** Shorter secrets show nothing of themselves. */
const SHOWN_FROM = 32;

/** A secret as it may be printed: `abcd…wxyz` where that leaves most of it hidden, otherwise `****`. */
export function mask(value: string): string {
  return value.length < SHOWN_FROM ? "****" : `${value.slice(0, 4)}…${value.slice(-4)}`;
}

/** A class, because only its private field is out of reach of inspection and cloning. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    Object.freeze(this);
  }

  /** The value itself. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return mask(this.#value);
  }

  toJSON(): string {
    return mask(this.#value);
  }

  [Symbol.for("Deno.customInspect")](): string {
    return mask(this.#value);
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return mask(this.#value);
  }
}

/** The variables that secrets come from, and their names here. */
export const SECRET_VARIABLES = {
  MAKERBOOK_API_KEY: "apiKey",
  MAKERBOOK_API_SECRET: "apiSecret",
  MAKERBOOK_PASSPHRASE: "passphrase",
} as const;

/** What the exchange knows us by; each is absent where it was not given. */
export interface Secrets {
  readonly apiKey?: Secret;
  readonly apiSecret?: Secret;
  readonly passphrase?: Secret;
}
