"""The one process that starts the others, starts them again when they die, and stops them cleanly.

Entered from `manage.py run`, which hands over the lock on the database (an open file) and then becomes this program:
it knows no Django and stays small. Usage: `python -m console.supervisor --lock FD --home DIR --listen HOST:PORT …`.
"""

import argparse
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from console.processes import ROOT, Journal, Part, child_environment, drill_parts, service_parts
from office import lifeline

STOP_WITHIN = 10.0  # seconds a child has to finish what it is doing
BACK_OFF = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)  # seconds before each further start
STEADY = 60.0  # seconds of life after which the back-off begins anew
LOOK_EVERY = 1.0
PROBE_EVERY = 30.0
PROBES_MISSED = 3


def moment() -> datetime:
    return datetime.now(UTC)


class Child:
    """A part and its process, if it runs."""

    def __init__(self, part: Part, journal: Journal) -> None:
        self.part = part
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.start_after = 0.0
        self.deaths = 0
        self.finished = False
        self._journal = journal
        self._rest = b""
        self._other: list[str] = []
        self._other_since = 0.0

    def start(self, selector: selectors.BaseSelector) -> None:
        if self.part.pulse:
            self.part.pulse.unlink(missing_ok=True)
        # A group of its own: Ctrl-C reaches us alone, and a kill reaches its spiders as well.
        self.process = subprocess.Popen(
            self.part.argv,
            cwd=ROOT,
            env=child_environment(self.part),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.started = time.monotonic()
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        selector.register(self.process.stdout, selectors.EVENT_READ, self)

    def drain(self, selector: selectors.BaseSelector) -> None:
        """Take what the child has written. Its own lines are JSON; anything else (a traceback) becomes one event."""
        if self.process is None or self.process.stdout is None:
            return
        while True:
            try:
                chunk = os.read(self.process.stdout.fileno(), 65536)
            except BlockingIOError:
                break
            if not chunk:
                selector.unregister(self.process.stdout)
                self.process.stdout.close()
                self.process.stdout = None
                break
            self._rest += chunk
        *lines, self._rest = self._rest.split(b"\n")
        if self.process.stdout is None and self._rest:
            lines, self._rest = [*lines, self._rest], b""
        for line in (raw.decode("utf-8", "replace").rstrip() for raw in lines):
            if line.startswith("{"):
                self.tell_other()
                self._journal.line(line)
            elif line:
                self._other_since = self._other_since or time.monotonic()
                self._other.append(line)
        if self.process.stdout is None:
            self.tell_other()

    def tell_other(self, *, older_than: float = 0.0) -> None:
        """Write the lines gathered since; the lines of one traceback come in many pieces."""
        if self._other and time.monotonic() - self._other_since >= older_than:
            text = "\n".join(self._other)
            self._journal.event("output", at=moment(), child=self.part.name, text=text[-4000:])
            self._other, self._other_since = [], 0.0

    def ask_to_stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        """End it now, with whatever it has started itself; also what it left behind when it is already dead."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Holds the children of one service. `run` returns when all have stopped."""

    def __init__(self, *, home: Path, listen: str, drill_port: int, parts: list[Part]) -> None:
        self._home = home
        self._listen = listen
        self._drill_port = drill_port
        self._journal = Journal(home / "log" / "huiying.log")
        self._bell = lifeline.StopBell()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._bell.fileno(), selectors.EVENT_READ, None)
        self._children = {part.name: Child(part, self._journal) for part in parts}
        self._drill_asked = 0.0
        self._probe_at = 0.0
        self._probes_missed = 0
        self._greeted = False

    def run(self) -> None:
        self._journal.event("service_started", at=moment(), pid=os.getpid(), listen=self._listen)
        while not self._bell.ringing:
            for child in list(self._children.values()):
                self._tend(child)
            self._tend_drill()
            self._probe_web()
            self._listen_to_children(LOOK_EVERY if self._greeted else 0.1)
        self._stop_all()

    def _listen_to_children(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if isinstance(key.data, Child):
                key.data.drain(self._selector)

    def _tend(self, child: Child) -> None:
        now = time.monotonic()
        child.tell_other(older_than=LOOK_EVERY)
        if child.alive:
            self._kill_if_hung(child)
            if child.deaths and now - child.started > STEADY:
                child.deaths = 0
            return
        if child.process is not None:
            self._bury(child, now)
        if not child.finished and now >= child.start_after:
            child.start(self._selector)

    def _bury(self, child: Child, now: float) -> None:
        assert child.process is not None
        code = child.process.returncode
        child.kill()
        child.drain(self._selector)
        child.tell_other()
        if child.process.stdout is not None:  # a grandchild still holds the pipe
            self._selector.unregister(child.process.stdout)
            child.process.stdout.close()
        child.process = None
        if not child.part.lasting:
            child.finished = True
            level = "info" if code == 0 else "error"
            self._journal.event("child_ended", level=level, at=moment(), child=child.part.name, code=code)
            return
        wait = BACK_OFF[min(child.deaths, len(BACK_OFF) - 1)]
        child.deaths += 1
        child.start_after = now + wait
        self._journal.event(
            "child_died", level="error", at=moment(), child=child.part.name, code=code, again_in_seconds=wait
        )

    def _kill_if_hung(self, child: Child) -> None:
        if not child.part.pulse or time.monotonic() - child.started < child.part.quiet_limit:
            return
        age, busy_with = lifeline.pulse_age(child.part.pulse) or (time.monotonic() - child.started, "starting")
        if age > child.part.quiet_limit:
            self._journal.event(
                "child_hung", level="error", at=moment(), child=child.part.name, seconds=round(age), busy_with=busy_with
            )
            child.kill()

    def _probe_web(self) -> None:
        """Say once that the pages are there; later kill a web process that no longer answers."""
        now = time.monotonic()
        web = self._children.get("web")
        if web is None or now < self._probe_at or not web.alive:
            return
        answers = answers_health(self._listen)
        if answers and not self._greeted:
            self._greeted = True
            say(f"回应 Huiying 已启动：{os.environ.get('HUIYING_URL') or f'http://{self._listen}'}")
            say(f"按 Ctrl-C 停止。日志：{self._home / 'log' / 'huiying.log'}")
        self._probe_at = now + (PROBE_EVERY if self._greeted else 0.2)
        if not self._greeted:
            return
        self._probes_missed = 0 if answers else self._probes_missed + 1
        if self._probes_missed >= PROBES_MISSED:
            self._journal.event("child_hung", level="error", at=moment(), child="web", probes_missed=PROBES_MISSED)
            web.kill()
            self._probes_missed = 0

    def _tend_drill(self) -> None:
        """Follow `drills/wanted.json`: start the rehearsal it asks for, stop the one it no longer asks for."""
        wanted = self._home / "drills" / "wanted.json"
        try:
            asked = wanted.stat().st_mtime_ns
        except FileNotFoundError:
            asked = 0
        if asked == self._drill_asked:
            return
        self._drill_asked = asked
        self._stop([child for name, child in self._children.items() if name.startswith("drill-")])
        for name in [name for name in self._children if name.startswith("drill-")]:
            del self._children[name]
        for part in drill_parts(home=self._home, listen=self._listen, port=self._drill_port, parent=os.getpid()):
            self._children[part.name] = Child(part, self._journal)
            self._journal.event("drill_part", at=moment(), child=part.name)

    def _stop_all(self) -> None:
        say("正在停止：等待进行中的工作完成……")
        self._stop(list(self._children.values()))
        self._journal.event("service_stopped", at=moment())
        say("已停止。")

    def _stop(self, children: list[Child]) -> None:
        """Ask all to stop, wait at most ten seconds, then kill what is left with its own children."""
        for child in children:
            child.ask_to_stop()
        limit = time.monotonic() + STOP_WITHIN
        while any(child.alive for child in children) and time.monotonic() < limit:
            for child in children:
                child.drain(self._selector)
            time.sleep(0.05)
        for child in children:
            if child.alive:
                self._journal.event("child_killed", level="warning", at=moment(), child=child.part.name)
            child.kill()
            if child.process is not None:
                child.process.wait()
                child.drain(self._selector)
                child.tell_other()


def answers_health(listen: str) -> bool:
    """Whether `/healthz` of the web process answers anything within five seconds."""
    host, _, port = listen.rpartition(":")
    host = {"0.0.0.0": "127.0.0.1", "[::]": "::1"}.get(host, host.strip("[]"))
    request = b"GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n"
    try:
        with socket.create_connection((host, int(port)), timeout=5) as line:
            line.settimeout(5)
            line.sendall(request)
            return line.recv(12).startswith(b"HTTP/1.")
    except OSError:
        return False


def say(text: str) -> None:
    """A sentence for the person at the terminal."""
    with suppress(OSError):
        print(text, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lock", type=int, required=True, help="open file that holds the lock; kept open, never used")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--listen", required=True)
    parser.add_argument("--drill-port", type=int, required=True)
    options = parser.parse_args()
    os.set_inheritable(options.lock, False)
    parts = service_parts(home=options.home, listen=options.listen, parent=os.getpid())
    Supervisor(home=options.home, listen=options.listen, drill_port=options.drill_port, parts=parts).run()
    sys.exit(0)


if __name__ == "__main__":
    main()
