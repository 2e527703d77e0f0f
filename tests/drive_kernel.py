"""Runs cells of a notebook in a real kernel over Jupyter's own client, and interrupts one of them.

Reads one JSON object from standard input: {"notebook": path, "cwd": folder, "until": id of the last cell to run,
"interrupt": {"cell": id, "after": text in its output}, "then": [code, ...]}. Prints one JSON line a cell: what was
printed, and what each display showed last.
"""

import json
import sys
import time

from jupyter_client import KernelManager

TIMEOUT = 90


def run(manager, client, code, after=None):
    request = client.execute(code)
    text, places, start, sent = "", {}, time.monotonic(), False
    status = "timeout"
    while time.monotonic() - start < TIMEOUT:
        if after is not None and not sent and after in text:
            manager.interrupt_kernel()
            sent = True
        try:
            message = client.get_iopub_msg(timeout=0.1)
        except Exception:  # queue.Empty, whatever its module is in this version
            continue
        if message["parent_header"].get("msg_id") != request:
            continue
        content = message["content"]
        if message["msg_type"] == "stream":
            text += content["text"]
        elif message["msg_type"] in ("display_data", "update_display_data"):
            place = content.get("transient", {}).get("display_id", len(places))
            places[place] = content["data"].get("text/plain", "")
        elif message["msg_type"] == "error":
            text += content["ename"] + ": " + content["evalue"]
        elif message["msg_type"] == "status" and content["execution_state"] == "idle":
            status = client.get_shell_msg(timeout=10)["content"]["status"]
            break
    return {"status": status, "text": text, "places": list(places.values()), "interrupted": sent}


def main():
    plan = json.load(sys.stdin)
    with open(plan["notebook"], encoding="utf-8") as file:
        cells = [cell for cell in json.load(file)["cells"] if cell["cell_type"] == "code"]
    manager = KernelManager(kernel_name="deno")
    manager.start_kernel(cwd=plan["cwd"])
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    try:
        interrupt = plan.get("interrupt", {})
        for cell in cells:
            after = interrupt.get("after") if cell["id"] == interrupt.get("cell") else None
            outcome = run(manager, client, "".join(cell["source"]), after)
            print(json.dumps({"cell": cell["id"], **outcome}), flush=True)
            if cell["id"] == plan.get("until"):
                break
        for code in plan.get("then", []):
            print(json.dumps({"cell": code, **run(manager, client, code)}), flush=True)
        print(json.dumps({"cell": "alive", "status": str(manager.is_alive()), "text": ""}), flush=True)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=False)


main()
