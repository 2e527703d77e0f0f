/**
 * Watching a session (I/O): a panel that refreshes at most twice a second, a line each market minute, and progress for whoever looks from
 * outside.
 *
 * @module
 */

import type { Display } from "./display.ts";
import { liveLine, liveTable } from "./live_table.ts";
import { createProgress, progressFile } from "./progress.ts";
import { type Config, locate } from "./settings.ts";
import type { Session, SessionReport, SessionSnapshot } from "./session.ts";
import type { Market } from "./types.ts";

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
  /** Shows the panel until the session has ended, and returns its report. */
  until(session: Session): Promise<SessionReport>;
}

const REFRESH_MS = 500;
const MINUTE = 60e6;

/** A watcher; what it writes for others goes to `out/progress.jsonl`, which begins anew. */
export function createWatch({ config, market, view }: WatchOptions): Watch {
  const path = progressFile(locate(config, config.paths.out));
  forget(path);
  const file = createProgress(path);
  let minute = -Infinity;
  return {
    progress(snapshot) {
      const { elapsed, duration, now } = snapshot;
      const total = duration > 0 ? { total: duration / 60 } : {};
      file.report({ step: "session", done: Math.floor(elapsed / 6) / 10, ...total, unit: "market minutes" });
      if (now === undefined || Math.floor(now / MINUTE) <= minute) return;
      minute = Math.floor(now / MINUTE);
      view.line(liveLine(snapshot, market));
    },
    async until(session) {
      const panel = view.panel();
      const look = () => liveTable(session.snapshot(), { market, config, now: Date.now() });
      await panel.update(look());
      const timer = setInterval(() => void panel.update(look()), REFRESH_MS);
      try {
        return await session.done;
      } finally {
        clearInterval(timer);
        await panel.finish(look());
      }
    },
  };
}

/** Removes the file of an earlier session. */
function forget(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
