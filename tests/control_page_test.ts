import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { openControlPage } from "../lib/control_page.ts";
import { SETTINGS } from "../lib/controls.ts";
import { openMetrics } from "../lib/prometheus.ts";
import { openPaperSession } from "./paper_session.ts";

/** One raw request: `fetch` would not let a test lie about its Host. */
async function raw(port: number, lines: string[], body = ""): Promise<{ status: number; text: string }> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    const head = [...lines, "Connection: close", `Content-Length: ${body.length}`];
    const bytes = new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n${body}`);
    for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
    let text = "";
    for await (const chunk of connection.readable.pipeThrough(new TextDecoderStream())) text += chunk;
    return { status: Number(text.split(" ")[1]), text };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** The text format of Prometheus: a sample a line, each name announced once with its type. */
function parseMetrics(text: string): { types: Map<string, string>; samples: Map<string, number> } {
  const types = new Map<string, string>();
  const samples = new Map<string, number>();
  for (const line of text.split("\n").filter(Boolean)) {
    const announced = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (announced) {
      if (announced[1] === "HELP") continue;
      assert(!types.has(announced[2]!), `${announced[2]} is announced twice`);
      types.set(announced[2]!, announced[3]!);
      continue;
    }
    const sample = /^([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\]|\\.)*",?)*\})? (\S+)$/.exec(line);
    assert(sample, `not a sample: ${line}`);
    const labels = (sample[2] ?? "{}").slice(1, -1).match(/\w+="(?:[^"\\]|\\.)*"/g) ?? [];
    const key = `${sample[1]}{${labels.sort().join(",")}}`;
    assert(!samples.has(key), `${key} twice`);
    samples.set(key, Number(sample[3]));
    assert(!Number.isNaN(samples.get(key)), line);
    assert(types.has(sample[1]!) || types.has(sample[1]!.replace(/_(bucket|sum|count)$/, "")), `${line}: no type`);
  }
  return { types, samples };
}

Deno.test("page and metrics of a running session", async (t) => {
  const paper = await openPaperSession({ session: { minutes: 0 }, testnet: { speed: 40 } });
  const { session, market } = paper;
  const page = openControlPage(session, { market });
  const metrics = openMetrics(session, { symbol: market.symbol });
  const { origin, port } = new URL(page.url);
  const host = `Host: 127.0.0.1:${port}`;
  let cookie = "";
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${origin}/control`, {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers: { cookie, origin, "content-type": "application/json", ...headers },
    });
  const statusOf = async (answer: Promise<Response>) => {
    const { status, body } = await answer;
    await body?.cancel();
    return status;
  };
  try {
    while (session.snapshot().fills < 3) await new Promise((resolve) => setTimeout(resolve, 10));

    await t.step("without the cookie nothing is shown or done", async () => {
      assertEquals(await statusOf(fetch(`${origin}/state`)), 403);
      assertEquals(await statusOf(post({ do: "pause" })), 403);
      assertEquals(await statusOf(fetch(`${origin}/`)), 403);
      assertEquals(session.snapshot().state === "paused", false);
    });
    await t.step("a wrong token, and a look in advance, open nothing and use nothing up", async () => {
      assertEquals(await statusOf(fetch(`${origin}/open/${"0".repeat(64)}`)), 403);
      assertEquals(await statusOf(fetch(`${origin}/open/`)), 403);
      assertEquals(await statusOf(fetch(page.url, { headers: { "sec-purpose": "prefetch" } })), 503);
    });
    await t.step("the address works once, and gives a cookie that scripts cannot read", async () => {
      const answer = await fetch(page.url);
      assertEquals(answer.status, 200);
      const html = await answer.text();
      for (const name of Object.keys(SETTINGS)) assert(html.includes(`name="${name}"`), name);
      assertMatch(html, /competing dealers: a whole number &gt;= 1 \(dealers\)/);
      assertMatch(answer.headers.get("content-security-policy") ?? "", /default-src 'none'.*frame-ancestors 'none'/);
      assertEquals(answer.headers.get("cache-control"), "no-store");
      const set = answer.headers.get("set-cookie") ?? "";
      assertMatch(set, new RegExp(`^makerbook_${port}=[0-9a-f]{64}; Path=/; HttpOnly; SameSite=Strict$`));
      assert(!html.includes(set.slice(set.indexOf("=") + 1, set.indexOf(";"))), "the cookie is in the page");
      cookie = set.split(";")[0]!;
      assertEquals(await statusOf(fetch(page.url)), 403);
    });
    await t.step("another name for this machine is refused: DNS rebinding", async () => {
      for (
        const wrong of [
          "Host: evil.example",
          `Host: localhost:${port}`,
          `Host: evil.example:${port}`,
          "Host: 127.0.0.1",
        ]
      ) {
        const { status } = await raw(Number(port), ["GET /state HTTP/1.1", wrong, `Cookie: ${cookie}`]);
        assertEquals(status, 421, wrong);
      }
      const { status, text } = await raw(Number(port), ["GET /state HTTP/1.1", host, `Cookie: ${cookie}`]);
      assertEquals(status, 200, text);
    });
    await t.step("another page cannot act with the browser's cookie: CSRF", async () => {
      assertEquals(await statusOf(post({ do: "pause" }, { origin: "http://evil.example" })), 403);
      assertEquals(await statusOf(post({ do: "pause" }, { origin: "null" })), 403);
      assertEquals(await statusOf(post({ do: "pause" }, { "sec-fetch-site": "cross-site" })), 403);
      assertEquals(await statusOf(post({ do: "pause" }, { "content-type": "text/plain" })), 415);
      const bare = ["POST /control HTTP/1.1", host, `Cookie: ${cookie}`, "Content-Type: application/json"];
      assertEquals((await raw(Number(port), bare, '{"do":"pause"}')).status, 403);
      assertEquals(session.snapshot().state === "paused", false);
    });
    await t.step("nonsense is refused in a line and changes nothing", async () => {
      for (const [body, status] of [["{", 400], [{ do: "dance" }, 400], ["null", 400], [{ do: "set" }, 400]] as const) {
        assertEquals(await statusOf(post(body)), status);
      }
      assertEquals(await statusOf(post({ do: "set", settings: { gamma: "x".repeat(5000) } })), 413);
      const refused = await post({ do: "set", settings: { n: 0, size: -1 } });
      assertEquals(refused.status, 422);
      const { error } = await refused.json();
      assertEquals(error, "set: model.n = 0, must be >= 1 (dealers)\nset: quotes.size = -1, must be > 0 (base)");
      const proto = await post('{"do":"set","settings":{"__proto__":1,"constructor":2}}');
      assertEquals(proto.status, 422);
      await proto.body?.cancel();
    });
    await t.step("the page sees the panel and the settings, and can pause, change and resume", async () => {
      assertEquals(await (await post({ do: "pause" })).json(), { state: "paused" });
      assertEquals(await statusOf(post({ do: "set", settings: { gamma: 2, fillModel: "touch" } })), 200);
      const seen = await (await fetch(`${origin}/state`, { headers: { cookie } })).json();
      assertEquals([seen.state, seen.settings.gamma, seen.settings.fillModel], ["paused", 2, "touch"]);
      assertMatch(seen.panel, /class="mb-live".*paused/);
      assertEquals(await statusOf(post({ do: "resume" })), 200);
      assertEquals(session.snapshot().risk.filter(({ event }) => event === "control").length, 3);
    });

    await t.step("Prometheus can read every figure, and they are the session's", async () => {
      const before = session.snapshot();
      const answer = await fetch(metrics.url);
      assertMatch(answer.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
      const { types, samples } = parseMetrics(await answer.text());
      const at = (name: string, label = "") => samples.get(`makerbook_${name}{${label}symbol="BTC/USDT"}`);
      assertEquals(types.get("makerbook_fills_total"), "counter");
      assertEquals(types.get("makerbook_latency_seconds"), "histogram");
      assert(at("fills_total")! >= before.fills);
      assert(at("orders_total", 'event="sent",')! >= before.counts.sent);
      assert(at("messages_total", 'stream="book",')! > 0);
      const parts = ["spread", "inventory", "fees"].map((part) => at("pnl_quote", `part="${part}",`)!);
      assert(Math.abs(parts.reduce((a, b) => a + b) - at("pnl_quote", 'part="net",')!) < 1e-9);
      assert(at("latency_seconds_count", 'of="entry",')! > 0);
      assertEquals(at("position_cap_base"), 0.02);
      const states = [...samples].filter(([key]) => key.startsWith("makerbook_state{"));
      assertEquals(states.reduce((sum, [, value]) => sum + value, 0), 1);
      assertEquals(await statusOf(fetch(`${new URL(metrics.url).origin}/`)), 404);
      const other = await raw(Number(new URL(metrics.url).port), ["GET /metrics HTTP/1.1", "Host: evil.example"]);
      assertEquals(other.status, 421);
    });
    await t.step("the dashboard asks for nothing that is not there", async () => {
      const { samples, types } = parseMetrics(await (await fetch(metrics.url)).text());
      const file = new URL("../docs/grafana.json", import.meta.url);
      const dashboard = JSON.parse(await Deno.readTextFile(file));
      const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }: { expr: string }) => expr));
      assert(queries.length >= 10);
      const names = [...samples.keys()].map((key) => key.split("{")[0]!);
      for (const query of queries as string[]) {
        for (const [name] of query.matchAll(/makerbook_\w+/g)) {
          assert(types.has(name) || names.includes(name), `${query}: no ${name}`);
        }
        for (const [, label, value] of query.matchAll(/(part|of|term|stream|event|state)="(\w+)"/g)) {
          assert(
            [...samples.keys()].some((key) => key.includes(`${label}="${value}"`)),
            `${query}: no ${label} ${value}`,
          );
        }
      }
    });

    await session.stop("enough");
    await t.step("both close with the session", async () => {
      await Promise.all([page.close(), metrics.close()]);
      await assertRejects(() => fetch(`${origin}/state`));
      await assertRejects(() => fetch(metrics.url));
    });
  } finally {
    await paper.close();
  }
});
