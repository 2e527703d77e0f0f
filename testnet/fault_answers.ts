/**
 * What a failing exchange answers.
 *
 * @module
 */

const FAULT_BODIES: Readonly<Record<number, readonly [code: number, message: string]>> = {
  418: [
    -1003,
    "Way too much request weight used; IP banned. Please use WebSocket Streams for live updates to avoid bans.",
  ],
  429: [
    -1003,
    "Too much request weight used; current limit is 6000 request weight per 1 MINUTE. " +
    "Please use WebSocket Streams for live updates to avoid polling the API.",
  ],
  503: [-1008, "Server is currently overloaded with other requests. Please try again in a few minutes."],
  504: [-1007, "Timeout waiting for response from backend server. Send status unknown; execution status unknown."],
};

/** Code and message that come with a status. */
export function faultBody(status: number): readonly [code: number, message: string] {
  return FAULT_BODIES[status] ?? [-1000, "An unknown error occurred while processing the request."];
}
