/**
 * Stand-in for `@std/yaml` where npm is reachable and JSR is not, over `npm:yaml`. Delete `links` from the root's deno.json to
 * have the original.
 *
 * @module
 */
import { parseDocument, stringify as yamlStringify } from "yaml";

/** The tags that the original's default schema knows beyond YAML's core. */
const TAGS = ["binary", "merge", "omap", "pairs", "set", "timestamp"] as const;

export interface ParseOptions {
  /** A mapping may name a key twice; the last one counts. */
  allowDuplicateKeys?: boolean;
  onWarning?(error: Error): void;
}

/**
 * Parses one YAML document. An empty one is null.
 *
 * @throws {SyntaxError} with "at line L, column C" in its message
 */
export function parse(content: string, options: ParseOptions = {}): unknown {
  const document = parseDocument(content, {
    customTags: [...TAGS],
    uniqueKeys: !options.allowDuplicateKeys,
    prettyErrors: false,
  });
  const error = document.errors[0];
  if (error) {
    const before = content.slice(0, error.pos[0]).split("\n");
    const column = (before.at(-1)?.length ?? 0) + 1;
    throw new SyntaxError(`${error.message} at line ${before.length}, column ${column}`, { cause: error });
  }
  for (const warning of document.warnings) options.onWarning?.(warning);
  return document.toJS();
}

export interface StringifyOptions {
  /** Spaces of one step. */
  indent?: number;
  /** Longest line before a text is folded. */
  lineWidth?: number;
  sortKeys?: boolean;
  /** Leave out what YAML cannot hold instead of throwing. */
  skipInvalid?: boolean;
}

/**
 * Writes a value as one YAML document.
 *
 * @throws {TypeError} for a function, a symbol or undefined, unless `skipInvalid`
 */
export function stringify(data: unknown, options: StringifyOptions = {}): string {
  if (!options.skipInvalid) refuseInvalid(data, new Set());
  return yamlStringify(data, {
    indent: options.indent ?? 2,
    lineWidth: options.lineWidth ?? 80,
    sortMapEntries: options.sortKeys ?? false,
    singleQuote: true,
  });
}

function refuseInvalid(data: unknown, seen: Set<unknown>): void {
  if (data === undefined || typeof data === "function" || typeof data === "symbol") {
    throw new TypeError(`Cannot stringify ${typeof data}`);
  }
  if (typeof data !== "object" || data === null || seen.has(data)) return;
  seen.add(data);
  for (const value of Object.values(data)) refuseInvalid(value, seen);
}
