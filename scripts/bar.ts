/**
 * A bar for long work: redrawn on a terminal, a line every tenth elsewhere.
 *
 * @module
 */

const WIDTH = 30;
const encoder = new TextEncoder();

/** @returns takes the share done, 0..1 */
export function bar(title: string): (done: number) => void {
  const start = performance.now();
  const isTerminal = Deno.stderr.isTerminal();
  let shown = -1;
  let line = "";
  return (done) => {
    const steps = isTerminal ? Math.floor(done * 200) : Math.floor(done * 10);
    if (steps === shown) return;
    shown = steps;
    const seconds = (performance.now() - start) / 1000;
    const filled = Math.round(done * WIDTH);
    const left = done > 0 && done < 1 ? `, ${(seconds / done - seconds).toFixed(0)} s left` : "";
    const next = `${title} [${"#".repeat(filled)}${".".repeat(WIDTH - filled)}] ${Math.floor(100 * done)} %, ${
      seconds.toFixed(1)
    } s${left}`;
    const text = isTerminal ? `\r${next.padEnd(line.length)}${done >= 1 ? "\n" : ""}` : `${next}\n`;
    line = next;
    Deno.stderr.writeSync(encoder.encode(text));
  };
}
