/**
 * `order/cancelReplace`: its parameters, and an answer that tells of two halves.
 *
 * @module
 */
import type { Cancelled, Placed } from "../engine/commands.ts";
import type { NewOrder } from "../engine/order.ts";
import { Rejection } from "../engine/rejection.ts";
import { ApiError, mandatoryMissing } from "../errors.ts";
import { cancelledAnswer, placedAnswer, type ResponseType, type Time } from "./answers.ts";
import type { PrivateAnswer, PrivateCall } from "./call.ts";
import { cancelOptions, keyOf } from "./order_params.ts";

type Half<T> = T | Rejection | ApiError | undefined;

/** Cancels one order and places another. */
export function replace(call: PrivateCall, order: NewOrder, type: ResponseType): PrivateAnswer {
  const { params, owner, trading, ts, time } = call;
  const key = keyOf(params, "cancelOrderId", "cancelOrigClientOrderId");
  if (!params.has("cancelReplaceMode")) throw mandatoryMissing("cancelReplaceMode");
  const mode = params.choice(
    "cancelReplaceMode",
    ["STOP_ON_FAILURE", "ALLOW_FAILURE"],
  ) as "STOP_ON_FAILURE" | "ALLOW_FAILURE";
  const exceeded = params.choice(
    "orderRateLimitExceededMode",
    ["DO_NOTHING", "CANCEL_ONLY"],
  );
  const cancel = { ...key, ...cancelOptions(params, "cancelNewClientOrderId") };
  params.finish();
  try {
    owner.limits.check();
  } catch (error) {
    if (exceeded !== "CANCEL_ONLY" || !(error instanceof ApiError)) throw error;
    return cancelOnly(call, cancel, error, mode);
  }
  trading.race(owner.accountId, key, ts);
  const { cancelled, placed, events } = trading.engine.replace(owner.accountId, { cancel, order, mode }, ts);
  // Also a new order that was not attempted counts.
  owner.limits.add();
  trading.tell(events);
  return answer(cancelled, placed, type, time);
}

/** Too many orders: only the cancel is done. */
function cancelOnly(
  { owner, trading, ts, time }: PrivateCall,
  cancel: Parameters<Trading["engine"]["replace"]>[1]["cancel"],
  tooMany: ApiError,
  mode: string,
): PrivateAnswer {
  try {
    const cancelled = trading.engine.cancel(owner.accountId, cancel, ts, cancel);
    trading.tell(cancelled.events);
    return { ...answer(cancelled, tooMany, "ACK", time), status: mode === "STOP_ON_FAILURE" ? 429 : 409 };
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    if (mode === "STOP_ON_FAILURE") return { ...answer(error, undefined, "ACK", time), status: 429 };
    return answer(error, tooMany, "ACK", time);
  }
}

type Trading = PrivateCall["trading"];

function answer(cancelled: Half<Cancelled>, placed: Half<Placed>, type: ResponseType, time: Time): PrivateAnswer {
  const failed = (half: unknown): half is Rejection | ApiError => half instanceof Rejection || half instanceof ApiError;
  const result = (half: unknown) => half === undefined ? "NOT_ATTEMPTED" : failed(half) ? "FAILURE" : "SUCCESS";
  const problem = ({ code, message }: Rejection | ApiError) => ({ code, msg: message });
  const data = {
    cancelResult: result(cancelled),
    newOrderResult: result(placed),
    cancelResponse: failed(cancelled) ? problem(cancelled) : cancelledAnswer(cancelled as Cancelled, time),
    newOrderResponse: placed === undefined ? null : failed(placed) ? problem(placed) : placedAnswer(placed, type, time),
  };
  const good = [data.cancelResult, data.newOrderResult].filter((word) => word === "SUCCESS").length;
  if (good === 2) return { body: data, weight: 1, counts: true };
  const [status, code, msg] = good === 1
    ? [409, -2021, "Order cancel-replace partially failed."] as const
    : [400, -2022, "Order cancel-replace failed."] as const;
  return { body: { code, msg, data }, weight: 1, status };
}
