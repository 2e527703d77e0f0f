import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DataError } from "makerbook/data_error.ts";
import { encodeGroup, readColumns, readFooter } from "makerbook/parquet.ts";
import { type Columns, type Kind, type Row, TABLES, type TableSpec } from "makerbook/store_schema.ts";
import { openDuckDb } from "../scripts/duckdb.ts";
import { columnsOf, randomRows } from "./store_rows.ts";

const folder = await Deno.makeTempDir({ prefix: "makerbook-" });
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

function encode(spec: TableSpec, groups: readonly (readonly Row<TableSpec>[])[]): Uint8Array {
  let file = new Uint8Array();
  let head: ReturnType<typeof encodeGroup>["head"] | undefined;
  for (const rows of groups) {
    const columns = columnsOf(spec, rows) as unknown as Columns<TableSpec>;
    const next: ReturnType<typeof encodeGroup> = encodeGroup(spec, columns, { head, notes: { what: "a test" } });
    file = new Uint8Array([...file.subarray(0, head?.bytes ?? 0), ...next.bytes]);
    head = next.head;
  }
  return file;
}

/** A column as text that DuckDB and we must agree on to the last bit. */
function expression(name: string, kind: Kind): string {
  if (kind === "time") return `epoch_us("${name}")::varchar`;
  if (kind.startsWith("int")) return `"${name}"::varchar`;
  return `"${name}"`;
}

for (const [table, spec] of Object.entries(TABLES) as [string, TableSpec][]) {
  Deno.test(`${table}: random rows come back from our reader and from DuckDB as they were written`, async () => {
    const db = openDuckDb();
    const path = `${folder}/${table}.parquet`;
    const names = Object.keys(spec);
    const select = `select ${names.map((name) => `${expression(name, spec[name]!)} as "${name}"`).join(", ")}`;
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(randomRows(spec, 30), { minLength: 1, maxLength: 3 }), async (groups) => {
          await Deno.writeFile(path, encode(spec, groups));
          const rows = groups.flat();
          assertEquals(await readColumns(path, spec) as unknown, columnsOf(spec, rows));
          const seen = await db.query(`${select} from read_parquet('${path}')`);
          const whole = names.filter((name) => /int|time/.test(spec[name]!));
          const wanted = rows.map((row) =>
            Object.fromEntries(names.map((name) => {
              const cell = row[name] ?? null;
              return [name, cell !== null && whole.includes(name) ? String(cell) : cell];
            }))
          );
          assertEquals(seen, wanted);
        }),
        { numRuns: 15, seed: 20240808 },
      );
    } finally {
      await db.close();
    }
  });
}

const SPEC = { n: "int", at: "time", x: "real?" } as const satisfies TableSpec;
const FILE = encode(SPEC, [[{ n: 1, at: 2, x: 0.5 }, { n: 2, at: 3, x: undefined }], [{ n: 3, at: 4, x: 7 }]]);

async function written(name: string, bytes: Uint8Array): Promise<string> {
  const path = `${folder}/${name}`;
  await Deno.writeFile(path, bytes);
  return path;
}

Deno.test("a file cut short anywhere is an error of one line with its path, never half its rows", async () => {
  for (let length = 0; length < FILE.length; length++) {
    const path = await written("cut.parquet", FILE.subarray(0, length));
    const error = await assertRejects(() => readColumns(path, SPEC), DataError);
    assert(error.message.startsWith(`${path}: `) && !error.message.includes("\n"), error.message);
  }
});

Deno.test("a file without its end is called truncated, with its size", async () => {
  const path = await written("cut.parquet", FILE.subarray(0, 100));
  assertThrows(
    () => readFooter(path),
    DataError,
    `${path}: truncated or not Parquet (no PAR1 footer, 100 bytes)`,
  );
});

Deno.test("a file that is missing, a column that is missing and one of another type are named", async () => {
  await assertRejects(() => readColumns(`${folder}/none.parquet`, SPEC), DataError, "none.parquet: no such file");
  const path = await written("whole.parquet", FILE);
  await assertRejects(() => readColumns(path, { y: "real" }), DataError, `${path}: column "y" is missing`);
  await assertRejects(
    () => readColumns(path, { x: "text" }),
    DataError,
    `${path}: column "x" is DOUBLE, expected BYTE_ARRAY`,
  );
});

Deno.test("damaged data inside a file with a sound footer is an error with its path", async () => {
  const bytes = FILE.slice();
  bytes.fill(0xff, 4, 60);
  const path = await written("damaged.parquet", bytes);
  await assertRejects(() => readColumns(path, SPEC), DataError, `${path}: damaged Parquet data (`);
});

Deno.test("a footer keeps the notes and the number of rows of all groups", async () => {
  const { head, notes } = readFooter(await written("whole.parquet", FILE));
  assertEquals(head.rows, 3);
  assertEquals(head.groups.length, 2);
  assertEquals(notes, { what: "a test" });
});
