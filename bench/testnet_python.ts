/**
 * A client of another language against the testnet: python-binance, installed into a temporary folder, from first call to last.
 *
 * `deno run -A bench/testnet_python.ts`: needs Python 3.10 or newer and a package index; some ten seconds, most of them to install.
 *
 * @module
 */
import { startTestnet } from "../testnet/server.ts";

const PACKAGE = "python-binance==1.0.37";

async function run(command: string, ...args: string[]): Promise<void> {
  const { success } = await new Deno.Command(command, { args, stdout: "inherit", stderr: "inherit" }).spawn().status;
  if (!success) throw new Error(`${command} ${args[0]} failed`);
}

if (Deno.args.length > 0) {
  console.error("Usage: deno run -A bench/testnet_python.ts");
  Deno.exit(2);
}
const folder = await Deno.makeTempDir();
const testnet = await startTestnet({ market: "synthetic", speed: 2, start: 60 });
try {
  console.log(`Installing ${PACKAGE}`);
  await run("python3", "-m", "venv", folder);
  const python = `${folder}/bin/python`;
  await run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE);
  console.log("Running it against the testnet");
  await run(python, new URL("testnet_python.py", import.meta.url).pathname, testnet.rest);
  console.log("All of it works");
} finally {
  await testnet.close();
  await Deno.remove(folder, { recursive: true });
}
