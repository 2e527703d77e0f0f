/**
 * User data streams: who listens to which account, by listen key or by a subscription of the WebSocket API.
 *
 * @module
 */
import { createRandom } from "makerbook/random.ts";
import type { EngineEvent } from "../engine/events.ts";
import { badRequest } from "../errors.ts";
import type { Outgoing } from "../faults.ts";
import { userPayload } from "./user_events.ts";

/** A listen key lives this long after it was made or renewed, milliseconds. */
export const LISTEN_KEY_MS = 3_600_000;

/** All user data streams. */
export interface UserFeeds {
  tell(event: EngineEvent): void;
  /** The account's listen key, made if it has none, and renewed. */
  listenKey(accountId: number): string;
  /** @throws {ApiError} -1125. */
  renew(listenKey: string, accountId: number): void;
  /** @throws {ApiError} -1125. */
  close(listenKey: string, accountId: number): void;
  /** A stream of its own for a subscription of the WebSocket API, whose events are wrapped. */
  subscribe(accountId: number, subscriptionId: number): string;
  unsubscribe(stream: string): void;
  /** Ends listen keys that were not renewed, or all of them, and says so to those who listen. */
  expire(all?: boolean): void;
  /** Forgets every listen key, without a word. */
  forget(): void;
}

interface Feed {
  readonly accountId: number;
  /** Undefined for a listen key. */
  readonly subscriptionId?: number;
  /** Wall time at which a listen key ends, milliseconds. */
  until: number;
}

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const toMs = (ts: number) => Math.floor(ts / 1000);

/**
 * @param options.send takes each payload on its way through the faults to the sockets
 * @param options.now market time, microseconds
 */
export function createUserFeeds(
  options: { seed: number; send: (message: Outgoing) => void; now: () => number; wallMs?: () => number },
): UserFeeds {
  const { send, now } = options;
  const wallMs = options.wallMs ?? (() => performance.now());
  const random = createRandom(options.seed);
  const feeds = new Map<string, Feed>();
  let subscriptions = 0;
  const find = (listenKey: string, accountId: number) => {
    const feed = feeds.get(listenKey);
    if (feed?.accountId !== accountId || feed.subscriptionId !== undefined) {
      throw badRequest(-1125, "This listenKey does not exist.");
    }
    return feed;
  };
  const emit = (stream: string, { subscriptionId }: Feed, payload: Record<string, unknown>) => {
    const body = subscriptionId === undefined ? payload : { subscriptionId, event: payload };
    const names = [`${payload.e}`, `${payload.e}:${payload.x}`];
    send({ stream, kind: "user", text: JSON.stringify(body), names });
  };
  return {
    tell(event) {
      if (event.type === "trade" || feeds.size === 0) return;
      const payload = userPayload(event, toMs);
      if (payload === undefined) return;
      for (const [stream, feed] of feeds) if (feed.accountId === event.accountId) emit(stream, feed, payload);
    },
    listenKey(accountId) {
      const until = wallMs() + LISTEN_KEY_MS;
      for (const [key, feed] of feeds) {
        if (feed.accountId !== accountId || feed.subscriptionId !== undefined) continue;
        feed.until = until;
        return key;
      }
      const key = Array.from({ length: 64 }, () => LETTERS[random.integer(LETTERS.length)]).join("");
      feeds.set(key, { accountId, until });
      return key;
    },
    renew(listenKey, accountId) {
      find(listenKey, accountId).until = wallMs() + LISTEN_KEY_MS;
    },
    close(listenKey, accountId) {
      find(listenKey, accountId);
      feeds.delete(listenKey);
    },
    subscribe(accountId, subscriptionId) {
      const stream = `user#${++subscriptions}`;
      feeds.set(stream, { accountId, subscriptionId, until: Infinity });
      return stream;
    },
    unsubscribe: (stream) => void feeds.delete(stream),
    expire(all = false) {
      for (const [listenKey, feed] of feeds) {
        if (feed.subscriptionId !== undefined || (!all && feed.until > wallMs())) continue;
        feeds.delete(listenKey);
        emit(listenKey, feed, { e: "listenKeyExpired", E: toMs(now()), listenKey });
      }
    },
    forget() {
      for (const [stream, { subscriptionId }] of feeds) if (subscriptionId === undefined) feeds.delete(stream);
    },
  };
}
