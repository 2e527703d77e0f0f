/**
 * What a private endpoint is given and what it gives back.
 *
 * @module
 */
import type { Params } from "../params.ts";
import type { Time } from "./answers.ts";
import type { Owner, Trading } from "./trading.ts";

/** One signed request. */
export interface PrivateCall {
  readonly params: Params;
  readonly owner: Owner;
  readonly trading: Trading;
  /** Market time, microseconds. */
  readonly ts: number;
  readonly time: Time;
}

/** An answer. `status` is 200 unless stated. */
export interface PrivateAnswer {
  readonly body: unknown;
  readonly weight: number;
  readonly status?: number;
  /** Whether the answer shows the order counts. */
  readonly counts?: boolean;
}

/** An endpoint: reads its parameters and answers. */
export type PrivateEndpoint = (call: PrivateCall) => PrivateAnswer;
