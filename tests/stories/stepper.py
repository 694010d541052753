"""A process that has the service loaded and runs sweeps in forks of itself, which may be killed at a chosen statement.

`python -m tests.stories.stepper` reads one JSON order a line and answers with one JSON line:
`{"at", "sweeps": [names], "kill_at": n, "kill_after": seconds}` -> `{"killed", "error", "statements": [kinds]}`.
`kill_at`: SIGKILL before the n-th SQL statement (from 1; 0 = never); `kill_past`: before the one that follows the n-th
COMMIT; `kill_after`: SIGKILL after so many seconds.
`{"at", "call": "module.function", …}` calls a function in a fork instead. Each fork opens the database anew.
"""

import json
import os
import signal
import sys
import time
from typing import Any

import django
from django.utils.module_loading import import_string

STARTS = ("BEGIN", "COMMIT", "ROLLBACK")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    warm = import_string("tests.stories.prepared.warm")
    warm()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(obey(json.loads(line))), flush=True)


def obey(order: dict[str, Any]) -> dict[str, Any]:
    with open(os.environ["HUIYING_CLOCK_FILE"], "w", encoding="utf-8") as file:
        moment = import_string("datetime.datetime").fromisoformat(order["at"]).timestamp()
        json.dump({"base": moment, "real": 0, "speed": 1, "held": True}, file)
    readable, writable = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(readable)
        work(order, writable)
    os.close(writable)
    if order.get("kill_after"):
        time.sleep(order["kill_after"])
        os.kill(pid, signal.SIGKILL)
    with os.fdopen(readable, encoding="utf-8") as answer:
        said = answer.read()
    killed = os.WIFSIGNALED(os.waitpid(pid, 0)[1])
    return {"killed": killed, **(json.loads(said) if said and not killed else {"error": "", "statements": []})}


def work(order: dict[str, Any], writable: int) -> None:
    """In the fork: never returns."""
    connection = import_string("django.db.connection")
    connection.ensure_connection()
    statements: list[str] = []

    def trace(statement: str) -> None:
        if statement.startswith("--"):  # the inside of a trigger
            return
        past = order.get("kill_past") and statements.count("COMMIT") == order["kill_past"]
        statements.append(statement.split(None, 1)[0])
        if past or len(statements) == order.get("kill_at"):
            os.kill(os.getpid(), signal.SIGKILL)

    connection.connection.set_trace_callback(trace)
    error = ""
    try:
        if "call" in order:
            import_string(order["call"])()
        else:
            sweeps = import_string("console.sweeps.schedule")(import_string("django.conf.settings").SCHEDULE)
            # In a rehearsal's process the scenario says when to crawl, and here the test does.
            loads = {"crawl": lambda: import_string("crawlers.tasks.crawl")} | {one.name: one.load for one in sweeps}
            for name in order["sweeps"]:
                loads[name]()()
    except Exception as fault:
        error = f"{type(fault).__name__}: {fault}"
    os.write(writable, json.dumps({"error": error, "statements": statements}).encode())
    os._exit(0)


if __name__ == "__main__":
    main()
