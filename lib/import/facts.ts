/**
 * What an import saw that a tape cannot hold: ids, duplicates, rows left out, stretches where something is missing.
 *
 * @module
 */

/** A stretch of market time of which something is missing. */
export interface Hole {
  /** Our time of the last row before it and of the first behind it, microseconds. */
  readonly fromTs: number;
  readonly toTs: number;
  /** `trade ids 5 to 9 are missing`. */
  readonly reason: string;
  /** Whether the book is known behind it without a new snapshot. */
  readonly bookKnown: boolean;
}

/** Counts of an import. All are zero for a clean source. */
export interface ImportFacts {
  /** Files read, in order. */
  files: string[];
  /** Lines, messages or events read. */
  read: number;
  /** The same trade or update twice: the second was left out. */
  duplicates: number;
  /** Rows that had to be put in order of their ids. */
  disordered: number;
  /** Rows whose time was set back to the one before them, by at most a second. */
  clamped: number;
  /** Trades whose aggressor is not known, left out. */
  unknownSides: number;
  /** Trades without quantity, left out. */
  emptyTrades: number;
  /** Book rows before the first snapshot, left out. */
  beforeBook: number;
  /** Trade ids that never came. */
  missingTrades: number;
  /** The book is bands and not levels: its touch is not known. */
  bands?: true;
  /** The market, where it is not known whether its quantities are of the base, as which they were taken. */
  unknownUnit?: string;
  /** Added to the receive times because they ran behind the exchange's, microseconds. */
  clockShift: number;
  holes: Hole[];
}

/** No facts yet. */
export function createFacts(): ImportFacts {
  return {
    files: [],
    read: 0,
    duplicates: 0,
    disordered: 0,
    clamped: 0,
    unknownSides: 0,
    emptyTrades: 0,
    beforeBook: 0,
    missingTrades: 0,
    clockShift: 0,
    holes: [],
  };
}
