"""An office network of a test's own: the service's machine, another desk, the way out, each a namespace of Linux.

    desk 10.88.0.2 ── 10.88.0.1 service 10.99.0.1 ── 10.99.0.2 way out (a proxy)

Nothing but the three is on it: what the desk reaches it reaches over the wire between the two. The service finds the
names of the world outside in a hosts file of its own.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import needs

SERVICE, DESK, INSIDE, WAY_OUT = "10.88.0.1", "10.88.0.2", "10.99.0.1", "10.99.0.2"


@dataclass(frozen=True)
class Network:
    """The names of the three namespaces."""

    service: str
    desk: str
    out: str


def within(namespace: str) -> list[str]:
    """What stands before a command that is to run there."""
    return ["ip", "netns", "exec", namespace]


@contextmanager
def office_network(outside: Mapping[str, str]) -> Iterator[Network]:
    """Made for one test and gone with it; a machine that cannot make one is told (needs.missing).

    `outside`: addresses by the names the service finds for them.
    """
    if shutil.which("ip") is None:
        needs.missing("ip is not installed: apt install iproute2")
    mine = f"hy{os.getpid()}"
    made = Network(f"{mine}s", f"{mine}d", f"{mine}o")
    names = (made.service, made.desk, made.out)
    hosts = Path("/etc/netns") / made.service / "hosts"  # stands as /etc/hosts where the service runs
    try:
        for name in names:
            done = _ip("netns", "add", name)
            if done.returncode:
                needs.missing(f"no network namespace can be made here (root is needed): {done.stderr.strip()}")
            _done("-n", name, "link", "set", "lo", "up")
        _wire((made.service, f"{mine}a", SERVICE), (made.desk, f"{mine}b", DESK))
        _wire((made.service, f"{mine}x", INSIDE), (made.out, f"{mine}y", WAY_OUT))
        hosts.parent.mkdir(parents=True)
        known = {"localhost": "127.0.0.1", **outside}
        hosts.write_text("".join(f"{at} {name}\n" for name, at in known.items()), encoding="utf-8")
        yield made
    finally:
        for name in names:
            _ip("netns", "del", name)
        shutil.rmtree(hosts.parent, ignore_errors=True)


def _wire(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    _done("link", "add", one[1], "netns", one[0], "type", "veth", "peer", "name", other[1], "netns", other[0])
    for namespace, name, address in (one, other):
        _done("-n", namespace, "addr", "add", f"{address}/24", "dev", name)
        _done("-n", namespace, "link", "set", name, "up")


def _done(*words: str) -> None:
    done = _ip(*words)
    if done.returncode:
        needs.missing(f"the network of the test cannot be made: ip {' '.join(words)}: {done.stderr.strip()}")


def _ip(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
