/**
 * Plain HTTP: the REST endpoints of the exchange, the testnet's own control endpoints, and what faults make of them.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import { answerControl, type Control } from "./control.ts";
import type { Exchange } from "./endpoints/endpoint.ts";
import { ApiError } from "./errors.ts";
import { faultBody } from "./fault_answers.ts";
import type { Latency } from "./latency.ts";
import type { Lockstep } from "./lockstep.ts";
import type { Faults, RestFault } from "./faults.ts";
import type { PrivateAnswer } from "./private/call.ts";
import type { PrivateApi } from "./private/api.ts";
import type { Replay } from "./replay.ts";
import { type RequestLimits, TooManyRequests } from "./request_limits.ts";
import { answerRest, type RestRequest } from "./rest.ts";

/** Answers every request that is no WebSocket. */
export function createHttpHandler(
  options: {
    exchange: Exchange;
    api: PrivateApi;
    limits: RequestLimits;
    replay: Replay;
    faults: Faults;
    control: Control;
    latency: Latency;
    lockstep: Lockstep;
    log: (line: string) => void;
  },
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { exchange, api, limits, replay, faults, control, latency, lockstep, log } = options;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = URL.parse(request.url ?? "/", "http://127.0.0.1");
    if (url === null) return void response.writeHead(400).end();
    log(`${request.method} ${request.url}`);
    if (/^\/testnet(\/|$)/.test(url.pathname)) {
      if (isForeign(request.headers.origin)) return send(response, 403, { error: "not from a web page" });
      const [status, body] = await answerControl(request, url.pathname, control);
      return send(response, status, body);
    }
    for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
    if (request.method === "OPTIONS") return void response.writeHead(204).end();
    if (faults.refuses("rest")) return void request.socket.destroy();
    const fault = faults.rest(url.pathname, request.method);
    if (fault?.delayMs) await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    if (fault !== undefined && fault.status !== 200 && fault.lost === undefined) return sendFault(response, fault);
    if (fault?.lost === "request") return leave(request, fault.cutMs);
    const asked = await restRequest(request, url);
    replay.advance();
    const route = `${asked.method} ${asked.path}`;
    latency.request(route, timestampOf(asked), () => {
      const reply = perform(asked);
      return () => {
        if (fault?.lost === "answer") {
          return fault.status === 200 ? leave(request, fault.cutMs) : sendFault(response, fault);
        }
        lockstep.note({ answer: route, status: reply.status });
        send(response, reply.status, reply.body, reply.headers);
      };
    });
  }

  /** Does what a request asks for. */
  function perform(request: RestRequest): Reply {
    try {
      limits.check();
      const answer: PrivateAnswer | undefined = answerRest(request, exchange, api);
      const headers = { ...weighed(answer?.weight ?? 1), ...(answer?.counts ? counts(request) : {}) };
      if (answer === undefined) return { status: 404, headers, body: NOT_FOUND };
      return { status: answer.status ?? 200, headers, body: answer.body };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const headers = weighed(1);
      if (error instanceof TooManyRequests) headers["Retry-After"] = error.retryAfter;
      return { status: error.status, headers, body: { code: error.code, msg: error.message } };
    }
  }

  function weighed(weight: number): Record<string, string | number> {
    const used = limits.add(weight);
    return { "x-mbx-used-weight": used, "x-mbx-used-weight-1m": used };
  }

  /** `X-MBX-ORDER-COUNT-10S` and so on. */
  function counts({ apiKey }: RestRequest): Record<string, string> {
    return api.trading.owners.find((candidate) => candidate.apiKey === apiKey)?.limits.headers() ?? {};
  }

  return (request, response) =>
    handle(request, response).catch((error) => {
      log(`${request.method} ${request.url}: ${error.stack}`);
      response.destroy();
    });
}

/** An answer before it leaves. */
interface Reply {
  readonly status: number;
  readonly headers: Record<string, string | number>;
  readonly body: unknown;
}

const NOT_FOUND = "<html><body><h2>404 Not found</h2></body></html>";

/** When the client says it sent the request, which is in its query or in its body. */
function timestampOf({ query, body = "" }: RestRequest): string | null {
  return query.get("timestamp") ?? new URLSearchParams(body).get("timestamp");
}

/** Milliseconds after which a connection that waits for a lost answer is ended, if the client has not given up before. */
const PATIENCE = 60_000;

/**
 * Leaves a request without an answer. The connection is not ended at once: some HTTP clients, Deno's among them, take one that
 * ends without a word for an idle one and silently send the request again, also a POST.
 */
function leave({ socket }: IncomingMessage, cutMs: number | undefined): void {
  const timer = setTimeout(() => socket.destroy(), cutMs ?? PATIENCE);
  socket.once("close", () => clearTimeout(timer));
}

const CORS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE, OPTIONS",
  "Access-Control-Allow-Headers": "*",
  "Access-Control-Expose-Headers":
    "x-mbx-used-weight, x-mbx-used-weight-1m, x-mbx-order-count-10s, x-mbx-order-count-1d, retry-after",
};

/** Whether a browser sent the request from a page that is not on this machine. */
function isForeign(origin: string | undefined): boolean {
  return origin !== undefined && !/^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?$/.test(origin);
}

async function restRequest(request: IncomingMessage, url: URL): Promise<RestRequest> {
  const header = (name: string) => request.headers[name] as string | undefined;
  const method = request.method ?? "GET";
  return {
    method,
    path: url.pathname,
    query: url.searchParams,
    rawQuery: (request.url ?? "").split("?").slice(1).join("?"),
    body: method === "GET" || method === "HEAD" ? "" : await bodyOf(request),
    timeUnit: header("x-mbx-time-unit"),
    apiKey: header("x-mbx-apikey"),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function sendFault(response: ServerResponse, { status, retryAfter }: RestFault): void {
  if (status === 429 || status === 418) response.setHeader("Retry-After", retryAfter ?? 1);
  const [code, msg] = faultBody(status);
  send(response, status, { code, msg });
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string | number> = {},
): void {
  const page = body === NOT_FOUND;
  const bytes = new TextEncoder().encode(page ? NOT_FOUND : JSON.stringify(body));
  const type = page ? "text/html" : "application/json;charset=UTF-8";
  response.writeHead(status, { ...headers, "Content-Type": type, "Content-Length": bytes.length });
  response.end(bytes);
}
