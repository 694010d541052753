"""Entry of the web process: `python -m console.web --listen 127.0.0.1:8000 --parent PID`."""

import argparse
import gc
import os
import signal
import sys
import threading
import time
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver
from waitress.server import create_server

from console import journal
from office import lifeline

THREADS = 8  # pages are short; measured best with one process (technology notes in docs/measurements.md)
LARGEST_BODY = 110 * 1024 * 1024  # an imported file of 100 MB and its form around it


def leave(number: int, frame: FrameType | None) -> None:
    """Waitress finishes the requests it is serving when SystemExit reaches its loop."""
    raise SystemExit(0)


def watch_parent(parent: int) -> None:
    """For systems whose kernel does not tell: end when the parent is gone."""
    while not lifeline.orphaned(parent):
        time.sleep(2)
    os._exit(1)


def trusted_proxy(address: str) -> dict[str, Any]:
    """What waitress is to believe, and from whom: the client's address and whether it came over TLS."""
    if not address:
        return {}
    return {
        "trusted_proxy": address,
        "trusted_proxy_count": 1,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", required=True, metavar="HOST:PORT")
    parser.add_argument("--parent", type=int)
    parser.add_argument("--process", default="web")
    options = parser.parse_args()
    journal.set_up(options.process)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, leave)
    if options.parent is not None:
        lifeline.die_with_parent(options.parent)
        if sys.platform != "linux":
            threading.Thread(target=watch_parent, args=(options.parent,), daemon=True).start()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    application = get_wsgi_application()
    _ = get_resolver().url_patterns  # loads every page now, not under the first person who asks for one
    gc.collect()
    gc.freeze()  # what is loaded now stays: looking through it for garbage holds up every page for a tenth of a second
    host, _, port = options.listen.rpartition(":")
    server = create_server(
        application,
        host=host.strip("[]"),
        port=int(port),
        threads=THREADS,
        ident=None,
        max_request_body_size=LARGEST_BODY,
        clear_untrusted_proxy_headers=True,
        **trusted_proxy(settings.TRUSTED_PROXY),
    )
    journal.log("started", pid=os.getpid(), listen=options.listen)
    server.run()
    server.close()
    journal.log("stopped", pid=os.getpid())


if __name__ == "__main__":
    main()
