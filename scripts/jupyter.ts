/**
 * Jupyter inside the project: a virtual environment in .venv with its tools, and a kernel that is the very Deno running this.
 * Nothing is written outside the project's folder.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { childOptions, unlessEnding } from "./ending.ts";
import { Stop } from "./steps.ts";

/** The project's folder. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");
const VENV = join(ROOT, ".venv");
const BIN = join(VENV, Deno.build.os === "windows" ? "Scripts" : "bin");
const OLDEST: readonly [number, number] = [3, 10];

/** What to install: enough to execute a notebook, or JupyterLab too. */
export type Tools = "headless" | "lab";
const REQUIREMENTS = {
  headless: ["requirements-headless.txt"],
  lab: ["requirements-headless.txt", "requirements.txt"],
} as const;

/** A program's outcome, its output as text. */
export interface Outcome {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. @throws {Deno.errors.NotFound} where there is none of that name */
export async function run(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Outcome> {
  const command = new Deno.Command(program, { args: [...args], env, cwd: ROOT, stdin: "null", ...childOptions() });
  const output = await unlessEnding(command.output());
  const text = new TextDecoder();
  return { success: output.success, stdout: text.decode(output.stdout), stderr: text.decode(output.stderr) };
}

/** A program of the virtual environment. */
export function tool(name: string): string {
  return join(BIN, Deno.build.os === "windows" ? `${name}.exe` : name);
}

/** The environment that keeps Jupyter's files inside .venv. */
export function jupyterEnvironment(): Record<string, string> {
  return {
    VIRTUAL_ENV: VENV,
    JUPYTER_CONFIG_DIR: join(VENV, "etc", "jupyter"),
    JUPYTER_DATA_DIR: join(VENV, "share", "jupyter"),
    JUPYTER_RUNTIME_DIR: join(VENV, "run"),
    JUPYTER_PREFER_ENV_PATH: "1",
    JUPYTER_PATH: "",
    IPYTHONDIR: join(VENV, "ipython"),
    PYTHONDONTWRITEBYTECODE: "",
    PYTHONWARNINGS: "ignore",
  };
}

/** Whether {@linkcode installTools} has nothing to do. */
export async function hasTools(tools: Tools): Promise<boolean> {
  const stamp = await Deno.readTextFile(stampFile(tools)).catch(() => "");
  if (stamp === "" || stamp !== await fingerprint(tools)) return false;
  return (await run(tool("python"), ["-c", ""]).catch(() => ({ success: false }))).success;
}

/**
 * Makes .venv and installs the tools into it.
 *
 * @throws {Stop} where Python is missing, too old or without venv, or pip fails
 */
export async function installTools(tools: Tools): Promise<void> {
  const python = await findPython();
  const isWhole = (await run(tool("python"), ["-m", "pip", "--version"]).catch(() => ({ success: false }))).success;
  if (!isWhole) {
    const made = await run(python, ["-m", "venv", "--clear", VENV]);
    if (!made.success) throw new Stop(`${python} -m venv .venv failed: ${venvReason(made)}`);
  }
  const files = REQUIREMENTS[tools].flatMap((file) => ["-r", join(ROOT, file)]);
  const pip = ["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--retries", "2"];
  const installed = await run(tool("python"), [...pip, ...files]);
  if (!installed.success) {
    throw new Stop(`pip could not install ${REQUIREMENTS[tools].at(-1)}: ${pipReason(installed)}`);
  }
  await Deno.writeTextFile(stampFile(tools), await fingerprint(tools));
}

/** Makes the kernel `deno` of the virtual environment this Deno. */
export async function installKernel(): Promise<void> {
  const folder = join(VENV, "share", "jupyter", "kernels", "deno");
  await Deno.mkdir(folder, { recursive: true });
  const spec = {
    argv: [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"],
    display_name: "Deno",
    language: "typescript",
  };
  await Deno.writeTextFile(join(folder, "kernel.json"), JSON.stringify(spec, null, 2) + "\n");
}

async function findPython(): Promise<string> {
  const seen: string[] = [];
  for (const name of ["python3", "python"]) {
    const asked = await run(name, ["-c", "import sys; print(*sys.version_info[:3])"]).catch(() => undefined);
    const [major = 0, minor = 0, patch = 0] = asked?.stdout.trim().split(" ").map(Number) ?? [];
    if (!asked?.success) continue;
    if (major === OLDEST[0] && minor >= OLDEST[1]) return name;
    seen.push(`${name} is ${major}.${minor}.${patch}`);
  }
  const wanted = `Python ${OLDEST.join(".")} or newer is needed for Jupyter`;
  throw new Stop(`${wanted}: ${seen.length > 0 ? seen.join(", ") : "no python3 on PATH"}`);
}

function venvReason({ stdout, stderr }: Outcome): string {
  return /ensurepip/.test(stdout + stderr)
    ? "this Python comes without venv; install it (Debian, Ubuntu: apt install python3-venv)"
    : lastLine(stderr || stdout);
}

function pipReason({ stderr }: Outcome): string {
  const offline =
    /Temporary failure in name resolution|Failed to establish|Connection refused|timed out|ProxyError|getaddrinfo/i;
  if (offline.test(stderr)) return "the Python package index cannot be reached (the first run needs the network)";
  return stderr.split("\n").findLast((line) => line.startsWith("ERROR:")) ?? lastLine(stderr);
}

/** The last line that says something. */
export function lastLine(text: string): string {
  return text.split("\n").map((line) => line.trim()).findLast(Boolean) ?? "no output";
}

const stampFile = (tools: Tools) => join(VENV, `installed-${tools}.sha256`);

/** Of the requirement files: when one changes, the tools are installed again. */
async function fingerprint(tools: Tools): Promise<string> {
  const texts = await Promise.all(REQUIREMENTS[tools].map((file) => Deno.readTextFile(join(ROOT, file))));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(texts.join("\n")));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
