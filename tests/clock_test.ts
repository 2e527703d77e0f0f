import { assert, assertEquals, assertRejects } from "@std/assert";
import { marketClock } from "../lib/clock.ts";
import { type Exchange, getExchange } from "../lib/connect.ts";
import { UnreachableError } from "../lib/reach.ts";
import { config, startVenue } from "./venue.ts";

const FEED_LATENCY = config.fills.feed_latency * 1e6;

Deno.test("marketClock() stands still, exactly at the testnet's market time, while the testnet is held", async () => {
  const venue = await startVenue();
  try {
    const clock = await marketClock(venue.connect(), config);
    assertEquals([clock.now(), clock.now()], [venue.net.startTs, venue.net.startTs]);
    assertEquals([await clock.venueState(), clock.speed], ["held", 40]);
  } finally {
    await venue.close();
  }
});

Deno.test("marketClock() runs with the testnet once it was released, within the error it states", async () => {
  const venue = await startVenue({ speed: 7 });
  try {
    const clock = await marketClock(venue.connect(), config);
    await venue.clock({ held: false });
    await clock.sync();
    assertEquals(await clock.venueState(), "running");
    const before = clock.now();
    const { marketTs } = await venue.status();
    const after = clock.now();
    const slack = 7 * (clock.uncertainty! + 1000);
    assert(marketTs >= before - slack && marketTs <= after + slack, `${before} ${marketTs} ${after} ± ${slack}`);
  } finally {
    await venue.close();
  }
});

Deno.test("stamp() is the exchange's time plus the feed latency on a fast replay, and never runs back", async () => {
  const venue = await startVenue({ speed: 20 });
  try {
    const clock = await marketClock(venue.connect(), config);
    const { startTs } = venue.net;
    assertEquals(clock.stamp(), startTs);
    assertEquals(clock.stamp(startTs + 100_000), startTs + 100_000 + FEED_LATENCY);
    assertEquals(clock.stamp(startTs + 50_000), startTs + 100_000 + FEED_LATENCY);
  } finally {
    await venue.close();
  }
});

Deno.test("stamp() is the measured time at the speed of the wall clock", async () => {
  const venue = await startVenue({ speed: 1 });
  try {
    const clock = await marketClock(venue.connect(), config);
    assertEquals(clock.stamp(venue.net.startTs + 5_000_000), venue.net.startTs);
  } finally {
    await venue.close();
  }
});

Deno.test("away from the testnet the clock is ours, corrected by the skew of the shortest round trip", async () => {
  const exchange = getExchange({ exchange: { ...config.exchange, environment: "production" } });
  const skewMs = 90_000;
  exchange.fetchTime = () => Promise.resolve(Date.now() + skewMs);
  const clock = await marketClock(exchange, { ...config, exchange: { ...config.exchange, environment: "production" } });
  const error = clock.now() - (Date.now() + skewMs) * 1000;
  assert(Math.abs(error) < 50_000, `${error} µs`);
  assertEquals(await clock.venueState(), "running");
});

Deno.test("a venue that tells no time leaves our clock as it is, with an unknown error", async () => {
  const exchange = { id: "mute", has: {}, urls: {} } as unknown as Exchange;
  const production = { ...config, exchange: { ...config.exchange, environment: "production" as const } };
  assertEquals((await marketClock(exchange, production)).uncertainty, undefined);
});

Deno.test("marketClock() says in one line that the testnet is not there", async () => {
  const testnet = { rest: "http://127.0.0.1:1", ws: "ws://127.0.0.1:1" };
  const exchange = getExchange(config, { testnet });
  await assertRejects(
    () => marketClock(exchange, config),
    UnreachableError,
    "cannot reach binance at http://127.0.0.1:1",
  );
});
