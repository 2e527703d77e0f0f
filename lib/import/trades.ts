/**
 * A stream of trades with ids: repeated ones are left out, missing ones are found.
 *
 * @module
 */

import { DataError } from "../data_error.ts";
import { createDraft, type Draft } from "./draft.ts";
import type { Hole, ImportFacts } from "./facts.ts";
import { MAX_STEP_BACK } from "./time.ts";
import { LAST, TRADE } from "../tape.ts";
import { lastUpTo } from "../times.ts";

/** How a source numbers and orders its trades. */
export interface TradeRules {
  /** `id`: rows are put in the order of their ids. `arrival`: rows stay, and their receive time must not go back. */
  readonly order: "id" | "arrival";
  /** So many ids in a row may be absent before something is missing; Infinity where ids are not consecutive. */
  readonly mayLack: number;
}

/** Takes trades as they are read. Prices and quantities must be checked already. */
export interface TradeStream {
  /** @throws {DataError} through `fail`, where the same id comes twice with another content or time goes back */
  add(
    id: number | string,
    side: number,
    exchTs: number,
    localTs: number,
    price: number,
    qty: number,
    fail: (why: string) => never,
  ): void;
  /** A trade that is left out: its id has come, and nothing is missing there. */
  pass(id: number | string, ts: number): void;
  /** The rows. To be called once, after the last trade. */
  settle(place: string): Draft;
  /** Takes the decimals seen and the rows so far. */
  readonly draft: Draft;
}

/** Ids remembered to find repetitions. */
const MEMORY = 1 << 16;

export function createTradeStream(rules: TradeRules, facts: ImportFacts): TradeStream {
  const raw = createDraft();
  return rules.order === "id" ? byId(raw, rules, facts) : byArrival(raw, rules, facts);
}

function byArrival(draft: Draft, rules: TradeRules, facts: ImportFacts): TradeStream {
  const gaps = createIdGaps(rules.mayLack, facts);
  // Rows by id.
  let young = new Map<number | string, number>();
  let old = new Map<number | string, number>();
  let latest = -Infinity;
  return {
    draft,
    add(id, side, exchTs, localTs, price, qty, fail) {
      if (localTs < latest) fail(`its receive time goes back by ${(latest - localTs) / 1e6} s: rows are out of order`);
      const before = young.get(id) ?? old.get(id);
      if (before !== undefined) {
        const { columns } = draft;
        if (columns.price[before] !== price || columns.qty[before] !== qty || columns.side[before] !== side) {
          fail(`trade id ${id} comes twice with different values`);
        }
        facts.duplicates++;
        return;
      }
      if (young.size >= MEMORY) [old, young] = [young, new Map()];
      young.set(id, draft.length);
      if (typeof id === "number") gaps.seen(id, Math.max(latest, 0), localTs);
      latest = localTs;
      draft.row(TRADE, side, LAST, exchTs, localTs, price, qty);
    },
    pass(id, ts) {
      if (typeof id === "number") gaps.seen(id, Math.max(latest, 0), ts);
    },
    settle() {
      gaps.settle();
      return draft;
    },
  };
}

function byId(raw: Draft, rules: TradeRules, facts: ImportFacts): TradeStream {
  let ids = new Float64Array(1024);
  let sorted = true;
  let lastId = -Infinity;
  const passed: number[] = [];
  return {
    draft: raw,
    add(id, side, exchTs, localTs, price, qty, fail) {
      if (typeof id !== "number") fail(`id ${id} is not a number`);
      else {
        if (id <= lastId) sorted = false;
        lastId = Math.max(lastId, id);
        if (raw.length === ids.length) {
          const wider = new Float64Array(Math.ceil(ids.length * 1.6));
          wider.set(ids);
          ids = wider;
        }
        ids[raw.length] = id;
        raw.row(TRADE, side, LAST, exchTs, localTs, price, qty);
      }
    },
    pass(id) {
      if (typeof id === "number") passed.push(id);
    },
    settle(place) {
      const { exchTs, localTs, side, price, qty } = raw.columns;
      const order = sorted ? undefined : Uint32Array.from({ length: raw.length }, (_, i) => i);
      order?.sort((a, b) => ids[a]! - ids[b]! || a - b);
      const gaps = createIdGaps(rules.mayLack, facts);
      const draft = sorted ? raw : createDraft();
      draft.priceDecimals = raw.priceDecimals;
      draft.qtyDecimals = raw.qtyDecimals;
      let last = -1;
      let ts = 0;
      passed.sort((a, b) => a - b);
      let nextPassed = 0;
      for (let n = 0; n < raw.length; n++) {
        const i = order ? order[n]! : n;
        const id = ids[i]!;
        if (last >= 0 && id === ids[last]) {
          if (price[i] !== price[last] || qty[i] !== qty[last] || side[i] !== side[last]) {
            throw new DataError(`${place}: trade id ${id} comes twice with different values`);
          }
          facts.duplicates++;
          continue;
        }
        if (order && i < n) facts.disordered++;
        const back = ts - exchTs[i]!;
        if (back > MAX_STEP_BACK) {
          throw new DataError(`${place}: trade id ${id}: its time goes back by ${back / 1e6} s`);
        }
        if (back > 0) facts.clamped++;
        const at = Math.max(ts, exchTs[i]!);
        while (passed[nextPassed]! < id) gaps.seen(passed[nextPassed++]!, ts, at);
        gaps.seen(id, ts, at);
        if (order) draft.row(TRADE, side[i]!, LAST, at, Math.max(at, localTs[i]!), price[i]!, qty[i]!);
        else exchTs[i] = localTs[i] = at;
        ts = at;
        last = i;
      }
      gaps.settle();
      return draft;
    },
  };
}

/** Finds ids that never came; a late one fills its gap. `settle` tells the facts. */
export function createIdGaps(mayLack: number, facts: ImportFacts) {
  const open: { from: number; to: number; left: number; hole: Hole }[] = [];
  let highest = -1;
  return {
    seen(id: number, fromTs: number, toTs: number) {
      if (highest >= 0 && id > highest + 1 + mayLack) {
        const [from, to] = [highest + 1, id - 1];
        const reason = from === to ? `trade id ${from} is missing` : `trade ids ${from} to ${to} are missing`;
        open.push({ from, to, left: to - from + 1, hole: { fromTs, toTs, reason, bookKnown: true } });
      } else if (id < highest) {
        facts.disordered++;
        const gap = open[lastUpTo(open, id, ({ from }) => from)];
        if (gap && id <= gap.to) gap.left--;
      }
      highest = Math.max(highest, id);
    },
    settle() {
      for (const { left, hole } of open) {
        if (left <= 0) continue;
        facts.missingTrades += left;
        facts.holes.push(hole);
      }
    },
  };
}
