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
    log: (line: string) => void;
  },
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { exchange, api, limits, replay, faults, control, log } = options;

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
    if (fault !== undefined && fault.status !== 200) return sendFault(response, fault);
    if (fault?.lost === "request") return leave(request, fault.cutMs);
    const asked = await restRequest(request, url);
    if (fault?.lost === "answer") {
      perform(asked);
      return leave(request, fault.cutMs);
    }
    rest(asked, response);
  }

  /** Does what a request asks for, whose answer nobody will see. */
  function perform(request: RestRequest): void {
    try {
      limits.check();
      replay.advance();
      limits.add(answerRest(request, exchange, api)?.weight ?? 1);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      limits.add(1);
    }
  }

  function rest(request: RestRequest, response: ServerResponse): void {
    try {
      limits.check();
      replay.advance();
      const answer: PrivateAnswer | undefined = answerRest(request, exchange, api);
      weigh(response, answer?.weight ?? 1);
      if (answer?.counts) showCounts(request, response);
      if (answer !== undefined) return send(response, answer.status ?? 200, answer.body);
      response.writeHead(404, { "Content-Type": "text/html" }).end("<html><body><h2>404 Not found</h2></body></html>");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      weigh(response, 1);
      if (error instanceof TooManyRequests) response.setHeader("Retry-After", error.retryAfter);
      send(response, error.status, { code: error.code, msg: error.message });
    }
  }

  function weigh(response: ServerResponse, weight: number): void {
    const used = limits.add(weight);
    response.setHeader("x-mbx-used-weight", used);
    response.setHeader("x-mbx-used-weight-1m", used);
  }

  /** `X-MBX-ORDER-COUNT-10S` and so on. */
  function showCounts({ apiKey }: RestRequest, response: ServerResponse): void {
    const owner = api.trading.owners.find((candidate) => candidate.apiKey === apiKey);
    for (const [name, value] of Object.entries(owner?.limits.headers() ?? {})) response.setHeader(name, value);
  }

  return (request, response) =>
    handle(request, response).catch((error) => {
      log(`${request.method} ${request.url}: ${error.stack}`);
      response.destroy();
    });
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
  "Access-Control-Expose-Headers": "x-mbx-used-weight, x-mbx-used-weight-1m, retry-after",
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

function send(response: ServerResponse, status: number, body: unknown): void {
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  response.writeHead(status, { "Content-Type": "application/json;charset=UTF-8", "Content-Length": bytes.length });
  response.end(bytes);
}
