/**
 * `ping`, `time`, `exchangeInfo`.
 *
 * @module
 */
import { badRequest, invalidCombination, invalidSymbol, invalidValue } from "../errors.ts";
import { type Params, SYMBOL } from "../params.ts";
import { type Answer, type Call, STATUSES } from "./endpoint.ts";

/** Rate limits as Binance states them. */
export const RATE_LIMITS = [
  { rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", intervalNum: 1, limit: 6000 },
  { rateLimitType: "ORDERS", interval: "SECOND", intervalNum: 10, limit: 100 },
  { rateLimitType: "ORDERS", interval: "DAY", intervalNum: 1, limit: 200000 },
  { rateLimitType: "RAW_REQUESTS", interval: "MINUTE", intervalNum: 5, limit: 61000 },
];

export const ping = (): Answer => ({ body: {}, weight: 1 });

export const time = ({ exchange, time }: Call): Answer => ({ body: { serverTime: time(exchange.told()) }, weight: 1 });

export function exchangeInfo({ params, exchange, time }: Call): Answer {
  const { info } = exchange;
  const symbol = params.text("symbol", SYMBOL);
  const symbols = params.list("symbols");
  const permissions = permissionsOf(params);
  const status = params.choice("symbolStatus", STATUSES, () => badRequest(-1122, "Invalid symbolStatus."));
  const showSets = params.choice("showPermissionSets", ["true", "false"]);
  const named = symbol !== undefined || symbols !== undefined;
  if (symbol !== undefined && symbols !== undefined) throw invalidCombination();
  if (named && (permissions !== undefined || status !== undefined)) throw invalidCombination();
  for (const name of symbols ?? (symbol === undefined ? [] : [symbol])) if (name !== info.symbol) throw invalidSymbol();
  const wanted = permissions ?? ["SPOT", "MARGIN", "LEVERAGED"];
  const listed = (status ?? "TRADING") === "TRADING" &&
    (named || info.permissionSets.some((set) => set.some((permission) => wanted.includes(permission))));
  const body = {
    timezone: "UTC",
    serverTime: time(exchange.told()),
    rateLimits: RATE_LIMITS,
    exchangeFilters: [],
    symbols: listed ? [showSets === "false" ? { ...info, permissionSets: [] } : info] : [],
  };
  return { body, weight: 20 };
}

/** `permissions=SPOT` or `permissions=["SPOT","MARGIN"]`. */
function permissionsOf(params: Params): string[] | undefined {
  const text = params.text("permissions");
  if (text === undefined) return undefined;
  const names = text.startsWith("[") ? params.list("permissions") as string[] : [text];
  if (!names.every((name) => /^(SPOT|MARGIN|LEVERAGED|TRD_GRP_\d{3})$/.test(name))) throw invalidValue("permissions");
  return names;
}
