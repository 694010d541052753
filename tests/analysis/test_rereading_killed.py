"""A re-reading whose process is killed like a machine that dies goes on where it was."""

import os
import signal
import time
from datetime import UTC, datetime

import pytest
from django.db import connections

from analysis.models import Reading, Rereading
from analysis.services import rereading
from analysis.services.reading import read_posts, reader
from office import statements
from tests.analysis.test_learning import DAY, NOW, post

FIRST = datetime(2026, 3, 20, tzinfo=UTC)


@pytest.mark.embedded  # a forked child would go on with its parent's connections to the server
@pytest.mark.django_db(transaction=True)
def test_killed_in_its_work_it_goes_on_and_reads_every_post_once_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rereading, "SLICE", 5)
    for n in range(60):
        post(f"西城区月坛街道第{n}号楼停水了，什么时候来水")
    read_posts(at=NOW)
    rereading.begin(by=None, at=NOW, why="试")
    reader()
    connections.close_all()  # the child opens its own
    statements.let_go()
    child = os.fork()
    if child == 0:
        while rereading.step(at=FIRST):
            time.sleep(0.02)
        os._exit(0)
    until = time.monotonic() + 20
    while Rereading.objects.get().done < 15 and time.monotonic() < until:
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    stopped = Rereading.objects.get()
    done = Reading.objects.filter(at=FIRST).count()
    assert stopped.under_way and 15 <= stopped.done < 60 and done == stopped.done
    while rereading.step(at=NOW + DAY):
        pass
    ended = Rereading.objects.get()
    assert (ended.done, ended.under_way) == (60, False)
    assert Reading.objects.filter(at=FIRST).count() == done
    assert Reading.objects.filter(at=NOW + DAY).count() == 60 - done
