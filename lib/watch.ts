/**
 * Watching a session (I/O): a panel that refreshes at most twice a second, a line each market minute, and progress for whoever looks from
 * outside.
 *
 * @module
 */

import type { Display, Panel } from "./display.ts";
import { livePanel } from "./live_panel.ts";
import { liveLine } from "./live_table.ts";
import { createRate } from "./rate.ts";
import { createProgress, progressFile } from "./progress.ts";
import { type Config, locate } from "./settings.ts";
import type { Session, SessionReport, SessionSnapshot } from "./session.ts";
import type { Table } from "./table.ts";
import type { Market } from "./types.ts";
import { createCountdown } from "./warm_up.ts";

/** What is watched, and where it is shown. */
export interface WatchOptions {
  readonly config: Config;
  readonly market: Market;
  readonly view: Display;
}

/** A watcher of one session. */
export interface Watch {
  /** For `SessionOptions.onProgress`. */
  readonly progress: (snapshot: SessionSnapshot) => void;
  /** Shows the panel where it is called, and returns: it is refreshed in the background until the session has ended. */
  show(session: Session): Promise<void>;
  /** Waits until the session has ended, its panel being shown, and returns its report. */
  until(session: Session): Promise<SessionReport>;
}

const REFRESH_MS = 500;
const MINUTE = 60e6;

/** A watcher; what it writes for others goes to `out/progress.jsonl`. */
export function createWatch({ config, market, view }: WatchOptions): Watch {
  const file = createProgress(progressFile(locate(config, config.paths.out)));
  let minute = -Infinity;
  /** Sessions that have a panel; each resolves with its last refresh. */
  const shown = new WeakMap<Session, Promise<void>>();

  async function show(session: Session) {
    const panel = view.panel();
    const [rate, countdown] = [createRate(), createCountdown()];
    const look = () => {
      const [snapshot, now] = [session.snapshot(), Date.now()];
      const { messages } = snapshot.health;
      return livePanel(snapshot, {
        market,
        config: session.settings,
        now,
        rate: rate(now, messages.book + messages.trades),
        countdown: countdown(snapshot.elapsed, snapshot.warmUp),
      });
    };
    await panel.update(look());
    shown.set(session, refresh(session, panel, look));
  }

  return {
    progress(snapshot) {
      const { elapsed, duration, now } = snapshot;
      const total = duration > 0 ? { total: duration / 60 } : {};
      file.report({ step: "session", done: Math.floor(elapsed / 6) / 10, ...total, unit: "market minutes" });
      if (now === undefined || Math.floor(now / MINUTE) <= minute) return;
      minute = Math.floor(now / MINUTE);
      view.line(liveLine(snapshot, market));
    },
    show,
    async until(session) {
      if (!shown.has(session)) await show(session);
      try {
        return await session.done;
      } finally {
        await shown.get(session);
      }
    },
  };
}

/** Refreshes a panel until its session has ended, and leaves the last state. */
async function refresh(session: Session, panel: Panel, look: () => Table): Promise<void> {
  const timer = setInterval(() => void panel.update(look()), REFRESH_MS);
  // Its failure is told to whoever awaits the session.
  await session.done.catch(() => {});
  clearInterval(timer);
  await panel.finish(look());
}
