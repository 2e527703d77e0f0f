/**
 * A session's figures for Prometheus, on 127.0.0.1 (I/O). Off unless `metrics.endpoint` is `served`; it closes with the session.
 * `docs/grafana.json` is a dashboard for it.
 *
 * @module
 */

import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { answer, serveLoopback } from "./loopback.ts";
import type { Session, SessionSnapshot } from "./session.ts";

/** The endpoint of one session. */
export interface MetricsEndpoint {
  readonly url: string;
  close(): Promise<void>;
}

/** Seconds. */
const LATENCY_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
const STATES: readonly SessionSnapshot["state"][] = ["connecting", "warming", "quoting", "paused", "out", "stopped"];

/** @throws {Deno.errors.AddrInUse} where the port is taken */
export function openMetrics(
  session: Session,
  { symbol, port = 0 }: { readonly symbol: string; readonly port?: number },
): MetricsEndpoint {
  const registry = createMetrics(session, symbol);
  const server = serveLoopback({
    port,
    async handle(request) {
      if (request.method !== "GET") return answer(405, "only GET");
      if (new URL(request.url).pathname !== "/metrics") return answer(404, "see /metrics");
      return new Response(await registry.metrics(), { headers: { "content-type": registry.contentType } });
    },
  });
  const close = () => server.close();
  session.done.then(close, close);
  return { url: `${server.origin}/metrics`, close };
}

/** All metrics of a session, read from it when they are asked for. */
export function createMetrics(session: Session, symbol: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ symbol });
  const registers = [registry];

  /** Sets of one name, told apart by a label; what is not known is left out. */
  function gauge(
    name: string,
    help: string,
    label: string,
    values: (s: SessionSnapshot) => Record<string, number | undefined>,
  ) {
    new Gauge({
      name: `makerbook_${name}`,
      help,
      labelNames: label ? [label] : [],
      registers,
      collect() {
        this.reset();
        for (const [key, value] of Object.entries(values(session.snapshot()))) {
          if (value === undefined) continue;
          if (label) this.set({ [label]: key }, value);
          else this.set(value);
        }
        // An unlabelled gauge is 0 after a reset, and that would be a figure nobody measured.
        if (!label && Object.values(values(session.snapshot()))[0] === undefined) this.remove();
      },
    });
  }

  function counter(name: string, help: string, label: string, values: (s: SessionSnapshot) => Record<string, number>) {
    new Counter({
      name: `makerbook_${name}_total`,
      help,
      labelNames: label ? [label] : [],
      registers,
      collect() {
        this.reset();
        for (const [key, value] of Object.entries(values(session.snapshot()))) {
          if (label) this.inc({ [label]: key }, value);
          else this.inc(value);
        }
      },
    });
  }

  gauge(
    "state",
    "1 for the state that the session is in",
    "state",
    ({ state }) => Object.fromEntries(STATES.map((name) => [name, name === state ? 1 : 0])),
  );
  gauge("pnl_quote", "PnL since the start by part, quote currency", "part", ({ pnl }) => ({
    spread: pnl?.spreadCaptured,
    inventory: pnl?.inventoryPnl,
    fees: pnl && -pnl.fees,
    net: pnl?.equity,
  }));
  gauge("position_base", "Signed position, base currency", "", ({ position }) => ({ position }));
  gauge(
    "position_cap_base",
    "Largest position allowed, base currency",
    "",
    () => ({ cap: session.settings.risk.q_max }),
  );
  gauge("price_quote", "Prices, quote currency per base", "of", ({ bestBid, bestAsk, quote }) => ({
    best_bid: bestBid,
    best_ask: bestAsk,
    mid: quote?.mid,
    our_bid: quote?.bid,
    our_ask: quote?.ask,
  }));
  gauge("term", "Terms of the last decision, units as in docs/model.md", "term", ({ quote, kError }) => ({
    sigma: quote?.sigma,
    tau: quote?.tau,
    tau_floor: quote?.tauFloor,
    k: quote?.k,
    k_error: kError,
    gamma: quote?.gamma,
    kappa: quote?.kappa,
    half_spread: quote?.halfSpread,
    skew: quote?.psi,
  }));
  gauge(
    "message_age_seconds",
    "Wall time since the last message",
    "stream",
    ({ health }) =>
      Object.fromEntries(
        Object.entries(health.lastMessageTs).map(([name, ts]) => [name, Math.max(0, Date.now() - ts) / 1000]),
      ),
  );
  gauge(
    "market_time_seconds",
    "Time of the last market event, Unix time",
    "",
    ({ now }) => ({ now: now && now / 1e6 }),
  );
  counter("decisions", "Decisions that differ from the one before", "", ({ quote }) => ({ decisions: quote?.id ?? 0 }));
  counter("orders", "Orders by what became of them", "event", ({ counts }) => {
    const { sent, accepted, rejected, cancelled, filled } = counts;
    return { sent, accepted, rejected, cancelled, filled };
  });
  counter("fills", "Executions of our orders", "", ({ fills }) => ({ fills }));
  counter("messages", "Messages received", "stream", ({ health }) => health.messages);
  counter("gaps", "Times the market was lost", "", ({ recorded }) => ({ gaps: recorded.gaps }));
  counter("reconnects", "Dials after the first", "", ({ health }) => ({ reconnects: health.reconnects }));

  const latency = new Histogram({
    name: "makerbook_latency_seconds",
    help:
      "Market time: entry from sending an order to the book, cancel from asking to its end, fill from the event to our knowledge",
    labelNames: ["of"],
    buckets: LATENCY_BUCKETS,
    registers,
  });
  for (const  of of["entry", "cancel", "fill"]) latency.zero({ of });
  session.listen({
    fill: ({ exchTs, localTs }) => latency.observe({ of: "fill" }, Math.max(0, localTs - exchTs) / 1e6),
    order({ sentTs, acceptedTs, cancelSentTs, localTs, end }) {
      if (acceptedTs !== undefined) latency.observe({ of: "entry" }, Math.max(0, acceptedTs - sentTs) / 1e6);
      if (end === "cancelled" && cancelSentTs !== undefined) {
        latency.observe({ of: "cancel" }, Math.max(0, localTs - cancelSentTs) / 1e6);
      }
    },
  });
  return registry;
}
