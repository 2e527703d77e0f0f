/**
 * A small server on 127.0.0.1 that nobody else can reach (I/O): not from another machine, and not from a web page whose name was made to
 * point here (DNS rebinding), because the Host must be the very address.
 *
 * @module
 */

/** A running server. */
export interface LoopbackServer {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  close(): Promise<void>;
}

/** Headers of every answer. */
const PLAIN = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
};

/**
 * Serves on 127.0.0.1.
 *
 * @param options.port 0 takes a free one
 * @param options.handle answers a request whose Host is right
 * @throws {Deno.errors.AddrInUse} where the port is taken
 */
export function serveLoopback(
  { port, handle }: {
    readonly port: number;
    readonly handle: (request: Request, origin: string) => Response | Promise<Response>;
  },
): LoopbackServer {
  const ending = new AbortController();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port,
    signal: ending.signal,
    onListen() {},
    onError: () => answer(500, "the server failed"),
  }, async (request) => {
    if (request.headers.get("host") !== `127.0.0.1:${server.addr.port}`) return answer(421, "wrong host");
    const response = await handle(request, origin());
    for (const [name, value] of Object.entries(PLAIN)) response.headers.set(name, value);
    return response;
  });
  const origin = () => `http://127.0.0.1:${server.addr.port}`;
  return {
    origin: origin(),
    async close() {
      ending.abort();
      await server.finished;
    },
  };
}

/** A plain answer of one line. */
export function answer(status: number, text: string): Response {
  return new Response(`${text}\n`, { status, headers: { "content-type": "text/plain; charset=utf-8" } });
}
