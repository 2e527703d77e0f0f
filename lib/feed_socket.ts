/**
 * The sockets of a ccxt.pro instance: noticing at once when one is lost, and closing one for good.
 *
 * @module
 */
import ccxt from "ccxt";
import { withoutSecrets } from "./secrets.ts";

/** What is used of a ccxt.pro client: one socket. */
export interface Client {
  readonly url: string;
  error?: unknown;
  subscriptions: Record<string, { id?: unknown } | undefined>;
  rejections: Record<string, unknown>;
  connection?: { onmessage: unknown; readyState: number };
  onMessageCallback: (client: Client, message: unknown) => void;
  onErrorCallback: (client: Client, error: unknown) => void;
  onCloseCallback: (client: Client, event: unknown) => void;
  resolve(result: unknown, hash?: string): unknown;
  reject(error: unknown, hash?: string): unknown;
  reset(error: unknown): void;
  close(): unknown;
}

/** What is used of a ccxt.pro exchange's socket handling. */
export interface SocketOwner {
  clients?: Record<string, Client>;
  client(url: string): Client;
  options: { ws?: { backoffState?: Record<string, unknown> } };
}

/** What happens on a socket. */
export interface SocketWatcher {
  /** ccxt hands a result to whoever watches: called after every message it handled. */
  resolved(client: Client, result: unknown): void;
  /** ccxt tells watchers of an error, of one subscription (`hash`) or of all. */
  rejected(client: Client, error: unknown, hash: string | undefined): void;
  lost(client: Client, detail: string): void;
}

/** Watches every socket the instance has and will open. */
export function watchSockets(owner: SocketOwner, watcher: SocketWatcher): void {
  const adopted = new WeakSet<Client>();
  const adopt = (client: Client) => {
    if (adopted.has(client)) return client;
    adopted.add(client);
    const { resolve, reject, onErrorCallback, onCloseCallback } = client;
    client.resolve = (result, hash) => {
      const answer = resolve.call(client, result, hash);
      watcher.resolved(client, result);
      return answer;
    };
    client.reject = (error, hash) => {
      const answer = reject.call(client, error, hash);
      if (hash !== undefined) watcher.rejected(client, error, hash);
      return answer;
    };
    client.onErrorCallback = (_, error) => {
      onErrorCallback(client, error);
      watcher.lost(client, error instanceof Error && error.message ? withoutSecrets(error.message) : "socket error");
    };
    client.onCloseCallback = (_, event) => {
      onCloseCallback(client, event);
      const code = (event as { code?: number } | undefined)?.code;
      watcher.lost(client, `the venue closed the socket${code ? `, code ${code}` : ""}`);
    };
    return client;
  };
  for (const client of Object.values(owner.clients ?? {})) adopt(client);
  const open = owner.client;
  owner.client = (url) => adopt(open.call(owner, url));
}

/**
 * Closes a socket and forgets it at once: a half-open peer never answers the closing handshake, and what still arrives must not
 * reach the new book. All of this happens before the first await; the promise
 * resolves once the peer answered the closing handshake.
 */
export async function retire(owner: SocketOwner, client: Client, detail: string): Promise<void> {
  if (owner.clients?.[client.url] === client) delete owner.clients[client.url];
  client.onMessageCallback = () => {};
  // Its end is no news to anybody.
  client.subscriptions = {};
  // With an error set, ccxt's onClose leaves the successor at the same address alone.
  client.error ??= new ccxt.NetworkError(detail);
  client.reset(client.error);
  try {
    await client.close();
  } catch {
    // Never opened: there is nothing to close.
  }
}
