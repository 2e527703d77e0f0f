/**
 * An account's balances and rates as Binance prints them.
 *
 * @module
 */
import type { Account } from "../engine/account.ts";
import { rateOf, type Rates } from "../engine/commission.ts";
import { formatUnits } from "../engine/money.ts";
import type { Side } from "../engine/order.ts";

const BASIS_POINT = 10_000n;

/** @param updateTime as the client wants times */
export function accountBody(account: Account, omitZero: boolean, updateTime: number) {
  const { standard } = account.commissions;
  const rows = account.assets.map((asset) => ({ asset, ...account.balance(asset) }));
  const points = (rate: bigint) => Number(rate / BASIS_POINT);
  return {
    makerCommission: points(standard.maker),
    takerCommission: points(standard.taker),
    buyerCommission: points(standard.buyer),
    sellerCommission: points(standard.seller),
    commissionRates: ratesBody(standard),
    canTrade: true,
    canWithdraw: false,
    canDeposit: false,
    brokered: false,
    requireSelfTradePrevention: false,
    preventSor: false,
    updateTime,
    accountType: "SPOT",
    balances: rows
      .filter(({ free, locked }) => !omitZero || free > 0n || locked > 0n)
      .map(({ asset, free, locked }) => ({ asset, free: formatUnits(free), locked: formatUnits(locked) })),
    permissions: ["SPOT"],
    ...(account.tradeGroupId === -1 ? {} : { tradeGroupId: account.tradeGroupId }),
    uid: account.id,
  };
}

function ratesBody({ maker, taker, buyer, seller }: Rates) {
  return {
    maker: formatUnits(maker),
    taker: formatUnits(taker),
    buyer: formatUnits(buyer),
    seller: formatUnits(seller),
  };
}

function discountBody({ commissions: { discount } }: Account) {
  return {
    enabledForAccount: discount !== undefined,
    enabledForSymbol: discount !== undefined,
    discountAsset: discount?.asset ?? "BNB",
    discount: formatUnits(discount?.rate ?? 0n),
  };
}

/** `account/commission` */
export function commissionBody(account: Account, symbol: string) {
  const { standard, special, tax } = account.commissions;
  return {
    symbol,
    standardCommission: ratesBody(standard),
    specialCommission: ratesBody(special),
    taxCommission: ratesBody(tax),
    discount: discountBody(account),
  };
}

/** What an order of that side would pay: `order/test` with `computeCommissionRates`. */
export function orderCommissionBody(account: Account, side: Side) {
  const { standard, special, tax } = account.commissions;
  const both = (rates: Rates) => ({
    maker: formatUnits(rateOf(rates, side, true)),
    taker: formatUnits(rateOf(rates, side, false)),
  });
  return {
    standardCommissionForOrder: both(standard),
    specialCommissionForOrder: both(special),
    taxCommissionForOrder: both(tax),
    discount: discountBody(account),
  };
}
