/**
 * The testnet's own endpoints below `/testnet`: what Binance does not have.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import type { ReplayClock } from "./clock.ts";
import { checkFault } from "./fault_spec.ts";
import type { Faults } from "./faults.ts";
import { DECIMAL, formatUnits, parseMoney } from "./engine/money.ts";
import type { Hub } from "./hub.ts";
import type { Lockstep, StepOptions } from "./lockstep.ts";
import type { Trading } from "./private/trading.ts";
import type { Replay } from "./replay.ts";
import type { Publisher } from "./streams.ts";
import type { Tape } from "./tape.ts";

/** What can be watched and changed. */
export interface Control {
  readonly clock: ReplayClock;
  readonly replay: Replay;
  readonly hub: Hub;
  readonly faults: Faults;
  readonly publisher: Publisher;
  readonly tape: Tape;
  readonly trading: Trading;
  readonly lockstep: Lockstep;
  readonly startTs: number;
  stop(): void;
}

/** Answers a control request with an HTTP status and a body. */
export async function answerControl(
  request: IncomingMessage,
  path: string,
  control: Control,
): Promise<[status: number, body: unknown]> {
  const route = `${request.method} ${path}`;
  try {
    switch (route) {
      case "GET /testnet":
      case "GET /testnet/status":
        return [200, status(control)];
      case "GET /testnet/faults":
        return [200, { begun: control.faults.begun, active: control.faults.active() }];
      case "GET /testnet/served":
        return [200, servedUpTo(request, control)];
      case "POST /testnet/clock":
        setClock(await readObject(request), control);
        return [200, status(control)];
      case "POST /testnet/step":
        return [200, await control.lockstep.step(stepOptions(await readObject(request)))];
      case "POST /testnet/fault":
        control.replay.advance();
        control.faults.inject(checkFault(await readObject(request)));
        return [200, status(control)];
      case "POST /testnet/deposit":
        return [200, deposit(await readObject(request), control)];
      case "POST /testnet/stop":
        control.stop();
        return [200, {}];
      default:
        return [404, { error: `no such control: ${route}` }];
    }
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return [400, { error: error.message }];
    throw error;
  }
}

function setClock(change: Record<string, unknown>, { clock, replay }: Control): void {
  const { held, speed, step, ...unknown } = change;
  for (const name of Object.keys(unknown)) throw new TypeError(`clock: unknown key ${name}; known: held, speed, step`);
  if (held !== undefined && typeof held !== "boolean") throw new TypeError(`clock: held = ${held}, must be a boolean`);
  if (speed !== undefined && typeof speed !== "number") {
    throw new TypeError(`clock: speed = ${speed}, must be a number`);
  }
  if (step !== undefined && typeof step !== "number") throw new TypeError(`clock: step = ${step}, must be a number`);
  replay.advance();
  clock.set({ held, speed, step: step === undefined ? undefined : step * 1e6 });
  replay.advance();
  replay.run();
}

function stepOptions(body: Record<string, unknown>): StepOptions {
  const { until, limit, received, ...unknown } = body;
  for (const name of Object.keys(unknown)) {
    throw new TypeError(`step: unknown key ${name}; known: until, limit, received`);
  }
  if (until !== undefined && until !== "sent" && until !== "next") {
    throw new TypeError(`step: until = ${until}, must be sent or next`);
  }
  for (const [name, value] of Object.entries({ limit, received })) {
    if (value !== undefined && typeof value !== "number") {
      throw new TypeError(`step: ${name} = ${value}, must be a number`);
    }
  }
  return body as StepOptions;
}

/** `{"asset":"USDT","amount":"-100"}`, for the first account or that of `key`: more money, or less. */
function deposit(body: Record<string, unknown>, { trading, clock, replay }: Control) {
  const { asset, amount, key } = body;
  if (typeof asset !== "string" || !/^[A-Z0-9]{1,12}$/.test(asset)) {
    throw new TypeError(`deposit: asset = ${asset}, must be a name such as USDT`);
  }
  const [, sign, digits = ""] = /^(-?)(.*)$/.exec(String(amount)) as unknown as string[];
  const units = DECIMAL.test(digits) ? parseMoney(digits) : undefined;
  if (units === undefined) {
    throw new TypeError(`deposit: amount = ${amount}, must be a decimal text with at most 8 digits after the point`);
  }
  const owner = trading.owners.find(({ apiKey }) => key === undefined || apiKey === key);
  if (owner === undefined) throw new RangeError(`deposit: key = ${key}, must be that of an account`);
  replay.advance();
  trading.tell(trading.engine.deposit(owner.accountId, asset, sign === "-" ? -units : units, clock.now()));
  const { free, locked } = trading.engine.account(owner.accountId).balance(asset);
  return { asset, free: formatUnits(free), locked: formatUnits(locked) };
}

/** `?depth=<update id>&trade=<trade id>`: payloads served up to these ids, to be compared with what a client recorded. */
function servedUpTo(request: IncomingMessage, { publisher }: Control) {
  const asked = new URL(request.url ?? "/", "http://127.0.0.1").searchParams;
  const counts: Record<string, number> = {};
  for (const kind of ["depth", "trade"] as const) {
    const id = asked.get(kind);
    if (id === null) continue;
    if (!/^\d+$/.test(id)) throw new TypeError(`served: ${kind} = ${id}, must be an id`);
    counts[kind] = publisher.servedUpTo(kind, Number(id));
  }
  return counts;
}

function status({ clock, replay, hub, faults, publisher, tape, startTs }: Control) {
  return {
    symbol: tape.symbol,
    tape: tape.name,
    start: startTs,
    end: tape.endTs,
    marketTs: clock.now(),
    held: clock.held,
    ended: replay.ended,
    speed: clock.speed,
    served: Object.fromEntries(publisher.served),
    issued: Object.fromEntries(publisher.issued),
    sent: Object.fromEntries(hub.sent),
    connections: hub.connections.map(({ id, streams, sent }) => ({
      id,
      streams: [...streams],
      sent: Object.fromEntries(sent),
    })),
    faults: faults.active(),
    subscriptions: hub.connections.flatMap((connection) => [...connection.streams]),
  };
}

async function readObject(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = new TextDecoder().decode(await new Blob(chunks as BlobPart[]).arrayBuffer());
  let value: unknown;
  try {
    value = JSON.parse(text === "" ? "{}" : text);
  } catch {
    throw new TypeError(`the body is not JSON: ${text.slice(0, 60)}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`the body must be a JSON object: ${text.slice(0, 60)}`);
  }
  return value as Record<string, unknown>;
}
