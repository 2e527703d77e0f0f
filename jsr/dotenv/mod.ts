/**
 * Stand-in for `@std/dotenv` where npm is reachable and JSR is not, over Node's own `util.parseEnv`. Delete `links` from the
 * root's deno.json to have the original.
 *
 * @module
 */
import { parseEnv } from "node:util";

export interface LoadOptions {
  /** The file to read; null reads none. */
  envPath?: string | URL | null;
  /** Also set the variables that the process does not have yet. */
  export?: boolean;
}

const REFERENCE = /(?<!\\)\$(?:\{(?<braced>\w+)(?::-(?<fallback>[^}]*))?\}|(?<bare>\w+))/g;

/** Where a value is not quoted, $NAME, ${NAME} and ${NAME:-text} stand for another variable. */
function expand(value: string, variables: Record<string, string>): string {
  return value.replace(REFERENCE, (...args) => {
    const { braced, bare, fallback } = args.at(-1) as Record<string, string | undefined>;
    const name = braced ?? bare ?? "";
    return variables[name] ?? Deno.env.get(name) ?? fallback ?? "";
  });
}

/** Parses the text of an `.env` file. */
export function parse(text: string): Record<string, string> {
  const raw = parseEnv(text) as Record<string, string>;
  const quoted = new Set(Array.from(text.matchAll(/^\s*(?:export\s+)?([\w.-]+)[ \t]*=[ \t]*['"`]/gm), (m) => m[1]));
  return Object.fromEntries(
    Object.entries(raw)
      .filter(([name]) => /^[a-zA-Z_]\w*$/.test(name))
      .map(([name, value]) => [name, quoted.has(name) ? value : expand(value, raw)]),
  );
}

function finish(text: string | undefined, options: LoadOptions): Record<string, string> {
  const variables = text === undefined ? {} : parse(text);
  if (options.export) {
    for (const [name, value] of Object.entries(variables)) {
      if (Deno.env.get(name) === undefined) Deno.env.set(name, value);
    }
  }
  return variables;
}

/** A file that is not there is an empty one. */
function missing(error: unknown): undefined {
  if (error instanceof Deno.errors.NotFound) return undefined;
  throw error;
}

/** Reads and parses an `.env` file; one that is not there is empty. */
export function loadSync(options: LoadOptions = {}): Record<string, string> {
  const { envPath = ".env" } = options;
  if (envPath === null) return finish(undefined, options);
  let text: string | undefined;
  try {
    text = Deno.readTextFileSync(envPath);
  } catch (error) {
    text = missing(error);
  }
  return finish(text, options);
}

/** Reads and parses an `.env` file; one that is not there is empty. */
export async function load(options: LoadOptions = {}): Promise<Record<string, string>> {
  const { envPath = ".env" } = options;
  return finish(envPath === null ? undefined : await Deno.readTextFile(envPath).catch(missing), options);
}
