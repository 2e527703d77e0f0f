import { assert, assertEquals, assertMatch } from "@std/assert";
import { reconcile, type ReconcileOptions } from "../lib/reconcile.ts";
import { override } from "../lib/schema.ts";
import { openPaperSession, TAPE } from "./paper_session.ts";

Deno.test("a reconnect is accounted for, and without a gap any difference is a problem", async () => {
  const paper = await openPaperSession({ session: { minutes: 1 }, testnet: { speed: 40 } });
  const { session, testnet, market } = paper;
  try {
    while (session.snapshot().recorded.depth < 150) await new Promise((resolve) => setTimeout(resolve, 5));
    const fault = await fetch(`${testnet.control}/fault`, { method: "POST", body: JSON.stringify({ kind: "drop" }) });
    await fault.body?.cancel();
    const report = await session.done;
    assertEquals(report.recorded.gaps, 1);
    assert(report.recorded.recovered > 0);
    let config = override(paper.config, { paths: { data: paper.root }, testnet: { tape: TAPE } });
    const served = async ({ depth, trade }: { depth: number; trade: number }) =>
      await (await fetch(`${testnet.control}/served?depth=${depth}&trade=${trade}`)).json();
    const audit = (changes: Partial<ReconcileOptions>) =>
      reconcile({ config, market, report, testnet: { servedUpTo: served }, ...changes });

    const { text, problems } = await audit({});
    assertEquals(problems, []);
    const trades = report.recorded.trades + report.recorded.recovered;
    assertMatch(text, new RegExp(`^trades .* ${trades} +${trades} `, "m"));

    // The book is compared above; the rest needs no tape.
    await Deno.writeTextFile(`${paper.root}/empty.jsonl`, "");
    config = override(config, { testnet: { tape: `${paper.root}/empty.jsonl` } });
    const more = { servedUpTo: () => Promise.resolve({ depth: 1e6, trade: 1e6 }) };
    const explained = await audit({ testnet: more });
    assertEquals(explained.problems, []);
    assertMatch(explained.text, /^depth messages +1000000 .* explained by 1 gap$/m);
    const whole = { ...report, recorded: { ...report.recorded, gaps: 0 }, health: { ...report.health, gaps: 0 } };
    assertEquals((await audit({ testnet: more, report: whole })).problems.length, 2);
    const lost = { ...report, recorded: { ...report.recorded, depth: report.recorded.depth + 1 } };
    assertEquals((await audit({ report: lost })).problems.length, 1);
  } finally {
    await paper.close();
  }
});
