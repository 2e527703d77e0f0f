/** JupyterLab as `deno task lab` starts it, on a free port, with everything it writes in a folder of its own. */
import { join } from "node:path";
import { installKernel, installTools, jupyterEnvironment, ROOT, tool } from "../scripts/jupyter.ts";

export interface Lab {
  /** With its token; opens the copy of the main notebook. */
  readonly url: string;
  readonly notebook: string;
  close(): Promise<void>;
}

/** @param variables for the kernels */
export async function startLab(folder: string, variables: Record<string, string>): Promise<Lab> {
  await installTools("lab");
  await installKernel();
  // The kernel finds deno.json above the notebook: the copy lies in the project, in a folder that is ignored and removed.
  const place = await Deno.makeTempDir({ dir: join(ROOT, "out"), prefix: "lab_" });
  const notebook = join(place, "market_maker.ipynb");
  await Deno.copyFile(join(ROOT, "notebooks", "market_maker.ipynb"), notebook);
  // No question about news over the page.
  const settings = join(folder, "settings");
  await Deno.mkdir(join(settings, "@jupyterlab", "apputils-extension"), { recursive: true });
  await Deno.writeTextFile(
    join(settings, "@jupyterlab", "apputils-extension", "notification.jupyterlab-settings"),
    '{"fetchNews":"false"}',
  );
  const child = new Deno.Command(tool("python"), {
    args: [
      "-m",
      "jupyterlab",
      "--no-browser",
      "--allow-root",
      "--ServerApp.ip=127.0.0.1",
      "--ServerApp.port=0",
      `--ServerApp.root_dir=${place}`,
      "--MultiKernelManager.default_kernel_name=deno",
      "--LabApp.expose_app_in_browser=True",
      `--LabApp.workspaces_dir=${join(folder, "workspaces")}`,
      `--LabApp.user_settings_dir=${settings}`,
    ],
    env: { ...jupyterEnvironment(), ...variables, JUPYTER_RUNTIME_DIR: join(folder, "run") },
    cwd: ROOT,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  let address: RegExpExecArray | null = null;
  while (!address) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`JupyterLab ended: ${said.slice(-600)}`);
    said += value;
    address = /http:\/\/127\.0\.0\.1:(\d+)\/lab\?token=(\w+)/.exec(said);
  }
  const rest = (async () => {
    while (!(await reader.read()).done);
  })();
  const [, port, token] = address;
  return {
    url: `http://127.0.0.1:${port}/lab/tree/market_maker.ipynb?token=${token}&reset`,
    notebook,
    async close() {
      child.kill("SIGTERM");
      await Promise.all([child.status, rest]);
      await Deno.remove(place, { recursive: true });
    },
  };
}
