/**
 * The WebSocket API: requests and answers on one connection, and the user data streams it subscribes to.
 *
 * @module
 */
import { RATE_LIMITS } from "../endpoints/general.ts";
import { ApiError, badRequest, mandatoryMissing } from "../errors.ts";
import { faultBody } from "../fault_answers.ts";
import type { RestFault } from "../faults.ts";
import type { Latency } from "../latency.ts";
import type { Subscriber } from "../requests.ts";
import { type RequestLimits, TooManyRequests } from "../request_limits.ts";
import { type PrivateApi, timeOf } from "./api.ts";
import type { PrivateAnswer } from "./call.ts";
import { keyOwner } from "./keys.ts";
import { createSubscriptions } from "./subscriptions.ts";
import type { Owner } from "./trading.ts";
import { PRIVATE_METHODS, PUBLIC_METHODS } from "./ws_methods.ts";

/** What a connection needs. */
export interface WsApiOptions {
  readonly api: PrivateApi;
  readonly limits: RequestLimits;
  /** Brings the market up to the clock. */
  advance(): void;
  /** Answers a public GET. */
  query(path: string, params: URLSearchParams, timeUnit: string | undefined): { body: unknown; weight: number };
  now(): number;
  /** Lets a request act and its answer leave when they are due. */
  request: Latency["request"];
  /** An answer leaves. */
  departed(method: string, status: number): void;
  /** What happens to a request, named as in REST. */
  fault(path: string, method: string): RestFault | undefined;
}

/** One connection. */
export interface WsApiSession {
  /** Calls `reply`, unless the answer gets lost. */
  answer(text: string | undefined, subscriber: Subscriber, reply: (text: string) => void): void;
  close(): void;
}

/** A request that has been read. */
interface WsRequest {
  readonly id: unknown;
  readonly method: string;
  readonly params: URLSearchParams;
  /** Whether the answer shows the rate limits. */
  readonly show: boolean;
}

type Json = Record<string, unknown>;

/** An answer before it leaves. */
interface WsReply {
  readonly status: number;
  readonly text: string;
}

/** @param address the connection's own query: `returnRateLimits`, `timeUnit` */
export function createWsApiSession(options: WsApiOptions, address: URLSearchParams): WsApiSession {
  const { api, limits } = options;
  const time = timeOf(address.get("timeUnit") ?? undefined);
  const subscriptions = createSubscriptions(api.feeds, () => time(options.now()));
  let owner: Owner | undefined;
  let since = 0;

  /** Limits that a request was counted against. */
  const rateLimits = (asked: Owner | undefined) => [
    ...(asked?.limits.usage() ?? []),
    {
      ...RATE_LIMITS.find(({ rateLimitType }) => rateLimitType === "REQUEST_WEIGHT"),
      count: limits.used,
    },
  ];

  const sessionStatus = () => ({
    apiKey: owner?.apiKey ?? null,
    authorizedSince: owner === undefined ? null : since,
    connectedSince: connected,
    returnRateLimits: address.get("returnRateLimits") !== "false",
    serverTime: time(options.now()),
    userDataStream: subscriptions.ids.length > 0,
  });
  const connected = time(options.now());

  const subscribe = ({ accountId }: Owner, subscriber: Subscriber, bySession: boolean): PrivateAnswer => (
    { body: { subscriptionId: subscriptions.begin(accountId, subscriber, bySession) }, weight: 2 }
  );

  /** A method named as in REST. */
  const routeOf = (method: string) =>
    named(PRIVATE_METHODS, method) ?? `GET ${named(PUBLIC_METHODS, method) ?? method}`;

  const signed = (params: URLSearchParams) => ({
    params: without(params, ["apiKey", "returnRateLimits"]),
    payload: payloadOf(params),
    apiKey: params.get("apiKey") ?? undefined,
    owner: params.has("apiKey") ? undefined : owner,
    time,
  });

  const perform = (method: string, params: URLSearchParams, subscriber: Subscriber): PrivateAnswer => {
    const route = named(PRIVATE_METHODS, method);
    if (route !== undefined) return api.answer({ route, ...signed(params) });
    const path = named(PUBLIC_METHODS, method);
    if (path !== undefined) {
      return options.query(path, without(params, ["apiKey", "returnRateLimits"]), address.get("timeUnit") ?? undefined);
    }
    switch (method) {
      case "session.logon":
        owner = api.identify(signed(params));
        since = time(options.now());
        return { body: sessionStatus(), weight: 2 };
      case "session.status":
        return { body: sessionStatus(), weight: 2 };
      case "session.logout":
        owner = undefined;
        subscriptions.logout(subscriber);
        return { body: sessionStatus(), weight: 2 };
      case "session.subscriptions":
        return { body: subscriptions.ids.map((subscriptionId) => ({ subscriptionId })), weight: 2 };
      case "userDataStream.subscribe":
        if (owner === undefined) throw mandatoryMissing("apiKey");
        return subscribe(owner, subscriber, true);
      case "userDataStream.subscribe.signature":
        return subscribe(api.identify(signed(params)), subscriber, false);
      case "userDataStream.unsubscribe":
        subscriptions.end(params.has("subscriptionId") ? Number(params.get("subscriptionId")) : undefined, subscriber);
        return { body: {}, weight: 2 };
      default:
        throw badRequest(-1020, "This operation is not supported.");
    }
  };

  const read = (text: string): WsRequest => {
    const request = parse(text);
    const params = paramsOf(request.params);
    return {
      id: request.id ?? null,
      method: String(request.method ?? "").replace(/^v3\//, ""),
      params,
      show: (params.get("returnRateLimits") ?? address.get("returnRateLimits")) !== "false",
    };
  };
  const said = ({ id, show }: Pick<WsRequest, "id" | "show">, status: number, content: Json, asked?: Owner) => {
    const rest = JSON.stringify({ status, ...content, ...(show ? { rateLimits: rateLimits(asked) } : {}) });
    return `{"id":${id instanceof Numeral ? id.text : JSON.stringify(id)},${rest.slice(1)}`;
  };
  const problem = (request: Pick<WsRequest, "id" | "show">, error: unknown): WsReply => {
    if (!(error instanceof ApiError)) throw error;
    limits.add(1);
    const content: Json = { code: error.code, msg: error.message };
    if (error instanceof TooManyRequests) content.data = { serverTime: Date.now(), retryAfter: error.retryTs };
    return { status: error.status, text: said(request, error.status, { error: content }) };
  };

  /** What a fault answers. */
  const failure = (request: WsRequest, { status, retryAfter = 1 }: RestFault) => {
    const [code, msg] = faultBody(status);
    const limited = status === 429 || status === 418;
    const data = limited ? { data: { serverTime: Date.now(), retryAfter: Date.now() + retryAfter * 1000 } } : {};
    return said(request, status, { error: { code, msg, ...data } });
  };

  /** Does what a request asks for. */
  const carryOut = (request: WsRequest, subscriber: Subscriber): WsReply => {
    try {
      limits.check();
      const answer = perform(request.method, request.params, subscriber);
      limits.add(answer.weight);
      const apiKey = request.params.get("apiKey");
      const asked = !answer.counts ? undefined : apiKey === null ? owner : keyOwner(apiKey, api.trading.owners);
      const status = answer.status ?? 200;
      const content = status === 200 ? { result: answer.body } : { error: answer.body };
      return { status, text: said(request, status, content, asked) };
    } catch (error) {
      return problem(request, error);
    }
  };

  return {
    answer(text, subscriber, reply) {
      let request: WsRequest;
      try {
        request = read(text ?? "");
      } catch (error) {
        return reply(problem({ id: null, show: address.get("returnRateLimits") !== "false" }, error).text);
      }
      const route = routeOf(request.method);
      const [verb = "", path = ""] = route.split(" ");
      const fault = options.fault(path, verb);
      const handle = () => {
        if (fault !== undefined && fault.status !== 200 && fault.lost === undefined) {
          return reply(failure(request, fault));
        }
        if (fault?.lost === "request") return;
        options.advance();
        options.request(route, request.params.get("timestamp"), () => {
          const answer = carryOut(request, subscriber);
          return () => {
            for (const text of subscriptions.farewells()) reply(text);
            if (fault?.lost === "answer") return fault.status === 200 ? undefined : reply(failure(request, fault));
            options.departed(request.method, answer.status);
            reply(answer.text);
          };
        });
      };
      if (fault?.delayMs) setTimeout(handle, fault.delayMs);
      else handle();
    },
    close: subscriptions.close,
  };
}

/** What a table has under a name; a client may ask for `constructor`, which no table has. */
function named(table: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** A number as it was written: it may have more digits than a double. */
class Numeral {
  constructor(readonly text: string) {}
}

function parse(text: string): Json {
  try {
    const request = JSON.parse(
      text,
      (_key: string, value: unknown, context?: { source?: string }) =>
        typeof value === "number" ? new Numeral(context?.source ?? String(value)) : value,
    );
    if (typeof request === "object" && request !== null && !Array.isArray(request)) return request as Json;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw badRequest(-1135, "Invalid JSON Request");
}

/** Parameters as REST would have them in a query. */
function paramsOf(params: unknown): URLSearchParams {
  const list = new URLSearchParams();
  if (params === undefined || params === null) return list;
  if (typeof params !== "object" || Array.isArray(params)) throw badRequest(-1135, "Invalid JSON Request");
  for (const [name, value] of Object.entries(params as Json)) {
    if (value === null || value === undefined) continue;
    list.append(name, textOf(value));
  }
  return list;
}

function textOf(value: unknown): string {
  if (value instanceof Numeral) return value.text;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** What is signed: every parameter but the signature, in alphabetic order. */
function payloadOf(params: URLSearchParams): string {
  return [...params]
    .filter(([name]) => name !== "signature")
    .sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0)
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

function without(params: URLSearchParams, names: readonly string[]): URLSearchParams {
  return new URLSearchParams([...params].filter(([name]) => !names.includes(name)));
}
