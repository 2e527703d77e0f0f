/**
 * Private requests from either door: who asks, whether it is really them, and then the endpoint.
 *
 * @module
 */
import { ApiError, badRequest, mandatoryMissing } from "../errors.ts";
import { createParams, type Params } from "../params.ts";
import type { Time } from "./answers.ts";
import type { PrivateAnswer } from "./call.ts";
import { asApiError, PRIVATE_ENDPOINTS } from "./endpoints.ts";
import { checkSignature, checkTiming, keyOwner, unsigned } from "./keys.ts";
import type { Owner, Trading } from "./trading.ts";
import type { UserFeeds } from "./user_feeds.ts";

/** A private request. */
export interface PrivateRequest {
  /** `POST /api/v3/order` */
  readonly route: string;
  readonly params: URLSearchParams;
  /** Exactly what the client signed. */
  readonly payload: string;
  readonly apiKey: string | undefined;
  /** Already known by a session: no key and no signature are needed. */
  readonly owner?: Owner;
  readonly time: Time;
}

/** The private half, as the doors see it. */
export interface PrivateApi {
  readonly trading: Trading;
  readonly feeds: UserFeeds;
  /** Whether there is such an endpoint. */
  has(route: string): boolean;
  /** @throws {ApiError} as Binance does for a wrong request. */
  answer(request: PrivateRequest): PrivateAnswer;
  /** Checks key, signature and time, and nothing else. */
  identify(request: Omit<PrivateRequest, "route">): Owner;
}

const USER_STREAM = "/api/v3/userDataStream";

/** The clocks a request is judged by. */
export interface Clocks {
  /** Market time, microseconds. */
  now(): number;
  readonly speed: number;
  /** How far ahead the exchange's clocks are, milliseconds. */
  readonly skewMs: number;
}

export function createPrivateApi(trading: Trading, feeds: UserFeeds, clock: Clocks): PrivateApi {
  const identify = (request: Omit<PrivateRequest, "route">, params: Params): Owner => {
    const owner = request.owner ?? keyOwner(request.apiKey, trading.owners);
    const signature = params.text("signature");
    const timestamp = params.integer("timestamp");
    const recvWindow = params.text("recvWindow", /^\d{1,10}(\.\d{1,3})?$/);
    if (timestamp === undefined) throw mandatoryMissing("timestamp");
    // A session has signed once for all, but must say the time as anybody.
    if (signature === undefined && request.owner === undefined) throw mandatoryMissing("signature");
    if (signature !== undefined) checkSignature(request.payload, signature, owner.verifies);
    checkTiming({
      timestamp,
      recvWindow: recvWindow === undefined ? undefined : Number(recvWindow),
      marketMs: clock.now() / 1000 + clock.skewMs,
      wallMs: Date.now() + clock.skewMs,
      speed: clock.speed,
    });
    return owner;
  };

  /** Needs a key but no signature. */
  const userStream = (method: string, params: Params, owner: Owner): PrivateAnswer => {
    const listenKey = method === "POST" ? undefined : params.mandatory("listenKey");
    params.finish();
    if (listenKey === undefined) return { body: { listenKey: feeds.listenKey(owner.accountId) }, weight: 2 };
    if (method === "PUT") feeds.renew(listenKey, owner.accountId);
    else feeds.close(listenKey, owner.accountId);
    return { body: {}, weight: 2 };
  };

  return {
    trading,
    feeds,
    has: (route) =>
      Object.hasOwn(PRIVATE_ENDPOINTS, route) || ["POST", "PUT", "DELETE"].some((m) => route === `${m} ${USER_STREAM}`),
    identify: (request) => identify(request, createParams(request.params)),
    answer(request) {
      const params = createParams(request.params);
      const [method = "", path] = request.route.split(" ");
      if (path === USER_STREAM) {
        return userStream(method, params, request.owner ?? keyOwner(request.apiKey, trading.owners));
      }
      const endpoint = PRIVATE_ENDPOINTS[request.route];
      if (endpoint === undefined) throw badRequest(-1020, "This operation is not supported.");
      const owner = identify(request, params);
      try {
        const answer = endpoint({ params, owner, trading, ts: clock.now(), time: request.time });
        params.finish();
        return answer;
      } catch (error) {
        throw asApiError(error);
      }
    },
  };
}

/** Query and body of a REST request: what is in both counts as it is in the query. */
export function mergedParams(query: string, body: string): { params: URLSearchParams; payload: string } {
  const params = new URLSearchParams(query);
  const inQuery = new Set(params.keys());
  for (const [name, value] of new URLSearchParams(body)) if (!inQuery.has(name)) params.append(name, value);
  return { params, payload: unsigned(query) + unsigned(body) };
}

/** The header's time unit. @throws {ApiError} -1194. */
export function timeOf(unit: string | undefined): Time {
  if (!/^(MILLISECOND|MICROSECOND)$/i.test(unit ?? "MILLISECOND")) {
    throw new ApiError(400, -1194, "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.");
  }
  return /^micro/i.test(unit ?? "") ? (ts) => ts : (ts) => Math.floor(ts / 1000);
}
