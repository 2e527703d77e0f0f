import { assertEquals } from "@std/assert";
import { placement, type Standing } from "../lib/placement.ts";

const patience = { ticks: 2, restUs: 100 };
const standing: Standing = { leavesLots: 5, priceTicks: 100, sentTs: 1000, cancelling: false };

Deno.test("an order that is near enough is kept", () => {
  assertEquals(placement(standing, { priceTicks: 102, lots: 5 }, 9, 5000, patience), "keep");
  assertEquals(placement(standing, { priceTicks: 98, lots: 5 }, 9, 5000, patience), "keep");
});

Deno.test("an order too far from the wish goes, once it has rested", () => {
  assertEquals(placement(standing, { priceTicks: 103, lots: 5 }, 9, 1099, patience), "keep");
  assertEquals(placement(standing, { priceTicks: 103, lots: 5 }, 9, 1100, patience), "cancel");
});

Deno.test("an order goes at once where nothing is wanted or less is allowed", () => {
  assertEquals(placement(standing, { priceTicks: 0, lots: 0 }, 9, 1001, patience), "cancel");
  assertEquals(placement(standing, { priceTicks: 104, lots: 4 }, 4, 1001, patience), "cancel");
});

Deno.test("an order whose price is right, but which is larger than what is allowed, is made smaller at once", () => {
  assertEquals(placement(standing, { priceTicks: 100, lots: 4 }, 4, 1001, patience), "reduce");
});

Deno.test("a side never has two orders: it waits for the cancel", () => {
  assertEquals(placement({ ...standing, cancelling: true }, { priceTicks: 90, lots: 5 }, 9, 9000, patience), "wait");
  assertEquals(placement(undefined, { priceTicks: 90, lots: 5 }, 9, 9000, patience), "place");
  assertEquals(placement(undefined, { priceTicks: 90, lots: 0 }, 9, 9000, patience), "none");
});

Deno.test("a partly filled order is not moved for its size", () => {
  assertEquals(placement({ ...standing, leavesLots: 1 }, { priceTicks: 100, lots: 5 }, 9, 9000, patience), "keep");
});
