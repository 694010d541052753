"""How gunicorn serves the pages of several machines: `gunicorn -c config/gunicorn.py config.wsgi`.

Two processes of four threads: 1 097 pages/s on two cores where one process of eight gave 498 (docs/measurements.md
names the machine); a request that hangs takes a thread, not the service.
"""

import gc
import os
from typing import Any

from console import journal

bind = os.environ.get("HUIYING_LISTEN", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("HUIYING_WEB_PROCESSES", "2"))
threads = int(os.environ.get("HUIYING_WEB_THREADS", "4"))
timeout = 120  # an export of a year takes a minute
graceful_timeout = 15
keepalive = 5
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # a disk that hangs must not look like a dead worker
# What a proxy says of the visitor is believed by config/wsgi.py, from one address alone; gunicorn itself believes none.
forwarded_allow_ips = ""
limit_request_line = 8190


def post_worker_init(worker: Any) -> None:
    """Logs in the service's form; what is loaded now stays, so that looking through it holds up no page."""
    journal.set_up("web")
    gc.collect()
    gc.freeze()
    journal.log("started", pid=worker.pid, listen=bind)


def worker_exit(server: Any, worker: Any) -> None:
    journal.log("stopped", pid=worker.pid)
