/**
 * What one connection of the WebSocket API listens to: user data streams, at most one for each account.
 *
 * @module
 */
import { badRequest } from "../errors.ts";
import type { Subscriber } from "../requests.ts";
import type { UserFeeds } from "./user_feeds.ts";

/** The subscriptions of one connection. */
export interface Subscriptions {
  /**
   * @param bySession made with the session's own key: ends when that logs out
   * @throws {ApiError} -2035.
   */
  begin(accountId: number, subscriber: Subscriber, bySession: boolean): number;
  /**
   * Ends one, or all.
   *
   * @throws {ApiError} -2036.
   */
  end(id: number | undefined, subscriber: Subscriber): void;
  /** Ends those of the session's own key. */
  logout(subscriber: Subscriber): void;
  readonly ids: readonly number[];
  /** What those that have ended say last, each once: JSON. */
  farewells(): string[];
  /** The connection has ended. */
  close(): void;
}

/** @param now market time as the client wants times */
export function createSubscriptions(feeds: UserFeeds, now: () => number): Subscriptions {
  const active = new Map<number, { stream: string; accountId: number; bySession: boolean }>();
  let nextId = 0;
  let last: string[] = [];
  const finish = (id: number, subscriber: Subscriber) => {
    const stream = active.get(id)?.stream as string;
    subscriber.unsubscribe([stream]);
    feeds.unsubscribe(stream);
    active.delete(id);
    last.push(JSON.stringify({ subscriptionId: id, event: { e: "eventStreamTerminated", E: now() } }));
  };
  return {
    begin(accountId, subscriber, bySession) {
      if ([...active.values()].some((other) => other.accountId === accountId)) {
        throw badRequest(-2035, "User Data Stream subscription already active.");
      }
      const id = nextId++;
      const stream = feeds.subscribe(accountId, id);
      active.set(id, { stream, accountId, bySession });
      subscriber.subscribe([stream]);
      return id;
    },
    end(id, subscriber) {
      const ids = id === undefined ? [...active.keys()] : [id];
      if (ids.length === 0 || !ids.every((one) => active.has(one))) {
        throw badRequest(-2036, "User Data Stream subscription not active.");
      }
      for (const one of ids) finish(one, subscriber);
    },
    logout(subscriber) {
      for (const [id, { bySession }] of [...active]) if (bySession) finish(id, subscriber);
    },
    get ids() {
      return [...active.keys()];
    },
    farewells() {
      const said = last;
      last = [];
      return said;
    },
    close() {
      for (const { stream } of active.values()) feeds.unsubscribe(stream);
      active.clear();
    },
  };
}
