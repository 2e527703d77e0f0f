/**
 * Runs the pandas and polars examples of docs/data.md on what was recorded, so that they are known to work.
 *
 * pandas, pyarrow and polars are 400 MB: they go into an environment that is removed at the end, and the tests do without them.
 *
 * @module
 */
import { join } from "node:path";
import { endWithChildren } from "./ending.ts";
import { lastLine, ROOT, run } from "./jupyter.ts";
import { help, readOptions } from "./options.ts";
import { main, step, Stop } from "./steps.ts";

const OPTIONS = { help: { about: "this text" } } as const;

await main(async () => {
  const options = readOptions(Deno.args, OPTIONS);
  if (options.has("help")) {
    const about =
      "Runs the Python examples of docs/data.md on data/, with pandas and polars installed for the occasion.";
    console.log(help("deno run -A scripts/read_elsewhere.ts", about, OPTIONS));
    return;
  }
  endWithChildren({ name: "read_elsewhere" });
  const page = await Deno.readTextFile(join(ROOT, "docs", "data.md"));
  const examples = [...page.matchAll(/^```python\n([^]*?)^```/gm)].map(([, code = ""]) => code);
  if (examples.length === 0) throw new Stop("docs/data.md: no Python example");
  const folder = await Deno.makeTempDir({ prefix: "makerbook_python_" });
  try {
    const python = join(folder, Deno.build.os === "windows" ? "Scripts/python.exe" : "bin/python");
    await step("Installing pandas, pyarrow and polars", async () => {
      await must(run("python3", ["-m", "venv", folder]));
      await must(run(python, ["-m", "pip", "install", "--quiet", "--no-input", "pandas", "pyarrow", "polars"]));
    });
    for (const code of examples) console.log(`\n${code}${(await must(run(python, ["-c", code]))).stdout}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function must(outcome: ReturnType<typeof run>) {
  const { success, stdout, stderr } = await outcome;
  if (!success) throw new Stop(lastLine(stderr || stdout));
  return { stdout };
}
