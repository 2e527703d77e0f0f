import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { openDuckDb } from "../scripts/duckdb.ts";
import { ROOT, run } from "../scripts/jupyter.ts";
import { openPaperSession } from "./paper_session.ts";

const PAGE = Deno.readTextFileSync(join(ROOT, "docs", "data.md"));

Deno.test("a session's recording is read by the examples of docs/data.md, and its fills are explained from the shell", async (t) => {
  const paper = await openPaperSession({ session: { minutes: 2 }, testnet: { speed: 60 } });
  const out = await Deno.makeTempDir({ prefix: "makerbook_explain_" });
  const explain = (...args: string[]) =>
    run(Deno.execPath(), ["run", "-A", join(ROOT, "scripts", "explain.ts"), "--data", paper.root, ...args], {
      MAKERBOOK_PATHS_OUT: out,
      NO_COLOR: "1",
    });
  try {
    const { fills, metrics } = await paper.session.done;
    assert(fills.length > 0);
    await t.step("every line of SQL has an answer", async () => {
      const lines = /```sql\n([^]*?)```/.exec(PAGE)![1]!.trim().split("\n");
      assertEquals(lines.length, 4);
      const db = openDuckDb();
      try {
        const answers = [];
        for (const line of lines) answers.push(await db.query(line.replaceAll("'data/", `'${paper.root}/`)));
        for (const rows of answers) assert(rows.length > 0);
        const [total] = answers.at(-1)!;
        assertAlmostEquals(total!.captured as number, metrics.pnl.spreadCaptured, 1e-6);
        assertAlmostEquals(total!.fees as number, metrics.pnl.fees, 1e-9);
        assertEquals(answers[2]!.length, fills.length);
      } finally {
        await db.close();
      }
    });
    await t.step("the worst fill, one by number, and a quote by time", async () => {
      const worst = await explain();
      assertMatch(worst.stdout, /Fill \d+ \(.+\)[^]*(lost|earned)[^]*adverse selection/, worst.stderr);
      assertMatch(await Deno.readTextFile(join(out, "explain.html")), /<figure[^]*<table/);
      assertMatch((await explain("--fill", "1")).stdout, new RegExp(`Fill 1 \\(${fills[0]!.id}\\)`));
      assertMatch((await explain("--quote", "1")).stdout, /Decision 1[^]*limit that bound/i);
      const list = (await explain("--list")).stdout.split("\n").filter((line) => /^ *\d+ /.test(line));
      assertEquals(list.length, fills.length + 1);
    });
    await t.step("one line says what there is not", async () => {
      const { success, stderr } = await explain("--fill", "100000");
      assert(!success);
      assertEquals(
        stderr.trim(),
        `explain: fill 100000, must be 1 to ${fills.length}, or −1 to −${fills.length} from the end`,
      );
    });
  } finally {
    await paper.close();
    await Deno.remove(out, { recursive: true });
  }
});
