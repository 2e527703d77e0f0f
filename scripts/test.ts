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
    await check("types", ["check", ...lock, ...await sources()]),
    ...await Promise.all(
      (await notebooks()).map((file) => check(`types of ${basename(file)}`, ["check", ...lock, file])),
    ),
    await tests(["test", "-A", ...lock, ...Deno.args]),
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

async function tests(args: string[]): Promise<Count> {
  const { success, output } = await deno("tests", args);
  const summary = /\| (\d+) passed.*? \| (\d+) failed(?:.*? \| (\d+) ignored)?/.exec(output.slice(-2000));
  const [passed = 0, failed = 0, ignored = 0] = summary?.slice(1).map((digits) => Number(digits ?? 0)) ?? [];
  // A type error or a crash leaves no summary, or one without failures.
  return { passed, failed: success ? failed : Math.max(failed, 1), ignored };
}

/** Runs this Deno under a title, its output shown as it comes and kept. */
async function deno(title: string, args: string[]): Promise<{ success: boolean; output: string }> {
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
    show(child.stdout, Deno.stdout),
    show(child.stderr, Deno.stderr),
    unlessEnding(child.status),
  ]);
  console.log(`=== ${title}: ${success ? "passed" : "FAILED"} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return { success, output };
}

/** The environment without a person's own settings, which no test may depend on. */
function settled(): Record<string, string> {
  return Object.fromEntries(Object.entries(Deno.env.toObject()).filter(([name]) => !name.startsWith("MAKERBOOK_")));
}

async function show(stream: ReadableStream<Uint8Array>, to: { writeSync(bytes: Uint8Array): number }): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of stream) {
    for (let sent = 0; sent < bytes.length;) sent += to.writeSync(bytes.subarray(sent));
    text += decoder.decode(bytes, { stream: true });
  }
  return text;
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
