"""The peer's side of bench/hftbacktest.ts: the same quoting rule on hftbacktest, compiled by numba.

Reads one command a line, answers each with one line of JSON:

    {"load": NPZ, "copies", "span", "spec"}      tiles the events in memory, each copy SPAN nanoseconds later than the last
    {"latency": NPZ, "req", "entry", "response"}  writes measured orders, nanoseconds, as numpy and hftbacktest have them
    {"model", "exchange", "spec", "room", "out"} runs the rule and writes its fills to OUT; the seconds are those of the loop alone
"""

import json
import sys
import time

import numpy as np
from numba import njit
from hftbacktest import BacktestAsset, GTX, LIMIT, ROIVectorMarketDepthBacktest

BUY = 1
order_latency_dtype = np.dtype([("req_ts", "i8"), ("exch_ts", "i8"), ("resp_ts", "i8"), ("_padding", "i8")], align=True)


@njit
def quote(hbt, step, half, skew, size, lot, tick, cap, levels, spacing, out):
    """Every `step` ns: cancel what stands elsewhere than wanted, place what is missing. Returns the number of fills noted.

    The position is summed from what each order has left, because the local state of hftbacktest takes a fill for its
    position only when it completes the order (proc/local.rs, process_recv_order_).
    """
    # An order's place is its number modulo the room; no order lives as long as it takes to come round again.
    room = 1 << 16
    left = np.zeros(room, np.int64)
    orders = 0
    position = 0
    noted = 0
    wanted = np.zeros((2, levels), np.int64)
    found = np.zeros((2, levels), np.uint8)
    if hbt.elapse(1) != 0:
        return noted, orders, hbt.current_timestamp
    while True:
        if hbt.elapse(step - hbt.current_timestamp % step) != 0:
            return noted, orders, hbt.current_timestamp
        values = hbt.orders(0).values()
        while values.has_next():
            order = values.get()
            leaves = np.int64(round(order.leaves_qty / lot))
            at = order.order_id % room
            filled = left[at] - leaves
            if filled > 0:
                left[at] = leaves
                position += order.side * filled
                if noted < len(out):
                    out[noted, 0] = order.order_id
                    out[noted, 1] = order.side
                    out[noted, 2] = order.price_tick
                    out[noted, 3] = filled
                    out[noted, 4] = order.exch_timestamp
                noted += 1
        hbt.clear_inactive_orders(0)
        depth = hbt.depth(0)
        bid = depth.best_bid_tick
        ask = depth.best_ask_tick
        if bid >= ask or bid < 0 or ask > 1 << 50:
            continue
        centre = (bid + ask) / 2 - skew * position
        first_bid = min(np.int64(np.floor(centre - half)), ask - 1)
        first_ask = max(np.int64(np.ceil(centre + half)), bid + 1)
        for i in range(levels):
            wanted[0, i] = first_bid - i * spacing
            wanted[1, i] = first_ask + i * spacing
            found[0, i] = 0
            found[1, i] = 0
        may_buy = position < cap
        may_sell = position > -cap
        values = hbt.orders(0).values()
        while values.has_next():
            order = values.get()
            row = 0 if order.side == BUY else 1
            keep = False
            if (row == 0 and may_buy) or (row == 1 and may_sell):
                for i in range(levels):
                    if wanted[row, i] == order.price_tick:
                        found[row, i] = 1
                        keep = True
            if not keep and order.cancellable:
                hbt.cancel(0, order.order_id, False)
        for i in range(levels):
            if may_buy and found[0, i] == 0:
                orders += 1
                left[orders % room] = np.int64(round(size / lot))
                hbt.submit_buy_order(0, orders, wanted[0, i] * tick, size, GTX, LIMIT, False)
            if may_sell and found[1, i] == 0:
                orders += 1
                left[orders % room] = np.int64(round(size / lot))
                hbt.submit_sell_order(0, orders, wanted[1, i] * tick, size, GTX, LIMIT, False)


def asset(data, model, exchange, spec):
    made = (
        BacktestAsset()
        .data(data)
        .linear_asset(1.0)
        .trading_value_fee_model(0.0, 0.0)
        .tick_size(spec["tick"])
        .lot_size(spec["lot"])
        .last_trades_capacity(0)
        .roi_lb(spec["roi"][0])
        .roi_ub(spec["roi"][1])
    )
    if "latency" in spec:
        made.intp_order_latency(spec["latency"])
    else:
        made.constant_order_latency(spec["entry"], spec["response"])
    if model == "risk_averse":
        made.risk_adverse_queue_model()
    elif model == "power":
        made.power_prob_queue_model(spec["power"])
    else:
        made.log_prob_queue_model()
    if exchange == "partial":
        made.partial_fill_exchange()
    else:
        made.no_partial_fill_exchange()
    return made


def run(data, model, exchange, spec, out):
    hbt = ROIVectorMarketDepthBacktest([asset(data, model, exchange, spec)])
    rule = [np.int64(spec["step"]), float(spec["half"]), float(spec["skew"]), float(spec["size"]), float(spec["lot"])]
    rule += [float(spec["tick"]), np.int64(spec["cap"]), np.int64(spec["levels"]), np.int64(spec["spacing"])]
    wall, cpu = time.perf_counter(), time.process_time()
    noted, orders, ended = quote(hbt, *rule, out)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    hbt.close()
    return wall, cpu, noted, orders, ended


def main():
    data = None
    for line in sys.stdin:
        command = json.loads(line)
        if "load" in command:
            one = np.load(command["load"])["data"]
            count = len(one)
            data = np.tile(one, command["copies"])
            for n in range(command["copies"]):
                part = data[n * count : (n + 1) * count]
                part["exch_ts"] += n * command["span"]
                part["local_ts"] += n * command["span"]
            # Once on the first copy alone: numba compiles there.
            run(data[:count], "risk_averse", "partial", command["spec"], np.zeros((1000, 5), np.int64))
            print(json.dumps({"rows": len(data), "last": int(data["local_ts"][-1])}), flush=True)
            continue
        if "latency" in command:
            rows = np.zeros(len(command["req"]), order_latency_dtype)
            rows["req_ts"] = command["req"]
            rows["exch_ts"] = rows["req_ts"] + np.array(command["entry"])
            rows["resp_ts"] = rows["exch_ts"] + np.array(command["response"])
            np.savez_compressed(command["latency"], data=rows)
            print(json.dumps({"rows": len(rows)}), flush=True)
            continue
        out = np.zeros((command["room"], 5), np.int64)
        wall, cpu, noted, orders, ended = run(data, command["model"], command["exchange"], command["spec"], out)
        out[: min(noted, len(out))].tofile(command["out"])
        print(json.dumps({"wall": wall, "cpu": cpu, "fills": noted, "orders": orders, "ended": int(ended)}), flush=True)


main()
