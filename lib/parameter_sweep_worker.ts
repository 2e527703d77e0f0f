/** A thread that runs trials of a sweep. (I/O) */
import { serveJobs } from "./job_pool.ts";
import { sweepWork } from "./parameter_sweep.ts";

serveJobs(sweepWork);
