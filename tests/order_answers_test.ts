import { assertEquals } from "@std/assert";
import ccxt from "ccxt";
import { failureOf } from "../lib/order_answers.ts";

/** What a venue says in the body of its answer, through its own client. */
const ANSWERS = [
  { venue: "binance", status: 400, body: { code: -2011, msg: "Unknown order sent." }, kind: "missing" },
  { venue: "binance", status: 400, body: { code: -2010, msg: "Duplicate order sent." }, kind: "duplicate" },
  { venue: "binance", status: 400, body: { code: -1021, msg: "Timestamp outside of recvWindow." }, kind: "clock" },
  { venue: "kraken", status: 200, body: { error: ["EOrder:Unknown order"] }, kind: "missing" },
  { venue: "bybit", status: 200, body: { retCode: 110008, retMsg: "Order has been finished" }, kind: "refused" },
  { venue: "gate", status: 400, body: { label: "ORDER_CANCELLED", message: "cancelled" }, kind: "refused" },
  { venue: "gate", status: 404, body: { label: "ORDER_NOT_FOUND", message: "not found" }, kind: "missing" },
] as const;

for (const { venue, status, body, kind } of ANSWERS) {
  Deno.test(`${venue}: ${JSON.stringify(body)} is ${kind}`, () => {
    const exchange = new ccxt[venue]();
    const text = JSON.stringify(body);
    try {
      exchange.handleErrors(status, "", "https://venue/order", "POST", {}, text, body, {}, "");
    } catch (error) {
      return assertEquals(failureOf(error).kind, kind);
    }
    throw new Error("no error");
  });
}
