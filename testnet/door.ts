/**
 * The port on the loopback interface: opened, closed, and opened again after a while.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";

/** Where clients come in. */
export interface Door {
  /**
   * Opens a port; 0 takes a free one. Returns which.
   *
   * @throws {Error} in one line, where it is taken.
   */
  open(port: number): Promise<number>;
  /** Ends all connections and refuses new ones, for good or until it is opened again; resolves when that is so. */
  close(forGood?: boolean): Promise<void>;
  /** Opens the same port again, so many milliseconds later. */
  reopen(ms: number): void;
}

/** Milliseconds between attempts to have the port again. */
const AGAIN = 200;

export function createDoor(
  options: {
    handle: (request: IncomingMessage, response: ServerResponse) => void;
    upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  },
): Door {
  let http: Server | undefined;
  let port = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let done = false;
  /** Times it was closed: an opening that was under way by then comes too late. */
  let closings = 0;
  const connections = new Set<Socket>();

  const open = async (wanted: number) => {
    const before = closings;
    const server = createServer(options.handle);
    // Longer than clients keep idle connections, or one is closed under a request that is just being sent.
    server.keepAliveTimeout = 75_000;
    server.on("upgrade", options.upgrade);
    server.on("connection", (socket: Socket) => {
      connections.add(socket);
      socket.once("close", () => connections.delete(socket));
    });
    const found = await listen(server, wanted);
    if (closings !== before) {
      server.close();
      return found;
    }
    http = server;
    return port = found;
  };
  const close = async (forGood = false) => {
    clearTimeout(timer);
    closings++;
    done ||= forGood;
    const server = http;
    http = undefined;
    const closed = new Promise<void>((resolve) => server === undefined ? resolve() : server.close(() => resolve()));
    server?.closeAllConnections();
    // An upgraded connection is not the server's any more, and a half-open one nobody else's.
    for (const socket of connections) socket.destroy();
    if (forGood) await closed;
  };
  const reopen = (ms: number) => {
    clearTimeout(timer);
    if (done) return;
    // Where somebody has taken the port meanwhile, it is tried again: there is nobody to tell.
    timer = setTimeout(() => void open(port).catch(() => http === undefined && reopen(AGAIN)), ms);
  };
  return { open, close, reopen };
}

function listen(http: Server, port: number): Promise<number> {
  if (!(Number.isInteger(port) && port >= 0 && port <= 65535)) {
    throw new RangeError(`port = ${port}, must be an integer from 0 to 65535`);
  }
  return new Promise((resolve, reject) => {
    http.once("error", (error: Error & { code?: string }) => {
      const why = error.code === "EADDRINUSE"
        ? "is in use by another program; choose another --port, or 0 for a free one"
        : `cannot be opened: ${error.message}`;
      reject(new Error(`127.0.0.1:${port} ${why}`));
    });
    http.listen(port, "127.0.0.1", () => resolve((http.address() as AddressInfo).port));
  });
}
