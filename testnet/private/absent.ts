/**
 * What exists at Binance and not here: order lists, order routing. Who asks for those that are there gets none of them, and who
 * wants one is told that the symbol does not have it.
 *
 * @module
 */
import { type ApiError, badRequest, invalidCombination } from "../errors.ts";
import type { Params } from "../params.ts";
import type { PrivateAnswer, PrivateEndpoint } from "./call.ts";
import { CLIENT_ORDER_ID, keyOf } from "./order_params.ts";

const unsupported = (what: string) => badRequest(-1013, `${what} orders are not supported for this symbol`);

/** Reads what may be asked with, so that nothing is left unread. */
function readAll(params: Params, names: readonly string[]): void {
  for (const name of names) params.text(name);
}

function none(names: readonly string[], weight: number): PrivateEndpoint {
  return ({ params }): PrivateAnswer => {
    readAll(params, names);
    return { body: [], weight };
  };
}

function refused(error: ApiError): PrivateEndpoint {
  return ({ params }) => {
    params.mandatory("symbol");
    throw error;
  };
}

const RANGE = ["startTime", "endTime", "limit"];

export const ABSENT_ENDPOINTS: Readonly<Record<string, PrivateEndpoint>> = {
  "GET /api/v3/openOrderList": none([], 6),
  "GET /api/v3/allOrderList": ({ params }) => {
    if (params.has("fromId") && (params.has("startTime") || params.has("endTime"))) throw invalidCombination();
    readAll(params, ["fromId", ...RANGE]);
    return { body: [], weight: 20 };
  },
  "GET /api/v3/orderList": ({ params }) => {
    keyOf(params, "orderListId");
    throw badRequest(-2018, "Order list does not exist.");
  },
  "DELETE /api/v3/orderList": ({ params }) => {
    params.mandatory("symbol");
    keyOf(params, "orderListId", "listClientOrderId");
    params.text("newClientOrderId", CLIENT_ORDER_ID);
    throw badRequest(-2011, "Unknown order sent.");
  },
  "GET /api/v3/myAllocations": none(["symbol", ...RANGE, "fromAllocationId", "orderId"], 20),
  "POST /api/v3/order/oco": refused(unsupported("OCO")),
  "POST /api/v3/orderList/oco": refused(unsupported("OCO")),
  "POST /api/v3/orderList/oto": refused(unsupported("OTO")),
  "POST /api/v3/orderList/otoco": refused(unsupported("OTOCO")),
};
