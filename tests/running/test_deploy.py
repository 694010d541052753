"""What lies in deploy/: the unit of systemd, the proxies' examples, the bundle for a machine without a network."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.running.service import ROOT

DEPLOY = ROOT / "deploy"
OFFLINE = DEPLOY / "offline.py"


def test_systemd_accepts_the_unit_and_calls_it_well_locked(tmp_path: Path) -> None:
    words = (DEPLOY / "huiying.service").read_text(encoding="utf-8")
    assert "User=huiying" in words and "manage.py run" in words and "NoNewPrivileges=yes" in words
    tool = shutil.which("systemd-analyze")
    if tool is None:  # a container without it: what could be read was read
        return
    unit = tmp_path / "huiying.service"
    code = tmp_path / "code"
    code.symlink_to(ROOT)  # this checkout may lie in a folder with spaces; /opt/huiying does not
    unit.write_text(words.replace("/opt/huiying", str(code)), encoding="utf-8")
    checked = subprocess.run([tool, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0 and checked.stderr == "", checked.stderr
    told = subprocess.run(
        [tool, "security", "--offline=true", "--no-pager", str(unit)], capture_output=True, text=True, check=False
    ).stdout
    found = re.search(r"exposure level for huiying.service: ([0-9.]+)", told)
    assert found is not None and float(found[1]) < 2.5, told[-300:]


def test_the_examples_of_proxies_send_on_what_the_service_asks_for() -> None:
    nginx = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert nginx.count("{") == nginx.count("}")
    for line in ("Host $http_host", "X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme"):
        assert nginx.count(f"proxy_set_header {line};") == 2
    caddy = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    assert caddy.count("{") == caddy.count("}") and "reverse_proxy 127.0.0.1:8000" in caddy
    for words in (nginx, caddy):
        assert "HUIYING_TRUSTED_PROXY=127.0.0.1" in words and "HUIYING_URL=https://" in words


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone whose list asks for one small package, and a bundle of it beside the Makefile."""
    folder = tmp_path / "my clone"
    (folder / "requirements").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(DEPLOY, folder / "deploy")
    wheel = tmp_path / "hello_there-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr("hello_there.py", "WORDS = 'from the bundle'\n")
        packed.writestr(
            "hello_there-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: hello-there\nVersion: 1.0\n"
        )
        packed.writestr(
            "hello_there-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        packed.writestr("hello_there-1.0.dist-info/RECORD", "")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    wanted = folder / "requirements" / "run.txt"
    wanted.write_text(f"hello-there==1.0 --hash=sha256:{digest}\n", encoding="utf-8")
    told = subprocess.run(
        [sys.executable, "-c", f"import json, sys; sys.path.insert(0, {str(DEPLOY)!r}); import offline, pathlib;"
         f" print(json.dumps(offline.about(pathlib.Path({str(wanted)!r}))))"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    (tmp_path / "about.json").write_text(told, encoding="utf-8")
    (tmp_path / "SHA256SUMS").write_text(f"{digest}  wheels/{wheel.name}\n", encoding="ascii")
    with tarfile.open(folder / "huiying-offline-test.tar", "w") as tar:
        tar.add(tmp_path / "about.json", "about.json")
        tar.add(tmp_path / "SHA256SUMS", "SHA256SUMS")
        tar.add(wheel, f"wheels/{wheel.name}")
    return folder


def install(folder: Path, target: Path) -> "subprocess.CompletedProcess[str]":
    """As `make setup` does, but into a folder of its own instead of a new environment."""
    bundle = str(folder / "huiying-offline-test.tar")
    env = {"PATH": "/usr/bin:/bin", "PIP_TARGET": str(target), "PIP_INDEX_URL": "http://127.0.0.1:9/none"}
    command = [sys.executable, str(folder / "deploy" / "offline.py"), "install", bundle]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_make_uses_the_bundle_beside_it_and_asks_no_network(clone: Path, tmp_path: Path) -> None:
    plan = subprocess.run(["make", "--dry-run", "setup"], cwd=clone, capture_output=True, text=True, check=False).stdout
    assert "deploy/offline.py install huiying-offline-test.tar" in plan and "-m pip install" not in plan
    done = install(clone, tmp_path / "there")
    assert done.returncode == 0, done.stderr
    assert "from the bundle" in (tmp_path / "there" / "hello_there.py").read_text(encoding="utf-8")


def test_a_bundle_that_is_cut_altered_or_for_another_machine_is_refused(clone: Path, tmp_path: Path) -> None:
    bundle = clone / "huiying-offline-test.tar"
    whole = bundle.read_bytes()
    bundle.write_bytes(whole[: len(whole) // 3])
    assert "E33" in install(clone, tmp_path / "a").stderr
    bundle.write_bytes(whole.replace(b"from the bundle", b"from elsewhere!"))
    assert "E33" in install(clone, tmp_path / "b").stderr
    told = json.loads((tmp_path / "about.json").read_text(encoding="utf-8"))
    for name, value in (("python", "2.7"), ("requirements", "0" * 64)):
        (tmp_path / "about.json").write_text(json.dumps(told | {name: value}), encoding="utf-8")
        with tarfile.open(bundle, "w") as tar:
            tar.add(tmp_path / "about.json", "about.json")
            tar.add(tmp_path / "SHA256SUMS", "SHA256SUMS")
            tar.add(tmp_path / "hello_there-1.0-py3-none-any.whl", "wheels/hello_there-1.0-py3-none-any.whl")
        refused = install(clone, tmp_path / "c")
        assert refused.returncode == 1 and "E32" in refused.stderr and "Traceback" not in refused.stderr
    assert not (tmp_path / "c").exists()
