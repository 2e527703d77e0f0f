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

/** Names of what a signed request carries, in a query, a body, JSON or a header. */
const SIGNED = /\b(signature|apiKey|listenKey|X-MBX-APIKEY)(["']?\s*[=:]\s*["']?)[^\s&"',;}\]]+/gi;
/** The query of an address that is signed. */
const SIGNED_QUERY = /\?(?=\S*\bsignature=)[^\s"'<>)\]]*/gi;
/** The path of a user stream that is read by its listen key. */
const LISTEN_PATH = /(\/ws\/)[A-Za-z0-9]{40,}/g;

/**
 * A text that may be shown or written down, such as an error of a client that quotes its request: the query of a signed address goes
 * as a whole, and of what else names a signature or a key its value. To be done before the text is shortened: half a signature
 * is not known as one.
 */
export function withoutSecrets(text: string): string {
  return text.replaceAll(SIGNED_QUERY, "?****").replaceAll(SIGNED, "$1$2****").replaceAll(LISTEN_PATH, "$1****");
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
