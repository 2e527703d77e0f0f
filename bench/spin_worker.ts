/** A thread that only computes: no memory beyond registers, so that two of them share nothing but what the machine shares. */

/// <reference lib="deno.worker" />

self.onmessage = ({ data: steps }: MessageEvent<number>) => {
  let s = 12345;
  for (let i = 0; i < steps; i++) s = (Math.imul(s, 1103515245) + 12345) | 0;
  self.postMessage(s);
};
self.postMessage("ready");
