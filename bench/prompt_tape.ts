/**
 * A recording whose trades are told when they are made. Binance tells of a trade some milliseconds later, its own executions
 * included; a replay knows the moment of matching alone, so only on such a tape do the book, the prints and the own fills
 * of all ways to run have the same order.
 *
 * @module
 */
import type { RawMessage, TapeSource } from "../testnet/source.ts";

const TRADE = /"e":"trade","E":(\d+)(.*?"T":)(\d+)/;
const TIMED = /"E":(\d+)/;

/** The same messages, trades dated and placed by their own time; the order at one moment is that of the recording. */
export function promptTape(source: TapeSource): TapeSource {
  return {
    name: source.name,
    async *messages() {
      const all: { at: number; message: RawMessage }[] = [];
      let latest = 0;
      for await (const batch of source.messages()) {
        for (const { json, place } of batch) {
          const prompt = json.replace(TRADE, (_, _told, between, made) => `"e":"trade","E":${made}${between}${made}`);
          const at = Number(TIMED.exec(prompt)?.[1] ?? latest);
          latest = Math.max(latest, at);
          all.push({ at, message: { json: prompt, place } });
        }
      }
      yield all.sort((a, b) => a.at - b.at).map(({ message }) => message);
    },
  };
}
