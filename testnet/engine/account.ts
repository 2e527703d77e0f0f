/**
 * What a client owns: free and locked by asset. Every change is exact, and one that would leave less than nothing is a
 * mistake of the exchange and throws.
 *
 * @module
 */
import type { Commissions } from "./commission.ts";
import { formatUnits, type Units } from "./money.ts";

/** An asset's balance. */
export interface Balance {
  readonly free: Units;
  readonly locked: Units;
}

/** An account. */
export interface Account {
  readonly id: number;
  /** Orders of accounts of one group do not trade with each other; -1 means no group. */
  readonly tradeGroupId: number;
  readonly commissions: Commissions;
  balance(asset: string): Balance;
  /** Every asset it ever held, in the order it came. */
  readonly assets: readonly string[];
  /** Adds to what is free; a negative amount takes away. */
  credit(asset: string, amount: Units): void;
  /** From free to locked. */
  lock(asset: string, amount: Units): void;
  /** From locked to free. */
  release(asset: string, amount: Units): void;
  /** Takes from what is locked: it now belongs to someone else. */
  spend(asset: string, amount: Units): void;
}

/** How to open an account. */
export interface AccountOptions {
  readonly id: number;
  readonly commissions: Commissions;
  readonly tradeGroupId?: number;
  readonly balances?: Readonly<Record<string, Units>>;
  /** May owe without limit: the other side of a recorded market. */
  readonly unlimited?: boolean;
}

export function createAccount(options: AccountOptions): Account {
  const { id, commissions, tradeGroupId = -1, unlimited = false } = options;
  const balances = new Map<string, { free: Units; locked: Units }>();
  const entry = (asset: string) => {
    let found = balances.get(asset);
    if (found === undefined) balances.set(asset, found = { free: 0n, locked: 0n });
    return found;
  };
  const change = (asset: string, free: Units, locked: Units) => {
    const balance = entry(asset);
    if (!unlimited && (balance.free + free < 0n || balance.locked + locked < 0n)) {
      throw new RangeError(
        `account ${id}: ${asset} free ${formatUnits(balance.free)}${signed(free)}, ` +
          `locked ${formatUnits(balance.locked)}${signed(locked)}, must be 0 or more`,
      );
    }
    balance.free += free;
    balance.locked += locked;
  };
  for (const [asset, amount] of Object.entries(options.balances ?? {})) change(asset, amount, 0n);
  return {
    id,
    tradeGroupId,
    commissions,
    balance(asset) {
      const { free, locked } = entry(asset);
      return { free, locked };
    },
    get assets() {
      return [...balances.keys()];
    },
    credit: (asset, amount) => change(asset, amount, 0n),
    lock: (asset, amount) => change(asset, -positive(amount), amount),
    release: (asset, amount) => change(asset, positive(amount), -amount),
    spend: (asset, amount) => change(asset, 0n, -positive(amount)),
  };
}

function positive(amount: Units): Units {
  if (amount < 0n) throw new RangeError(`amount = ${formatUnits(amount)}, must be 0 or more`);
  return amount;
}

function signed(amount: Units): string {
  return amount < 0n ? ` − ${formatUnits(-amount)}` : ` + ${formatUnits(amount)}`;
}
