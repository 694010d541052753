"""What the long-lived processes may carry: heavy libraries live in children that end."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.running.service import ROOT, environment, free_port

HEAVY = ("snownlp", "sklearn", "scipy", "weasyprint", "trafilatura", "scrapy", "twisted")
WEB = "from django.urls import get_resolver; get_resolver().url_patterns"
TICK = """
from django.conf import settings
from console.sweeps import schedule
[sweep.load() for sweep in schedule(settings.SCHEDULE) if sweep.family == FAMILY]
"""


@pytest.mark.parametrize(
    "work",
    [WEB, TICK.replace("FAMILY", "'clock'"), TICK.replace("FAMILY", "'reading'")],
    ids=["web", "clock", "reading"],
)
def test_no_long_lived_process_loads_a_heavy_library(tmp_path: Path, work: str) -> None:
    code = f"import sys, django; django.setup()\n{work}\nprint([n for n in {HEAVY!r} if n in sys.modules])"
    env = environment(tmp_path / "home", free_port(), DJANGO_SETTINGS_MODULE="config.settings", PYTHONPATH=str(ROOT))
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
