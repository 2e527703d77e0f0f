/** Damages files, imports them, and compares with what a plain reader makes of the same bytes. Seeded: a case is its number. */

import { join } from "node:path";
import { DataError } from "makerbook/data_error.ts";
import { exportHftbacktest } from "makerbook/import/hftbacktest.ts";
import { type ImportSource, importTape } from "makerbook/import_tape.ts";
import { readNpz } from "makerbook/import/npz.ts";
import { createRandom, type Random } from "makerbook/random.ts";
import { BUY, SELL, type Tape } from "makerbook/tape.ts";
import {
  binanceAggTrades,
  binanceTicker,
  binanceTrades,
  gzip,
  type Made,
  pictures,
  rawLines,
  tapeOf,
  tardisBook,
  tardisSnapshots,
  tardisTrades,
  zipOf,
} from "./import_files.ts";
import {
  type Picture,
  plainBinanceTrades,
  plainEvents,
  plainly,
  plainPictures,
  plainRaw,
  type PlainRow,
  plainTardis,
} from "./import_reference.ts";

/** What came of a case. */
export interface Outcome {
  /** `tardis, number`: source and damage. */
  readonly name: string;
  readonly refused: boolean;
  /** What is wrong with the importer; undefined where it did right. */
  readonly fault: string | undefined;
  readonly ms: number;
}

const SYMBOL = "BTC/USDT";
const FORMATS = ["tardis", "contracts", "binance", "raw", "npz", "aggTrades", "bookTicker", "book_snapshot"] as const;

const SOURCES: Readonly<Record<typeof FORMATS[number], ImportSource>> = {
  tardis: "tardis",
  contracts: "tardis",
  book_snapshot: "tardis",
  binance: "binance",
  aggTrades: "binance",
  bookTicker: "binance",
  raw: "raw",
  npz: "hftbacktest",
};

type Format = typeof FORMATS[number];

/** Linear and inverse contracts, and what one is worth at a price. */
const CONTRACTS: readonly { readonly size: string; base(price: number): number }[] = [
  { size: "0.01BTC", base: () => 0.01 },
  { size: "100USDT", base: (price) => 100 / price },
];

type Files = Record<string, Uint8Array>;

const encode = (text: string) => new TextEncoder().encode(text);

/** Runs case `number` in a folder of its own. */
export async function runCase(folder: string, number: number): Promise<Outcome> {
  const random = createRandom(number);
  const format = FORMATS[random.integer(FORMATS.length)]!;
  const good = await goodFiles(format, random, folder);
  const { files, damage } = damaged(format, good, random);
  // Packed after the damage the content is whole for the reader; packed before, the packing must notice.
  const packing = format === "npz" ? 0 : random.integer(3);
  const stored: Files = {};
  for (const [name, bytes] of Object.entries(files)) {
    if (packing === 1) stored[`${name}.gz`] = gzip(bytes);
    else if (packing === 2) stored[`${name}.zip`] = zipOf(name, bytes);
    else stored[name] = format === "npz" ? zipOf("data.npy", bytes) : bytes;
  }
  let name = `${format}, ${damage}`;
  if ((packing > 0 || format === "npz") && damage === "nothing") {
    // The bytes inside are the good ones, or the file must be refused.
    const key = Object.keys(stored)[random.integer(Object.keys(stored).length)]!;
    const [hurt, how] = binary(stored[key]!, random);
    stored[key] = hurt;
    name = `${format} ${packing === 1 ? "gz" : "zip"}, ${how}`;
  }
  for (const [file, bytes] of Object.entries(stored)) Deno.writeFileSync(join(folder, file), bytes);
  const from = SOURCES[format];
  const contractSize = format === "contracts" ? CONTRACTS[number % 2]!.size : undefined;
  const start = performance.now();
  let tape: Tape | undefined;
  let fault: string | undefined;
  try {
    ({ tape } = await importTape(folder, { from, symbol: SYMBOL, contractSize }));
  } catch (error) {
    const { message, stack } = error as Error;
    if (!(error instanceof DataError)) fault = `is no clear error: ${stack}`;
    else if (message.includes("\n") || message.length > 400) fault = `is no single line: ${message}`;
  }
  const ms = performance.now() - start;
  for (const file of Object.keys(stored)) Deno.removeSync(join(folder, file));
  if (tape) {
    fault = format === "bookTicker" || format === "book_snapshot"
      ? showsOther(tape, plainPictures(Object.values(files)[0]!, format))
      : differs(
        tape,
        plainly(() => plain(format, files)),
        format === "contracts" ? CONTRACTS[number % 2]!.base : undefined,
      );
  }
  return { name, refused: !tape, fault, ms };
}

function plain(format: Exclude<Format, "bookTicker" | "book_snapshot">, files: Files): PlainRow[] {
  const contents = Object.keys(files).toSorted().map((name) => files[name]!);
  switch (format) {
    case "tardis":
    case "contracts":
      return plainTardis(contents, "BTCUSDT");
    case "binance":
      return plainBinanceTrades(contents[0]!);
    case "aggTrades":
      return plainBinanceTrades(contents[0]!, true);
    case "raw":
      return plainRaw(contents[0]!, "BTCUSDT");
    case "npz":
      return plainEvents(contents[0]!.subarray(headerBytes(contents[0]!)));
  }
}

/** What distinguishes the books a tape shows from those it should; pictures that repeat the one before do not count. */
function showsOther(tape: Tape, expected: Picture[] | undefined): string | undefined {
  if (!expected) return `${tape.length} rows where the file must be refused`;
  const text = ({ bids, asks }: Omit<Picture, "ts">) =>
    [bids, asks].map((side) => side.map(([price, qty]) => `${Number(price.toPrecision(12))} ${qty}`).join()).join(
      " | ",
    );
  const changes = (pictures: readonly Picture[]) => {
    const out: string[] = [];
    let last: string | undefined;
    for (const picture of pictures) {
      if (text(picture) !== last) out.push(`${picture.ts}: ${text(picture)}`);
      last = text(picture);
    }
    return out;
  };
  const [got, should] = [changes(pictures(tape, Infinity)), changes(expected)];
  const at = should.findIndex((picture, i) => picture !== got[i]);
  if (at >= 0 || got.length !== should.length) return `picture ${at} is ${got[at]}, expected ${should[at]}`;
  return undefined;
}

/** What distinguishes a tape from the rows it should have. */
/** @param base of a contract at a price, where quantities are contracts; it is told to eight decimals or 6 digits */
function differs(
  tape: Tape,
  rows: PlainRow[] | undefined,
  base?: (price: number) => number,
): string | undefined {
  if (!rows) return `${tape.length} rows where the files must be refused`;
  if (tape.length !== rows.length) return `${tape.length} rows, expected ${rows.length}`;
  if (tape.localTs.some((ts, i) => i > 0 && ts < tape.localTs[i - 1]!)) return "our times go back";
  for (const [i, [kind, side, last, exch, local, price, qty]] of rows.entries()) {
    const worth = base ? base(price) : 1;
    const isClose = base &&
      Math.abs(tape.qty[i]! - qty * worth) <= Math.max(5.1e-9, 5.1e-6 * worth, 1e-12 * qty * worth);
    const got = [
      tape.kind[i],
      tape.side[i],
      tape.flags[i],
      tape.exchTs[i],
      tape.localTs[i],
      isClose ? qty : tape.qty[i],
    ];
    const expected = [kind, side, last, exch, local, qty];
    if (got.join() !== expected.join()) return `row ${i} is ${got}, expected ${expected}`;
    const is = tape.priceTicks[i]! * tape.tickSize;
    if (!(Math.abs(is - price) <= 1e-9 * price)) return `row ${i} has price ${is}, expected ${price}`;
  }
  return undefined;
}

async function goodFiles(format: Format, random: Random, folder: string): Promise<Files> {
  const market: Made[] = [{
    type: "book",
    snapshot: true,
    levels: [{ side: BUY, ticks: 100_001, lots: 1 }, { side: SELL, ticks: 100_003, lots: 7 }],
    step: 1,
  }];
  const messages = 1 + random.integer(12);
  for (let i = 0; i < messages; i++) {
    const side = random.sign();
    const ticks = 100_002 + side * random.integer(9) - (side === BUY ? 1 : 0);
    const step = 1 + random.integer(300_000);
    if (random.integer(2) === 0) {
      market.push({ type: "trade", side, ticks, lots: 1 + random.integer(999), step });
    } else {
      const levels = Array.from({ length: 1 + random.integer(4) }, () => ({
        side: random.sign(),
        ticks: 99_990 + random.integer(30),
        lots: random.integer(5) === 0 ? 0 : random.integer(9999),
      }));
      market.push({
        type: "book",
        snapshot: random.integer(12) === 0 && /tardis|contracts/.test(format),
        levels,
        step,
      });
    }
  }
  const trades = market.filter(({ type }) => type === "trade");
  switch (format) {
    case "tardis":
    case "contracts": {
      const tape = tapeOf(market);
      const exchange = format === "tardis" ? "binance" : "okex-swap";
      const of = (text: string) => encode(text.replaceAll("\nbinance,", `\n${exchange},`));
      return {
        "binance_incremental_book_L2.csv": of(tardisBook(tape)),
        ...(trades.length > 0 ? { "binance_trades.csv": of(tardisTrades(tape)) } : {}),
      };
    }
    case "binance": {
      const header = random.integer(2) === 0;
      const millis = random.integer(2) === 0;
      const run: Made[] = trades.length > 0 ? trades : [{ type: "trade", side: BUY, ticks: 7, lots: 1, step: 1 }];
      const text = binanceTrades(tapeOf(run, millis ? 1000 : 1, false), { header, millis });
      return { "BTCUSDT-trades-2024-03-01.csv": encode(text) };
    }
    case "aggTrades": {
      const run: Made[] = trades.length > 0 ? trades : [{ type: "trade", side: BUY, ticks: 7, lots: 1, step: 1 }];
      const text = binanceAggTrades(tapeOf(run, 1000, false), random.integer(2) === 0);
      return { "BTCUSDT-aggTrades-2024-03-01.csv": encode(text) };
    }
    case "bookTicker":
      return { "BTCUSDT-bookTicker-2024-03-01.csv": encode(binanceTicker(tapeOf(market, 1000, false))) };
    case "book_snapshot":
      return { "binance_book_snapshot_5.csv": encode(tardisSnapshots(tapeOf(market))) };
    case "raw":
      return { "raw.jsonl": encode(rawLines(market, tapeOf(market, 1000))) };
    case "npz": {
      const path = join(folder, "made.bin");
      exportHftbacktest(path, tapeOf(market), { compress: false });
      const rows: Uint8Array[] = [];
      await readNpz(path, (view) => rows.push(new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice()));
      const bytes = Deno.readFileSync(path);
      Deno.removeSync(path);
      // The member's bytes stand uncompressed behind its 38 bytes of zip header.
      const length = headerBytes(bytes.subarray(38)) + rows.reduce((sum, row) => sum + row.length, 0);
      return { "data.npz": bytes.slice(38, 38 + length) };
    }
  }
}

function headerBytes(npy: Uint8Array): number {
  return 10 + npy[8]! + 256 * npy[9]!;
}

function damaged(format: Format, good: Files, random: Random): { files: Files; damage: string } {
  const names = Object.keys(good);
  const name = names[random.integer(names.length)]!;
  const files = { ...good };
  let damage = "nothing";
  const times = 1 + random.integer(2);
  if (random.integer(6) === 0) return { files, damage };
  for (let i = 0; i < times; i++) {
    const [bytes, how] = format === "npz" ? events(files[name]!, random) : text(files[name]!, random);
    files[name] = bytes;
    damage = i === 0 ? how : `${damage} and ${how}`;
  }
  return { files, damage };
}

const ODD = [
  "NaN",
  "nan",
  "Infinity",
  "-Infinity",
  "",
  "-1",
  "-0.001",
  "0",
  "1e5",
  "1e400",
  "1e-9",
  "0x10",
  " 5",
  "5 ",
  "1,5",
  "1.2.3",
  ".5",
  "5.",
  "+5",
  "null",
  "undefined",
  "99999999999999999999",
  "0.1234567890123456789",
  "true",
  "ETHUSDT",
  "1709251200",
  "1709251200000",
  "1709251200000000000",
  "٣",
];

/** Bytes as they are in a text, one by one, so that damage need not be valid UTF-8. */
const latin = (bytes: Uint8Array) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
const bytesOf = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

function text(bytes: Uint8Array, random: Random): [Uint8Array, string] {
  const whole = latin(bytes);
  const lines = whole.split("\n");
  const at = random.integer(Math.max(1, lines.length - 1));
  const other = random.integer(Math.max(1, lines.length - 1));
  const joined = () => bytesOf(lines.join("\n"));
  switch (random.integer(16)) {
    case 0:
      return [bytes.slice(0, random.integer(bytes.length)), "cut"];
    case 1:
      [lines[at], lines[other]] = [lines[other]!, lines[at]!];
      return [joined(), "swapped lines"];
    case 2:
      lines.splice(other, 0, lines[at]!);
      return [joined(), "repeated line"];
    case 3:
      lines.splice(at, 1);
      return [joined(), "missing line"];
    case 4:
    case 5:
    case 6:
    case 7: {
      // A number or word anywhere, whatever the format around it.
      const words = [...whole.matchAll(/[A-Za-z0-9_.]+/g)];
      const word = words[random.integer(Math.max(1, words.length))];
      if (!word) return [bytes, "nothing to change"];
      const odd = latin(encode(ODD[random.integer(ODD.length)]!));
      return [bytesOf(whole.slice(0, word.index) + odd + whole.slice(word.index + word[0].length)), "odd word"];
    }
    case 8: {
      const fields = lines[at]!.split(",");
      fields.splice(random.integer(fields.length), 1);
      lines[at] = fields.join();
      return [joined(), "missing field"];
    }
    case 9: {
      const fields = lines[at]!.split(",");
      fields.splice(random.integer(fields.length), 0, fields[random.integer(fields.length)]!);
      lines[at] = fields.join();
      return [joined(), "additional field"];
    }
    case 10: {
      const fields = lines[at]!.split(",");
      const [a, b] = [random.integer(fields.length), random.integer(fields.length)];
      [fields[a], fields[b]] = [fields[b]!, fields[a]!];
      lines[at] = fields.join();
      return [joined(), "swapped fields"];
    }
    case 11:
      return [bytesOf(whole.replaceAll("\n", "\r\n")), "line ends"];
    case 12:
      lines[at] = lines[at]!.replace("BTCUSDT", "ETHUSDT");
      return [joined(), "mixed symbols"];
    case 13: {
      const from = random.integer(bytes.length);
      const junk = Uint8Array.from({ length: 1 + random.integer(5) }, () => random.integer(256));
      return [Uint8Array.of(...bytes.subarray(0, from), ...junk, ...bytes.subarray(from)), "junk"];
    }
    case 14: {
      const order = lines.slice(0, -1);
      for (let i = order.length - 1; i > 0; i--) {
        const j = random.integer(i + 1);
        [order[i], order[j]] = [order[j]!, order[i]!];
      }
      return [bytesOf([...order, ""].join("\n")), "shuffled lines"];
    }
    default:
      return binary(bytes, random);
  }
}

const flip = (bytes: Uint8Array, random: Random): Uint8Array => {
  const changed = bytes.slice();
  if (changed.length > 0) changed[random.integer(changed.length)]! ^= 1 << random.integer(8);
  return changed;
};

function binary(bytes: Uint8Array, random: Random): [Uint8Array, string] {
  return random.integer(3) === 0
    ? [bytes.slice(0, random.integer(bytes.length)), "cut"]
    : [flip(bytes, random), "bit flip"];
}

function events(bytes: Uint8Array, random: Random): [Uint8Array, string] {
  const head = headerBytes(bytes);
  const rows = Math.floor((bytes.length - head) / 64);
  if (rows < 1 || head > bytes.length) return binary(bytes, random);
  const changed = bytes.slice();
  const view = new DataView(changed.buffer);
  const at = head + 64 * random.integer(rows);
  const other = head + 64 * random.integer(rows);
  const odd = [NaN, Infinity, -Infinity, -1, 0, -0.001, 1e300, 1e-300][random.integer(8)]!;
  switch (random.integer(9)) {
    case 0:
      view.setFloat64(at + 24, odd, true);
      return [changed, "odd price"];
    case 1:
      view.setFloat64(at + 32, odd, true);
      return [changed, "odd quantity"];
    case 2:
      changed.copyWithin(at, other, other + 64);
      return [changed, "repeated row"];
    case 3: {
      const row = changed.slice(at, at + 64);
      changed.copyWithin(at, other, other + 64);
      changed.set(row, other);
      return [changed, "swapped rows"];
    }
    case 4:
      changed[at + random.integer(4)] = random.integer(256);
      return [changed, "odd flags"];
    case 5:
      view.setBigInt64(
        at + 8 + 8 * random.integer(2),
        BigInt(random.integer(2 ** 31)) << BigInt(random.integer(33)),
        true,
      );
      return [changed, "odd time"];
    case 6:
      view.setUint8(at + 3, random.integer(16) << 4);
      return [changed, "other side"];
    default:
      return binary(changed, random);
  }
}
