/**
 * Jobs on worker threads (I/O): a pool of workers that were set up alike, each given one job at a time.
 *
 * A worker's module calls {@linkcode serveJobs}; the pool is {@linkcode runJobs}.
 *
 * @module
 */

/// <reference lib="deno.worker" />

/** What a pool needs. */
export interface PoolOptions<Setup, Job, Result, Sent = Job> {
  /** The worker's module. */
  readonly module: URL;
  /** Copied to each worker once; typed arrays over shared memory are shared. */
  readonly setup: Setup;
  readonly jobs: readonly Job[];
  /** What a worker is sent for a job, made when its turn comes; the job itself where absent. */
  readonly send?: (job: Job) => Promise<Sent>;
  /** Threads; as many as there are cores, and no more than jobs, where absent. */
  readonly workers?: number;
  /** Called as each job is done, in the order of their ends. A promise is waited for before the next is taken. */
  readonly done?: (result: Result, index: number) => void | Promise<void>;
}

interface Order<Job> {
  readonly index: number;
  readonly job: Job;
}

interface Answer<Result> {
  readonly index: number;
  readonly result?: Result;
  readonly error?: { readonly name: string; readonly message: string; readonly stack?: string };
}

/**
 * Runs all jobs and returns their results in the order of the jobs.
 *
 * @throws the first error of a worker, by its own name and message; the others are then ended
 */
export async function runJobs<Setup, Job, Result, Sent = Job>(
  options: PoolOptions<Setup, Job, Result, Sent>,
): Promise<Result[]> {
  const { module, setup, jobs, send, done } = options;
  const results = new Array<Result>(jobs.length);
  const count = Math.min(jobs.length, Math.max(1, options.workers ?? navigator.hardwareConcurrency));
  let next = 0;
  const workers: Worker[] = [];
  const lane = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(module, { type: "module" });
      workers.push(worker);
      const more = async () => {
        if (next >= jobs.length) return resolve();
        const index = next++;
        const job = jobs[index]!;
        worker.postMessage({ index, job: send ? await send(job) : job } as Order<Job | Sent>);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(`worker: ${event.message}`));
      };
      worker.onmessage = async ({ data }: MessageEvent<Answer<Result> | "ready">) => {
        if (data === "ready") return worker.postMessage({ setup });
        try {
          if ("error" in data && data.error) throw revived(data.error);
          if (data.index >= 0) {
            results[data.index] = data.result!;
            await done?.(data.result!, data.index);
          }
          await more();
        } catch (error) {
          reject(error);
        }
      };
    });
  try {
    await Promise.all(Array.from({ length: count }, lane));
  } finally {
    for (const worker of workers) worker.terminate();
  }
  return results;
}

/** The worker's side. @param prepare makes what does one job, from what the pool was set up with */
export function serveJobs<Setup, Job, Result>(
  prepare: (setup: Setup) => (job: Job) => Result | Promise<Result>,
): void {
  let work: (job: Job) => Result | Promise<Result>;
  const scope = self as unknown as DedicatedWorkerGlobalScope;
  const answer = (data: Answer<Result>) => scope.postMessage(data);
  scope.onmessage = async ({ data }: MessageEvent<{ setup: Setup } | Order<Job>>) => {
    const index = "setup" in data ? -1 : data.index;
    try {
      if ("setup" in data) {
        work = prepare(data.setup);
        answer({ index });
      } else {
        answer({ index, result: await work(data.job) });
      }
    } catch (error) {
      const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
      answer({ index, error: { name, message, stack } });
    }
  };
  scope.postMessage("ready");
}

function revived({ name, message, stack }: NonNullable<Answer<never>["error"]>): Error {
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}
