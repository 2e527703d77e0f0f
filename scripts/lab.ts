/**
 * `deno task lab`: JupyterLab with the project's notebooks and this Deno as its kernel. Further words go to JupyterLab.
 *
 * @module
 */
import { join } from "node:path";
import { endWithChildren, unlessEnding } from "./ending.ts";
import { hasTools, installKernel, installTools, jupyterEnvironment, ROOT, tool } from "./jupyter.ts";
import { help } from "./options.ts";
import { main, step } from "./steps.ts";

await main(async () => {
  if (Deno.args.includes("--help")) {
    const about = "Opens JupyterLab with the notebooks and this Deno as their kernel. Other options go to JupyterLab.";
    console.log(help("deno task lab [options of JupyterLab]", about, { help: { about: "this text" } }));
    return;
  }
  // Ctrl-C is JupyterLab's: it asks before it stops.
  endWithChildren({ name: "lab", signals: ["SIGTERM", "SIGHUP"] });
  if (!await hasTools("lab")) {
    await step("Installing JupyterLab into .venv (first run only)", () => installTools("lab"));
  }
  await installKernel();
  const lab = new Deno.Command(tool("python"), {
    args: [
      "-m",
      "jupyterlab",
      `--ServerApp.root_dir=${ROOT}`,
      "--MultiKernelManager.default_kernel_name=deno",
      join(ROOT, "notebooks", "market_maker.ipynb"),
      ...Deno.args,
    ],
    env: jupyterEnvironment(),
    cwd: ROOT,
  }).spawn();
  Deno.addSignalListener("SIGINT", () => {});
  return (await unlessEnding(lab.status)).code;
});
