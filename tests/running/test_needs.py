"""In CI nothing is left out for want of a part of the machine."""

from pathlib import Path

import pytest

from tests import needs


def test_a_missing_part_is_an_error_in_ci_and_a_skip_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", "true")
    with pytest.raises(AssertionError, match="chromium is not installed"):
        needs.chromium()
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception):
        needs.chromium()
