/**
 * `deno task test`: everything that must hold before a change is done. Format, lint and types count as one check each.
 *
 * @module
 */
import { basename, join } from "node:path";
import { childOptions, endWithChildren, unlessEnding } from "./ending.ts";
import { ROOT } from "./jupyter.ts";
import { notebookCode } from "./notebook.ts";
import { help } from "./options.ts";
import { main } from "./steps.ts";

/** Passed and failed of one step. */
interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly ignored?: number;
}

/** Files of the lane that waits, in order: those that hold us to a time come last, when the other lane is through. */
const WAITING = [
  "notebook_test.ts",
  "lab_test.ts",
  "research_test.ts",
  "reading_test.ts",
  "interrupt_test.ts",
  "store_kill_test.ts",
  "feed_end_test.ts",
  "feed_test.ts",
  "faults_test.ts",
  "recovery_test.ts",
  "guard_test.ts",
  "live_parity_test.ts",
  "live_kill_test.ts",
  "live_faults_test.ts",
];

await main(async () => {
  if (Deno.args.includes("--help")) {
    const about =
      "Format, lint, types, then every test. Other options go to `deno test`, such as --filter or a file's name.";
    console.log(help("deno task test [options of deno test]", about, { help: { about: "this text" } }));
    return 0;
  }
  endWithChildren({ name: "test" });
  const lock = Deno.env.get("CI") ? ["--frozen"] : [];
  const counts = [
    await check("format", ["fmt", "--check"]),
    await check("lint", ["lint"]),
    await check("types", ["check", ...lock, ...await sources(), ...await notebooks()]),
    ...await tests(lock),
  ];
  const sum = (name: keyof Count) => counts.reduce((total, count) => total + (count[name] ?? 0), 0);
  const ignored = sum("ignored");
  console.log(`\n${sum("passed")} passed, ${sum("failed")} failed${ignored > 0 ? `, ${ignored} skipped` : ""}`);
  return sum("failed") > 0 ? 1 : 0;
});

async function check(title: string, args: string[]): Promise<Count> {
  const { success } = await deno(title, args);
  return { passed: success ? 1 : 0, failed: success ? 0 : 1 };
}

/**
 * Two lanes side by side: what mostly computes, and what mostly waits, for processes, sockets and the wall clock. Files and
 * options of one's own are one lane.
 */
async function tests(lock: string[]): Promise<Count[]> {
  const args = ["test", "-A", ...lock];
  if (Deno.args.length > 0) return [await lane("tests", [...args, ...Deno.args])];
  const files = (await testFiles()).filter((file) => !WAITING.includes(basename(file)));
  const waiting = WAITING.map((name) => join("tests", name));
  return await Promise.all([
    lane("computing", [...args, "--no-check", ...files]),
    lane("waiting", [...args, "--no-check", ...waiting]),
  ]);
}

async function lane(title: string, args: string[]): Promise<Count> {
  const { success, output } = await deno(title, args, title === "tests" ? "" : `${title} | `);
  const summary = /\| (\d+) passed.*? \| (\d+) failed(?:.*? \| (\d+) ignored)?/.exec(output.slice(-2000));
  const [passed = 0, failed = 0, ignored = 0] = summary?.slice(1).map((digits) => Number(digits ?? 0)) ?? [];
  // A crash leaves no summary, or one without failures.
  return { passed, failed: success ? failed : Math.max(failed, 1), ignored };
}

/** Runs this Deno under a title, its output shown as it comes, each line after `prefix`, and kept. */
async function deno(title: string, args: string[], prefix = ""): Promise<{ success: boolean; output: string }> {
  console.log(`\n=== ${title}: deno ${args.slice(0, 2).join(" ")}`);
  const start = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    env: { ...settled(), NO_COLOR: "1" },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...childOptions(),
  }).spawn();
  const [output, , { success }] = await Promise.all([
    show(child.stdout, Deno.stdout, prefix),
    show(child.stderr, Deno.stderr, prefix),
    unlessEnding(child.status),
  ]);
  console.log(`=== ${title}: ${success ? "passed" : "FAILED"} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return { success, output };
}

/** The environment without a person's own settings, which no test may depend on. */
function settled(): Record<string, string> {
  return Object.fromEntries(Object.entries(Deno.env.toObject()).filter(([name]) => !name.startsWith("MAKERBOOK_")));
}

/** With a prefix, line by line: lines of two lanes do not mix. */
async function show(stream: ReadableStream<Uint8Array>, to: typeof Deno.stdout, prefix: string): Promise<string> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let text = "";
  let shown = 0;
  const write = (part: string) => {
    const bytes = encoder.encode(part);
    for (let sent = 0; sent < bytes.length;) sent += to.writeSync(bytes.subarray(sent));
  };
  for await (const bytes of stream) {
    text += decoder.decode(bytes, { stream: true });
    const end = prefix === "" ? text.length : text.lastIndexOf("\n") + 1;
    if (end <= shown) continue;
    const part = text.slice(shown, end);
    write(prefix === "" ? part : part.replaceAll(/.*\n/g, (line) => prefix + line));
    shown = end;
  }
  if (shown < text.length) write(`${prefix}${text.slice(shown)}\n`);
  return text;
}

/** The test files, by their path below the project. */
async function testFiles(): Promise<string[]> {
  const files: string[] = [];
  for await (const { name } of list("tests")) if (name.endsWith("_test.ts")) files.push(join("tests", name));
  return files.sort();
}

/** Every TypeScript file of the project, by folder. */
async function sources(): Promise<string[]> {
  const files: string[] = [];
  for (const folder of ["jsr", "lib", "testnet", "scripts", "bench", "tests"]) await walk(folder, files);
  return files.sort();
}

async function walk(folder: string, files: string[]): Promise<void> {
  for await (const entry of list(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory && entry.name !== "node_modules") await walk(path, files);
    else if (entry.name.endsWith(".ts")) files.push(path);
  }
}

async function* list(folder: string): AsyncGenerator<Deno.DirEntry> {
  try {
    yield* Deno.readDir(join(ROOT, folder));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The notebooks' code as scripts, because the kernel itself checks no types. */
async function notebooks(): Promise<string[]> {
  const folder = join(ROOT, ".check");
  await Deno.mkdir(folder, { recursive: true });
  const files: string[] = [];
  for await (const { name } of list("notebooks")) {
    if (!name.endsWith(".ipynb")) continue;
    const file = join(folder, name.replace(/\.ipynb$/, ".ts"));
    await Deno.writeTextFile(file, await notebookCode(join(ROOT, "notebooks", name)));
    files.push(file);
  }
  return files;
}
