/**
 * What is played: a recording, or a market that is made here.
 *
 * @module
 */
import type { Agenda } from "./agenda.ts";
import type { ReplayClock } from "./clock.ts";
import { createClientIds } from "./engine/client_ids.ts";
import type { SymbolRules } from "./engine/commands.ts";
import { createEngine } from "./engine/engine.ts";
import { createWorld, DEFAULT_WORLD, WORLD_ACCOUNTS, type WorldOptions } from "./engine/synthetic.ts";
import { createLive, type Live } from "./live.ts";
import { createLiveTape } from "./live_tape.ts";
import { createMarket, type Market } from "./market.ts";
import {
  createLiveTrading,
  createTrading,
  type Trading,
  type TradingListener,
  type TradingOptions,
} from "./private/trading.ts";
import { createReplay, type Listener, type Replay } from "./replay.ts";
import { openSource, type TapeSource } from "./source.ts";
import { isKnownSymbol, type SymbolInfo } from "./symbols.ts";
import { loadTape, type Tape } from "./tape.ts";

/** Which market to play. */
export interface SceneOptions extends TradingOptions {
  /** A recording on disk, or any other source of one. Needed unless `market` says otherwise. */
  readonly tape?: string | TapeSource;
  /** Instead of a recording: simulated traders, or nobody but the clients. */
  readonly market?: "synthetic" | "empty";
  /** What the simulated traders are like. */
  readonly world?: Partial<WorldOptions>;
  /** When a market that is made here begins, microseconds; now by default. */
  readonly beginTs?: number;
  /** Which symbol: where the recording has several, or of a market that is made here (BTCUSDT by default). */
  readonly symbol?: string;
  /** Seconds of the market that lie in the past when the clock begins. */
  readonly start?: number;
}

/** A market before its first moment. */
export interface Scene {
  readonly tape: Tape;
  readonly market: Market;
  /** Market time at which the clock begins, microseconds. */
  readonly startTs: number;
  /** Sets it going. */
  play(stage: Stage): { readonly trading: Trading; readonly replay: Replay };
}

/** What a scene is played on. */
export interface Stage {
  readonly info: SymbolInfo;
  readonly clock: ReplayClock;
  readonly agenda: Agenda;
  readonly listener: Listener;
  readonly trading: TradingListener;
}

/** Bars of one second that are kept of a market that is made here. */
const KEPT_SECONDS = 7200;
/** A market that is made here ends after so long, microseconds: nobody will see it. */
const LENGTH = 366 * 86_400_000_000;

/**
 * @throws {Error} in one line, if the recording is unusable.
 * @throws {RangeError} if an option is out of range.
 */
export async function openScene(options: SceneOptions): Promise<Scene> {
  if (options.market !== undefined) return madeScene(options);
  if (options.tape === undefined) throw new RangeError("tape = undefined, must be a recording unless market is given");
  const source = typeof options.tape === "string" ? await openSource(options.tape) : options.tape;
  const tape = await loadTape(source, options.symbol);
  const market = createMarket(tape);
  return {
    tape,
    market,
    startTs: startOf(tape, options.start ?? 0),
    play({ info, clock, agenda, listener, trading: tradingListener }) {
      const trading = createTrading(market, info, options, tradingListener);
      const replay = createReplay({
        market,
        clock,
        agenda,
        listener: { ...listener, meet: trading.event },
      });
      return { trading, replay };
    },
  };
}

function startOf(tape: { startTs: number; endTs: number; bookTs: number }, seconds: number): number {
  const length = (tape.endTs - tape.startTs) / 1e6;
  if (!(seconds >= 0 && seconds < length)) {
    throw new RangeError(`start = ${seconds}, must be 0 or more and less than the tape's ${length.toFixed(1)} seconds`);
  }
  return Math.max(tape.startTs + Math.round(seconds * 1e6), tape.bookTs);
}

function madeScene(options: SceneOptions): Scene {
  const { market: kind, symbol = "BTCUSDT", start = 0, seed = 1 } = options;
  if (!isKnownSymbol(symbol)) throw new RangeError(`symbol = ${symbol}, must be one whose rules are known`);
  if (!(start >= 0 && start <= 86_400)) throw new RangeError(`start = ${start}, must be from 0 to 86400 seconds`);
  const startTs = options.beginTs ?? Math.floor(Date.now() / 1000) * 1_000_000;
  const begin = startTs - Math.round(start * 1e6);
  const world = { ...DEFAULT_WORLD, seed, ...options.world };
  const name = kind === "empty" ? "empty" : `synthetic k=${world.k} informed=${world.informed} seed=${world.seed}`;
  const live = createLiveTape({ name, symbol, startTs: begin, endTs: startTs + LENGTH });
  const market = createMarket(live.tape, live.aggregates, KEPT_SECONDS);
  return {
    tape: live.tape,
    market,
    startTs,
    play({ info, clock, agenda, listener, trading: tradingListener }) {
      const engine = createEngine({
        rules: info as unknown as SymbolRules,
        clientOrderId: createClientIds(seed),
        // The past of simulated traders would fill the memory.
        keeps: (accountId) => accountId < WORLD_ACCOUNTS,
      });
      const traders = kind === "synthetic" ? createWorld(engine, begin, world) : undefined;
      // The world's own trades may be with clients, whose streams are told too.
      const pass = (events: Parameters<Live["publish"]>[0]) => trading.pass(events);
      const replay: Live = createLive({ engine, live, market, clock, agenda, listener, world: traders, pass, startTs });
      const trading = createLiveTrading(engine, info, options, tradingListener, (events) => replay.publish(events));
      return { trading, replay };
    },
  };
}
