/**
 * The WebSocket side: connections, what each listens to, and the counting of what was sent.
 *
 * @module
 */
import type { Duplex } from "node:stream";
// @ts-types="@types/ws"
import { WebSocket } from "ws";
import type { SocketKind } from "./fault_spec.ts";
import { answer, type Subscriber } from "./requests.ts";

/** Most streams one connection may listen to. */
const MAX_STREAMS = 1024;

/** One client's connection. */
export interface Connection {
  readonly id: number;
  readonly streams: Set<string>;
  /** Payloads are wrapped in `{"stream":…,"data":…}`. */
  combined: boolean;
  /** Times are in microseconds instead of milliseconds. */
  readonly microseconds: boolean;
  /** Payloads sent by stream. */
  readonly sent: Map<string, number>;
}

/** What a connection's address asks for. */
export interface StreamAddress {
  readonly streams: readonly string[];
  readonly combined: boolean;
  readonly microseconds: boolean;
}

/** How a connection's requests are answered. */
export interface Dialogue {
  /** Calls `reply` when there is an answer, if there is one. */
  answer(text: string | undefined, subscriber: Subscriber, reply: (text: string) => void): void;
  close(): void;
}

/** All connections. */
export interface Hub {
  /**
   * Takes over an open socket. `streams` are those named in its address. A connection that speaks another language than that
   * of the streams brings its own `dialogue`.
   */
  accept(socket: WebSocket, transport: Duplex, options: StreamAddress, dialogue?: Dialogue): void;
  /** Whether anybody listens to the stream. */
  has(stream: string): boolean;
  /** Sends a payload to all who listen to the stream. Returns how many do. */
  send(stream: string, text: string): number;
  /** Hands what was sent since the last time to the network: one write for a batch of messages. */
  flush(): void;
  /** Pings everybody; who has not answered for a minute is disconnected. */
  ping(): void;
  /** Ends every connection, or those of a kind, without a farewell, as a failing network does. */
  drop(kind?: SocketKind): void;
  /** From now on today's connections neither send, read nor answer pings. */
  freeze(kind?: SocketKind): void;
  /** Says that the server is about to shut down, and closes connections so many milliseconds later. */
  shutDown(kind: SocketKind | undefined, delayMs: number): void;
  /** Does that to connections that are a day old, saying so ten minutes before. */
  retire(): void;
  readonly connections: readonly Connection[];
  /** Streams that somebody listens to. */
  readonly streams: Iterable<string>;
  /** Payloads sent by stream, over all connections. */
  readonly sent: ReadonlyMap<string, number>;
}

/** Of its 24 hours a connection is told of the last ten minutes: microseconds of market time. */
const LIFE = 86_400_000_000;
const NOTICE = 600_000_000;

interface Client extends Connection {
  /** The WebSocket API. */
  readonly api: boolean;
  /** Market time. */
  readonly since: number;
  warned: boolean;
  readonly socket: WebSocket;
  readonly transport: Duplex;
  frozen: boolean;
  lastPong: number;
}

/** A listen key is a stream's name. */
export const LISTEN_KEY = /^[A-Za-z0-9]{64}$/;

/** Whether a stream tells of an account: a listen key, or a subscription of the WebSocket API. */
const isUserStream = (name: string) => LISTEN_KEY.test(name) || name.startsWith("user#");

/** One that has both kinds of streams is of both kinds. */
function isOfKind({ api, streams }: Client, kind: SocketKind | undefined): boolean {
  const names = [...streams];
  switch (kind) {
    case undefined:
      return true;
    case "api":
      return api;
    case "user":
      return names.some(isUserStream);
    case "market":
      return !api && (names.length === 0 || !names.every(isUserStream));
  }
}

/**
 * An exchange nobody is connected to.
 *
 * @param now market time, microseconds
 */
export function createHub(now: () => number): Hub {
  const clients = new Set<Client>();
  const byStream = new Map<string, Set<Client>>();
  const sent = new Map<string, number>();
  const corked = new Set<Duplex>();
  let farewells: ReturnType<typeof setTimeout>[] = [];
  let nextId = 1;

  const subscribe = (client: Client, names: readonly string[]): boolean => {
    const fresh = names.filter((name) => !client.streams.has(name));
    if (client.streams.size + fresh.length > MAX_STREAMS) return false;
    for (const name of fresh) {
      client.streams.add(name);
      const listeners = byStream.get(name) ?? new Set();
      byStream.set(name, listeners.add(client));
    }
    return true;
  };
  const unsubscribe = (client: Client, names: Iterable<string>) => {
    for (const name of [...names]) {
      client.streams.delete(name);
      const listeners = byStream.get(name);
      listeners?.delete(client);
      if (listeners?.size === 0) byStream.delete(name);
    }
  };

  const warn = (client: Client) => {
    client.warned = true;
    if (client.frozen || client.socket.readyState !== WebSocket.OPEN) return;
    const event = { e: "serverShutdown", E: Math.floor(now() / 1000) };
    const text = JSON.stringify(client.api ? { event } : event);
    client.socket.send(client.microseconds ? inMicroseconds(text) : text);
  };
  const farewell = ({ frozen, socket, transport }: Client) => {
    // What is still in the pipe leaves before.
    if (corked.delete(transport)) transport.uncork();
    if (!frozen) socket.close(1001);
  };

  return {
    accept(socket, transport, options, dialogue) {
      const client: Client = {
        id: nextId++,
        socket,
        transport,
        streams: new Set(),
        combined: options.combined,
        microseconds: options.microseconds,
        sent: new Map(),
        frozen: false,
        lastPong: performance.now(),
        api: dialogue !== undefined,
        since: now(),
        warned: false,
      };
      clients.add(client);
      subscribe(client, options.streams);
      socket.on("message", (data, isBinary) => {
        if (client.frozen) return;
        const text = isBinary ? undefined : String(data);
        const subscriber = {
          subscribe: (names: readonly string[]) => subscribe(client, names),
          unsubscribe: (names: readonly string[]) => unsubscribe(client, names),
        };
        const reply = (said: string) => {
          if (!client.frozen && socket.readyState === WebSocket.OPEN) socket.send(said);
        };
        if (dialogue === undefined) reply(answer(text, client, subscriber));
        else dialogue.answer(text, subscriber, reply);
      });
      socket.on("ping", (payload) => {
        if (!client.frozen) socket.pong(payload);
      });
      socket.on("pong", () => client.lastPong = performance.now());
      // A socket that fails is closed by the library right after; there is nobody to tell.
      socket.on("error", () => {});
      socket.on("close", () => {
        unsubscribe(client, client.streams);
        clients.delete(client);
        dialogue?.close();
      });
    },
    has: (stream) => byStream.has(stream),
    send(stream, text) {
      const listeners = byStream.get(stream);
      if (listeners === undefined) return 0;
      let wrapped: string | undefined;
      let count = 0;
      for (const client of listeners) {
        if (client.frozen || client.socket.readyState !== WebSocket.OPEN) continue;
        if (!corked.has(client.transport)) {
          client.transport.cork();
          corked.add(client.transport);
        }
        let payload = text;
        if (client.combined) payload = wrapped ??= `{"stream":"${stream}","data":${text}}`;
        client.socket.send(client.microseconds ? inMicroseconds(payload) : payload);
        client.sent.set(stream, (client.sent.get(stream) ?? 0) + 1);
        count++;
      }
      if (count > 0) sent.set(stream, (sent.get(stream) ?? 0) + count);
      return count;
    },
    flush() {
      for (const transport of corked) transport.uncork();
      corked.clear();
    },
    ping() {
      const now = performance.now();
      for (const { socket, frozen, lastPong } of clients) {
        if (frozen) continue;
        if (now - lastPong > 60_000) socket.terminate();
        else if (socket.readyState === WebSocket.OPEN) socket.ping(String(Math.floor(Date.now())));
      }
    },
    drop(kind) {
      if (kind === undefined) {
        for (const timer of farewells) clearTimeout(timer);
        farewells = [];
      }
      for (const client of [...clients]) if (isOfKind(client, kind)) client.socket.terminate();
    },
    freeze(kind) {
      for (const client of clients) {
        if (!isOfKind(client, kind)) continue;
        client.frozen = true;
        client.socket.pause();
      }
    },
    shutDown(kind, delayMs) {
      const leaving = [...clients].filter((client) => isOfKind(client, kind));
      for (const client of leaving) warn(client);
      if (delayMs > 0) farewells.push(setTimeout(() => leaving.forEach(farewell), delayMs));
      else leaving.forEach(farewell);
    },
    retire() {
      for (const client of clients) {
        const age = now() - client.since;
        if (age >= LIFE) farewell(client);
        else if (age >= LIFE - NOTICE && !client.warned) warn(client);
      }
    },
    get connections() {
      return [...clients];
    },
    get streams() {
      return byStream.keys();
    },
    sent,
  };
}

/** Every 13-digit time of a payload with three more digits. Of an account's events `u` is a time; of a market's, an update id. */
function inMicroseconds(text: string): string {
  const times = /"e"\s*:\s*"outboundAccountPosition"/.test(text)
    ? /"[ETtOCWu]"\s*:\s*\d{13}(?!\d)/g
    : /"[ETtOCW]"\s*:\s*\d{13}(?!\d)/g;
  return text.replace(times, (time) => `${time}000`);
}
