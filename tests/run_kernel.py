"""Runs one piece of code in a real kernel and passes on what it prints.

Reads one JSON object from standard input: {"cwd": folder, "code": text}. The first line printed is the kernel's process id. Ends
when the kernel is gone.
"""

import json
import sys

from jupyter_client import KernelManager


def main():
    plan = json.loads(sys.stdin.readline())
    manager = KernelManager(kernel_name="deno")
    manager.start_kernel(cwd=plan["cwd"])
    print(manager.provisioner.process.pid, flush=True)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    request = client.execute(plan["code"])
    while manager.is_alive():
        try:
            message = client.get_iopub_msg(timeout=0.2)
        except Exception:  # queue.Empty, whatever its module is in this version
            continue
        if message["parent_header"].get("msg_id") != request:
            continue
        content = message["content"]
        if message["msg_type"] == "stream":
            print(content["text"], end="", flush=True)
        elif message["msg_type"] == "error":
            print(content["ename"] + ": " + content["evalue"], flush=True)
            break
    client.stop_channels()
    manager.shutdown_kernel(now=True)


main()
