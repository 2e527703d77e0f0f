/**
 * How a script that is told to end takes along everything it started (I/O).
 *
 * Jupyter starts each kernel in a session of its own, and the notebook its testnet: a signal to the script alone, or to its
 * process group, would leave them behind, with the lock of the data folder.
 *
 * @module
 */

/** A running process. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Program and arguments in one line. */
  readonly command: string;
}

/** What the script does when told to end. */
export interface EndOptions {
  /** First word of the one line it ends with: `demo: ended by SIGTERM`. */
  readonly name: string;
  /** Signals to obey. Where SIGINT is left out, it is the children's own to answer. */
  readonly signals?: readonly Deno.Signal[];
  /** Wall time that Ctrl-C leaves running notebooks to cancel, to close and to write, milliseconds; 3000 by default. */
  readonly interruptMs?: number;
}

const CODES: Readonly<Record<string, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
/** Wall time between asking a process to end and ending it, milliseconds. */
const ASK_MS = 3000;
/** The same for the system to do away with what was ended. */
const GONE_MS = 2000;
const LOOK_MS = 50;
/** One Ctrl-C comes twice: from the terminal, and from `deno task`, which passes on its own. */
const ECHO_MS = 500;

let isGuarded = false;
let isEnding = false;

/**
 * From now on a signal ends every process below this one, then this one: asked first, killed after three seconds. Ctrl-C
 * first interrupts running notebooks; a second one does not wait for them.
 */
export function endWithChildren(options: EndOptions): void {
  const { name, signals = ["SIGTERM", "SIGINT", "SIGHUP"], interruptMs = 3000 } = options;
  isGuarded = signals.includes("SIGINT");
  let isUrgent = false;
  let since = 0;
  const end = async (signal: Deno.Signal) => {
    if (isEnding) return void (isUrgent = performance.now() - since > ECHO_MS);
    isEnding = true;
    since = performance.now();
    if (signal === "SIGINT") {
      const kernels = below(Deno.pid).filter(({ command }) => / jupyter --kernel /.test(command));
      for (const { pid } of kernels) send(pid, "SIGINT");
      if (kernels.length > 0) await until(() => isUrgent || !below(Deno.pid).some(isOneOf(kernels)), interruptMs);
    }
    await endTree(Deno.pid);
    console.error(`\n${name}: ended by ${signal}`);
    Deno.exit(CODES[signal] ?? 1);
  };
  for (const signal of signals) {
    // Windows knows no other.
    if (signal === "SIGINT" || Deno.build.os !== "windows") Deno.addSignalListener(signal, () => void end(signal));
  }
}

/**
 * How a child is started that shall be ended by {@linkcode endWithChildren}: out of reach of the terminal's Ctrl-C, which
 * would end it before its own children.
 */
export function childOptions(): Pick<Deno.CommandOptions, "detached"> {
  return { detached: isGuarded && Deno.build.os !== "windows" };
}

/** What a child gave; never, once this script is ending: that its children failed is no news then. */
export async function unlessEnding<T>(outcome: Promise<T>): Promise<T> {
  const result = await outcome;
  return isEnding ? await new Promise<never>(() => {}) : result;
}

/** Ends whatever runs below a process, and waits until it is gone. */
async function endTree(root: number): Promise<void> {
  if (Deno.build.os === "windows") {
    await new Deno.Command("taskkill", { args: ["/T", "/F", "/PID", String(root)] }).output();
    return;
  }
  // A process whose parent has ended is nobody's child any more: what was seen once is remembered.
  const seen = new Map<number, Process>();
  const alive = (onNew: (process: Process) => void) => {
    const now = processes();
    for (const known of [root, ...seen.keys()]) {
      for (const process of below(known, now)) {
        if (seen.has(process.pid)) continue;
        seen.set(process.pid, process);
        onNew(process);
      }
    }
    return now.filter(isOneOf([...seen.values()]));
  };
  const ask = ({ pid }: Process) => send(pid, "SIGTERM");
  if (await until(() => alive(ask).length === 0, ASK_MS)) return;
  await until(() => {
    const left = alive(() => {});
    for (const { pid } of left) send(pid, "SIGKILL");
    return left.length === 0;
  }, GONE_MS);
}

const isOneOf = (some: readonly Process[]) => ({ pid }: Process) => some.some((process) => process.pid === pid);

function send(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

async function until(isDone: () => boolean, milliseconds: number): Promise<boolean> {
  const start = performance.now();
  while (!isDone()) {
    if (performance.now() - start > milliseconds) return false;
    await new Promise((resume) => setTimeout(resume, LOOK_MS));
  }
  return true;
}

/** Children of a process, theirs, and so on. */
function below(root: number, all: readonly Process[] = processes()): Process[] {
  const found: Process[] = [];
  const parents = new Set([root]);
  for (let more = true; more;) {
    const next = all.filter(({ pid, parent }) => parents.has(parent) && !parents.has(pid));
    for (const process of next) parents.add(process.pid);
    found.push(...next);
    more = next.length > 0;
  }
  return found;
}

/** All that run; those that ended and wait to be noticed do not. */
export function processes(): Process[] {
  if (Deno.build.os !== "linux") return fromPs();
  const found: Process[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = Deno.readTextFileSync(`/proc/${name}/stat`);
      // The name in parentheses may hold anything.
      const [state = "", parent = ""] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (/[ZX]/.test(state)) continue;
      const command = Deno.readTextFileSync(`/proc/${name}/cmdline`).replaceAll("\0", " ");
      found.push({ pid: Number(name), parent: Number(parent), command });
    } catch {
      // Ended meanwhile.
    }
  }
  return found;
}

function fromPs(): Process[] {
  if (Deno.build.os === "windows") return [];
  const { stdout } = new Deno.Command("ps", { args: ["-A", "-o", "pid=,ppid=,stat=,command="] }).outputSync();
  return new TextDecoder().decode(stdout).split("\n").flatMap((line) => {
    const [, pid, parent, state = "", command = ""] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined || state.startsWith("Z") ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}
