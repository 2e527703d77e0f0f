/**
 * Who may trade: API keys, their secrets, and what their accounts begin with.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHmac, createPublicKey, type KeyObject, timingSafeEqual, verify } from "node:crypto";
import { ApiError, badRequest } from "../errors.ts";

/** An account and its key. */
export interface AccountSpec {
  readonly apiKey: string;
  /** Of an HMAC key. */
  readonly secret: string;
  /** PEM of an Ed25519 or RSA key, instead of the secret. */
  readonly publicKey?: string;
  /** Decimal texts by asset. */
  readonly balances: Readonly<Record<string, string>>;
  /** Accounts of one group do not trade with each other. */
  readonly tradeGroupId?: number;
  /** Pays the standard commission in another asset as long as it has some: `rate` off it, at `price` quote a unit. Decimal texts. */
  readonly discount?: { readonly asset: string; readonly rate: string; readonly price: string };
}

/** The key that a testnet has unless told otherwise. It opens nothing but a testnet on this machine. */
export const DEFAULT_KEY = { apiKey: "testnet-key", secret: "testnet-secret" } as const;

/** Longest time a request may have been on its way, milliseconds. */
const MAX_WINDOW = 60_000;
const DEFAULT_WINDOW = 5_000;

/** When a request says it was sent, against the exchange's clocks. */
export interface Timing {
  /** Milliseconds or microseconds. */
  readonly timestamp: number;
  /** Milliseconds; with up to three decimals. */
  readonly recvWindow: number | undefined;
  /** Market time, milliseconds. */
  readonly marketMs: number;
  /** Time of the machine, milliseconds. */
  readonly wallMs: number;
  /** Market seconds a wall second. */
  readonly speed: number;
}

export const badKeyFormat = (): ApiError => new ApiError(401, -2014, "API-key format invalid.");
export const rejectedKey = (): ApiError => new ApiError(401, -2015, "Invalid API-key, IP, or permissions for action.");
export const badSignature = (): ApiError => badRequest(-1022, "Signature for this request is not valid.");

/** @throws {ApiError} -2014, -2015. */
export function keyOwner<T extends { readonly apiKey: string }>(apiKey: string | undefined, owners: readonly T[]): T {
  if (apiKey === undefined || !/^[\w-]{1,128}$/.test(apiKey)) throw badKeyFormat();
  const owner = owners.find((candidate) => candidate.apiKey === apiKey);
  if (owner === undefined) throw rejectedKey();
  return owner;
}

/** What tells whether a signature is a client's own. */
export type Verifier = (payload: string, signature: string) => boolean;

/** HMAC-SHA256, in hexadecimal digits. */
export const hmacVerifier = (secret: string): Verifier => (payload, signature) => {
  if (!/^[0-9a-fA-F]{64}$/.test(signature)) return false;
  return timingSafeEqual(createHmac("sha256", secret).update(payload).digest(), Buffer.from(signature, "hex"));
};

/**
 * Ed25519, or RSA with PKCS#1 v1.5 and SHA-256, in base64.
 *
 * @throws {RangeError} in one line, for what is no such key
 */
export function publicKeyVerifier(pem: string): Verifier {
  const key = readPublicKey(pem);
  const digest = key.asymmetricKeyType === "rsa" ? "sha256" : undefined;
  return (payload, signature) => {
    // A query that was not encoded has turned each plus into a space.
    const bytes = Buffer.from(signature.replaceAll(" ", "+"), "base64");
    return verify(digest, Buffer.from(payload), key, bytes);
  };
}

function readPublicKey(pem: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPublicKey(pem);
  } catch {
    // Told below, without the text: it may be a private key by mistake.
  }
  if (key === undefined || /PRIVATE/.test(pem) || !["ed25519", "rsa"].includes(key.asymmetricKeyType ?? "")) {
    throw new RangeError("the public key must be the PEM text of an Ed25519 or RSA public key");
  }
  return key;
}

/**
 * @param payload exactly what the client signed
 * @throws {ApiError} -1022.
 */
export function checkSignature(payload: string, signature: string, verifies: Verifier): void {
  if (!verifies(payload, signature)) throw badSignature();
}

/**
 * Binance's rule, `timestamp < serverTime + 1000 && serverTime - timestamp <= recvWindow`, for a client that follows the
 * market's time or that of the machine: at other speeds than 1 nobody can follow the former for long, so its window is as
 * much longer as the market is faster.
 *
 * @throws {ApiError} -1021, -1131.
 */
export function checkTiming({ timestamp, recvWindow = DEFAULT_WINDOW, marketMs, wallMs, speed }: Timing): void {
  if (!(recvWindow > 0 && recvWindow <= MAX_WINDOW)) throw badRequest(-1131, "recvWindow must be less than 60000");
  const sent = timestamp >= 1e14 ? timestamp / 1000 : timestamp;
  const fits = (now: number, scale: number) => sent < now + 1000 * scale && now - sent <= recvWindow * scale;
  if (fits(wallMs, 1) || fits(marketMs, Math.max(1, speed))) return;
  // Ahead of both clocks, or ahead of the one that it is nearer to.
  const near = Math.abs(sent - wallMs) < Math.abs(sent - marketMs) ? wallMs : marketMs;
  throw badRequest(
    -1021,
    sent > near
      ? "Timestamp for this request was 1000ms ahead of the server's time."
      : "Timestamp for this request is outside of the recvWindow.",
  );
}

/** A query or body without its `signature`, as it was sent: what REST clients sign. */
export function unsigned(raw: string): string {
  return raw.split("&").filter((part) => !part.startsWith("signature=")).join("&");
}
