/**
 * The testnet: a Binance Spot compatible exchange on the loopback interface that replays a recording or makes a market.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { createAgenda } from "./agenda.ts";
import { createReplayClock } from "./clock.ts";
import type { Control } from "./control.ts";
import type { Exchange } from "./endpoints/endpoint.ts";
import { createDoor } from "./door.ts";
import { ApiError } from "./errors.ts";
import type { FaultSpec, SocketKind } from "./fault_spec.ts";
import { createFaults, type Faults } from "./faults.ts";
import { createHttpHandler } from "./http.ts";
import { createHub, LISTEN_KEY, type StreamAddress } from "./hub.ts";
import { createLatency, type Latency, type LatencyOptions } from "./latency.ts";
import { createLockstep, type StepOptions, type StepReport } from "./lockstep.ts";
import { createPrivateApi } from "./private/api.ts";
import { tradable } from "./private/trading.ts";
import { createUserFeeds } from "./private/user_feeds.ts";
import { createWsApiSession } from "./private/ws_api.ts";
import { createLimitClock, createRequestLimits } from "./request_limits.ts";
import { answerRest } from "./rest.ts";
import type { Listener } from "./replay.ts";
import { openScene, type Scene, type SceneOptions } from "./scene.ts";
import { createPublisher, type Publisher } from "./streams.ts";
import { type SymbolInfo, symbolInfo } from "./symbols.ts";

/** How to start a testnet. */
export interface TestnetOptions extends SceneOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** Market seconds a wall second, 1 by default. */
  readonly speed?: number;
  /** The clock stands still until it is released. */
  readonly hold?: boolean;
  /** How long orders are on their way, in market time. Without, they act when they arrive. */
  readonly latency?: LatencyOptions;
  /** Seed of whatever is random in faults. */
  readonly seed?: number;
  /** Faults to begin with, or to begin `at` a moment. */
  readonly faults?: readonly FaultSpec[];
  /** Called with one line for each request and connection. */
  readonly log?: (line: string) => void;
}

/** A running testnet. */
export interface Testnet {
  readonly rest: string;
  readonly ws: string;
  readonly control: string;
  readonly symbol: string;
  /** Market time at which the replay begins, and the end of the tape: microseconds. */
  readonly startTs: number;
  readonly endTs: number;
  readonly speed: number;
  /** What is wrong with the recording without preventing its use. */
  readonly warnings: readonly string[];
  /** Resolves when it has been stopped, also through the control endpoint. */
  readonly closed: Promise<void>;
  /** With the clock held: lets the market go on until something leaves the exchange, and says what. */
  step(options?: StepOptions): Promise<StepReport>;
  close(): Promise<void>;
}

/**
 * Loads the tape and serves it.
 *
 * @throws {Error} in one line, if the tape is unusable or the port is taken.
 * @throws {RangeError} if an option is out of range.
 */
export async function startTestnet(options: TestnetOptions): Promise<Testnet> {
  const scene = await openScene(options);
  const { tape, market, startTs } = scene;
  const clock = createReplayClock({
    start: startTs,
    end: tape.endTs,
    speed: options.speed ?? 1,
    held: options.hold ?? false,
  });
  const agenda = createAgenda(clock, () => replay?.wake());
  const info = tradable(symbolInfo(tape));
  const hub = createHub(agenda.now);
  const exchange: Exchange = { market, info, now: agenda.now, told: () => agenda.now() + faults.skewMs * 1000 };
  // The faults stand between the publisher and the sockets.
  const publisher: Publisher = createPublisher(market, hub, (message) => faults.outgoing(message));
  const lockstep = createLockstep({ clock, replay: () => replay, latency: () => latency, now: agenda.now });
  const faults: Faults = createFaults({
    seed: options.seed ?? 1,
    startTs,
    now: agenda.now,
    hub,
    expireKeys: () => feeds.expire(true),
    restart: (ms) => restart(ms),
    deliver(message) {
      if (publisher.deliver(message)) lockstep.note({ stream: message.stream, kind: message.kind, id: message.id });
    },
    tickSize: tickSizeOf(info),
    bestAsk: () => Number(market.book.top(1).asks[0]?.[0] ?? 0),
  });
  const limitClock = createLimitClock(clock);
  const limits = createRequestLimits(limitClock);
  const feeds = createUserFeeds({
    seed: options.seed ?? 1,
    send: (message) => latency.response(() => faults.outgoing(message)),
    now: agenda.now,
  });
  const listener: Listener = {
    moment: faults.tick,
    event: publisher.event,
    beat(ts) {
      hub.retire();
      publisher.beat(ts);
    },
    flush: hub.flush,
  };
  const { trading, replay }: ReturnType<Scene["play"]> = scene.play({
    info,
    clock,
    agenda,
    listener,
    trading: { tell: feeds.tell, flush: hub.flush, lateFill: () => faults.lateFill(), limitMs: limitClock.now },
  });
  const latency: Latency = createLatency(options.latency, agenda, {
    get nextTs() {
      return replay.nextTs;
    },
    whenTold: (ts, act) => replay.whenTold(ts, act),
    settle: () => replay.settle(),
  });
  const api = createPrivateApi(trading, feeds, {
    now: agenda.now,
    get speed() {
      return clock.speed;
    },
    get skewMs() {
      return faults.skewMs;
    },
  });
  for (const spec of options.faults ?? []) faults.inject(spec);
  const log = options.log ?? (() => {});
  const sockets = new WebSocketServer({ noServer: true, autoPong: false, perMessageDeflate: false });
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const address = socketAddress(request);
    if (address === undefined) return refuse(socket, "404 Not Found");
    if (faults.refuses(address.kind)) return refuse(socket, "503 Service Unavailable");
    log(`WS ${request.url}`);
    try {
      const dialogue = address.kind === "api" ? createWsApiSession(wsApi, address.query) : undefined;
      sockets.handleUpgrade(request, socket, head, (client) => hub.accept(client, socket, address, dialogue));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refuse(socket, "400 Bad Request", JSON.stringify({ code: error.code, msg: error.message }));
    }
  };
  const wsApi = {
    api,
    limits,
    advance: replay.advance,
    now: agenda.now,
    request: latency.request,
    departed: (method: string, status: number) => lockstep.note({ answer: method, status }),
    fault: faults.rest,
    query(path: string, query: URLSearchParams, timeUnit: string | undefined) {
      return answerRest({ method: "GET", path, query, timeUnit }, exchange, api) as { body: unknown; weight: number };
    },
  };
  const pings = setInterval(() => {
    hub.ping();
    feeds.expire();
  }, 20_000);

  const door = createDoor({ handle: (request, response) => void handle(request, response), upgrade });
  /** Nobody reaches the exchange for a while; afterwards its accounts are as they are by then. */
  const restart = (ms: number) => {
    // Whoever asked for it gets an answer before.
    setTimeout(() => {
      hub.drop();
      feeds.forget();
      void door.close();
      door.reopen(ms);
    }, 10);
  };

  let finish = () => {};
  const closed = new Promise<void>((resolve) => finish = resolve);
  const close = async () => {
    replay.stop();
    faults.stop();
    clearInterval(pings);
    hub.drop();
    await door.close(true);
    finish();
  };
  const control: Control = {
    clock,
    replay,
    hub,
    faults,
    publisher,
    tape,
    trading,
    lockstep,
    startTs,
    stop: () => void setTimeout(close, 10),
  };

  const handle = createHttpHandler({ exchange, api, limits, replay, faults, control, latency, lockstep, log });
  const port = await door.open(options.port ?? 0);
  replay.run();
  return {
    rest: `http://127.0.0.1:${port}`,
    ws: `ws://127.0.0.1:${port}`,
    control: `http://127.0.0.1:${port}/testnet`,
    symbol: tape.symbol,
    startTs,
    endTs: tape.endTs,
    speed: clock.speed,
    warnings: tape.warnings,
    closed,
    step: lockstep.step,
    close,
  };
}

/** Answers what does not become a WebSocket. */
function refuse(socket: Duplex, status: string, body = ""): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
}

/** What a WebSocket address asks for. */
interface SocketAddress extends StreamAddress {
  readonly kind: SocketKind;
  readonly query: URLSearchParams;
}

/** `/ws`, `/ws/<a>/<b>`, `/stream?streams=<a>/<b>`, `/ws-api/v3`. Undefined for any other. */
function socketAddress(request: IncomingMessage): SocketAddress | undefined {
  const url = URL.parse(request.url ?? "/", "ws://127.0.0.1");
  const [, root, ...rest] = (url?.pathname ?? "").split("/");
  const api = /^\/ws-api\/v3\/?$/.test(url?.pathname ?? "");
  if (url === null || (root !== "ws" && root !== "stream" && !api)) return undefined;
  // A plus that was not encoded, as in `@kline_1d@+08:00`, has become a space.
  const listed = (url.searchParams.get("streams") ?? "").replaceAll(" ", "+").split("/");
  const named = api ? [] : root === "ws" ? rest.map(decode) : listed;
  const streams = named.filter((name) => name.includes("@") || LISTEN_KEY.test(name));
  return {
    kind: api ? "api" : streams.some((name) => LISTEN_KEY.test(name)) ? "user" : "market",
    query: url.searchParams,
    streams,
    combined: root === "stream",
    microseconds: /^microsecond$/i.test(url.searchParams.get("timeUnit") ?? ""),
  };
}

/** A stream's name as clients write it in a path: `!ticker%40arr` or plain. */
function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function tickSizeOf(info: SymbolInfo): number {
  return Number(info.filters.find((filter) => filter.filterType === "PRICE_FILTER")?.tickSize);
}
