/** A thread that runs cells of the matrix. (I/O) */
import { serveJobs } from "./job_pool.ts";
import { matrixWork } from "./matrix.ts";

serveJobs(matrixWork);
