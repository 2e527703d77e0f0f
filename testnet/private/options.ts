/**
 * The command line's words about accounts and fills (I/O: reads a key file).
 *
 * @module
 */
import { fillModel } from "makerbook/fills.ts";
import { DECIMAL, ONE, parseMoney, units } from "../engine/money.ts";
import { DEFAULT_KEY } from "./keys.ts";
import type { TradingOptions } from "./trading.ts";

/** What may be said. */
export interface TradingWords {
  readonly key?: string;
  readonly secret?: string;
  /** A file. */
  readonly "public-key"?: string;
  /** `USDT=1000` */
  readonly balance?: readonly string[];
  readonly "maker-fee"?: string;
  readonly "taker-fee"?: string;
  readonly fills?: string;
}

/** Lines of `--help`. */
export const TRADING_HELP = `  --key KEY       API key of the account (default ${DEFAULT_KEY.apiKey})
  --secret TEXT   its secret (default ${DEFAULT_KEY.secret})
  --public-key FILE     instead of a secret: PEM of an Ed25519 or RSA public key
  --balance A=N   what it begins with, once for each asset
                  (default 10 of the base asset and 1000000 of the quote asset)
  --maker-fee F   commission of resting orders, a fraction (default 0.001)
  --taker-fee F   commission of orders that take, a fraction (default 0.001)
  --fills MODEL   how the recording fills resting orders: touch, through, risk_averse,
                  power or log (default risk_averse)`;

/** @throws {RangeError} in one line, for a word that cannot be meant. */
export function tradingOptions(words: TradingWords): TradingOptions {
  const { key, secret, balance, fills, "public-key": publicKey } = words;
  if (secret !== undefined && publicKey !== undefined) {
    throw new RangeError("--public-key is given instead of --secret, not with it");
  }
  const balances = balance === undefined ? undefined : Object.fromEntries(balance.map(amount));
  return {
    account: {
      apiKey: key ?? DEFAULT_KEY.apiKey,
      secret: secret ?? DEFAULT_KEY.secret,
      publicKey: publicKey === undefined ? undefined : readKey(publicKey),
      balances,
    },
    makerFee: fee("maker-fee", words["maker-fee"]),
    takerFee: fee("taker-fee", words["taker-fee"]),
    fills: fills === undefined ? undefined : modelOf(fills),
  };
}

function readKey(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    throw new RangeError(`--public-key ${path}, must be a file that can be read`);
  }
}

function amount(text: string): [asset: string, amount: string] {
  const [, asset, number] = /^([A-Z0-9]{1,12})=(.*)$/.exec(text) ?? [];
  if (asset === undefined || number === undefined || !DECIMAL.test(number) || parseMoney(number) === undefined) {
    throw new RangeError(`--balance ${text}, must be ASSET=AMOUNT with at most 8 digits after the point`);
  }
  return [asset, number];
}

function fee(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (!DECIMAL.test(text) || parseMoney(text) === undefined || units(text) >= ONE) {
    throw new RangeError(`--${name} = ${text}, must be a fraction from 0 to below 1`);
  }
  return text;
}

function modelOf(name: string) {
  const known = ["touch", "through", "risk_averse", "power", "log"];
  if (!known.includes(name)) throw new RangeError(`--fills = ${name}, must be one of ${known.join(", ")}`);
  return fillModel({ model: name, power: 2 });
}
