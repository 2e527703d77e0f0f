/**
 * One order as far as we know, made of facts that may come late, twice, in any order, or never. Pure.
 *
 * ```
 *            report: open                          report: closed
 *   sent ────────────────────> open ───────────────────────────────> filled, cancelled, rejected
 *    │ └── no answer ─> unknown ─┘ ^                                        │
 *    │                    │        └── it is there after all ──┐            └─ settled, once every
 *    │                    └─ void, and the venue has none ─> absent           execution has been booked
 *    └── refused ─> rejected ──────────────────────────────────┘
 * ```
 *
 * A request without an answer is neither placed nor refused: its order is `unknown` until the venue says so, and "no such
 * order" is an answer only once the request can no longer arrive ({@linkcode TrackedOrder.voidMs} has passed on the venue's
 * clock). What the venue executed only grows; an end is never taken back, except the two which we concluded from its silence.
 *
 * @module
 */

/** `absent`: never was in the market. */
export type OrderState = "sent" | "unknown" | "open" | "filled" | "cancelled" | "rejected" | "absent";

/** What a venue says of an order: an answer, an event of the stream, or the result of asking. */
export interface OrderReport {
  readonly orderId: string | undefined;
  readonly status: "open" | "filled" | "cancelled" | "rejected";
  /** Lots executed in all. */
  readonly executedLots: number;
  /** Lots ordered, after amendments; undefined where it does not say. */
  readonly lots?: number;
}

/** Something learned about an order. */
export type OrderFact =
  | { readonly kind: "report"; readonly report: OrderReport }
  /** A definite answer to our request: it was not let in. */
  | { readonly kind: "refused"; readonly reason: string; readonly wouldTake: boolean }
  /** No answer, a cut connection, an error that says nothing. */
  | { readonly kind: "silence" }
  /** The venue knows no such order, asked at `askedMs` of its own clock. */
  | { readonly kind: "missing"; readonly askedMs: number }
  /** A trade not seen before. */
  | { readonly kind: "trade"; readonly lots: number };

/** What is asked for. */
export interface OrderWish {
  readonly clientId: string;
  readonly lots: number;
  /** From here on the request can no longer be carried out: the venue's clock, milliseconds. */
  readonly voidMs: number;
}

/** One order's knowledge. */
export interface TrackedOrder extends OrderWish {
  /** Takes a fact. Returns whether anything changed. */
  take(fact: OrderFact): boolean;
  /** Lots ordered, after amendments. */
  readonly lots: number;
  readonly state: OrderState;
  /** The venue's id, once known. */
  readonly orderId: string | undefined;
  /** Lots executed by the venue's word, and lots of the trades seen: the latter may lag, or lead. */
  readonly executedLots: number;
  readonly bookedLots: number;
  /** Lots that may still trade or still have to be booked: what the inventory cap has to count. */
  readonly openLots: number;
  /** It has ended. */
  readonly isOver: boolean;
  /** It has ended, and every execution is booked. */
  readonly isSettled: boolean;
  /** Why it was refused. */
  readonly refusal: { readonly reason: string; readonly wouldTake: boolean } | undefined;
}

const OVER: ReadonlySet<OrderState> = new Set(["filled", "cancelled", "rejected", "absent"]);

/** An order just sent. */
export function createTrackedOrder({ clientId, lots: ordered, voidMs }: OrderWish): TrackedOrder {
  let lots = ordered;
  let state: OrderState = "sent";
  let orderId: string | undefined;
  let executedLots = 0;
  let bookedLots = 0;
  let refusal: TrackedOrder["refusal"];
  /** True where the end was concluded rather than told: a report may show that it was wrong. */
  let isConcluded = false;

  function report({ orderId: id, status, executedLots: executed, lots: amended }: OrderReport): boolean {
    const before = [state, orderId, executedLots, lots];
    orderId ??= id;
    executedLots = Math.max(executedLots, executed);
    // Amendments only make smaller: a larger number is older.
    if (amended !== undefined && amended > 0) lots = Math.min(lots, amended);
    const isOver = OVER.has(state) && !isConcluded;
    if (!isOver) {
      isConcluded = false;
      state = status === "open" && executedLots >= lots ? "filled" : status;
    }
    return before.some((value, i) => value !== [state, orderId, executedLots, lots][i]);
  }

  function conclude(next: OrderState): boolean {
    state = next;
    isConcluded = true;
    return true;
  }

  return {
    clientId,
    voidMs,
    take(fact) {
      switch (fact.kind) {
        case "report":
          return report(fact.report);
        case "trade":
          bookedLots += fact.lots;
          executedLots = Math.max(executedLots, bookedLots);
          if (state === "sent" || state === "unknown" || isConcluded) {
            isConcluded = false;
            state = "open";
          }
          if (state === "open" && executedLots >= lots) state = "filled";
          return true;
        case "refused":
          // A request sent again by the network may be refused because its first copy is there.
          if (state !== "sent" && state !== "unknown") return false;
          refusal = { reason: fact.reason, wouldTake: fact.wouldTake };
          return conclude("rejected");
        case "silence":
          if (state !== "sent") return false;
          state = "unknown";
          return true;
        case "missing":
          if (OVER.has(state) || fact.askedMs <= voidMs) return false;
          // It was there, and the venue has forgotten it: what it executed is what it told.
          return conclude(orderId === undefined ? "absent" : "cancelled");
      }
    },
    get lots() {
      return lots;
    },
    get state() {
      return state;
    },
    get orderId() {
      return orderId;
    },
    get executedLots() {
      return executedLots;
    },
    get bookedLots() {
      return bookedLots;
    },
    get openLots() {
      return Math.max(0, (OVER.has(state) ? executedLots : lots) - bookedLots);
    },
    get isOver() {
      return OVER.has(state);
    },
    get isSettled() {
      return OVER.has(state) && bookedLots >= executedLots;
    },
    get refusal() {
      return refusal;
    },
  };
}
