"""One file that holds everything pip would fetch: made where there is a network, used where there is none.

    python deploy/offline.py make [DIR]          writes huiying-offline-<version>-<python>-<machine>.tar
    python deploy/offline.py install BUNDLE      installs from it into the running Python, checking every hash

Standard library and pip only: it runs before anything of ours is installed. Pages, scripts, styles, icons and models
are part of the code and need nothing further. In the bundle: `about.json`, `SHA256SUMS`, `wheels/`.
"""

import hashlib
import json
import platform
import re
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "requirements" / "run.txt"
# What a package that comes as source needs to be built; named here because pip fetches it unasked.
BUILDERS = ("setuptools", "wheel")
INSIDE = re.compile(r"about\.json|SHA256SUMS|wheels/[^/]+")
PIP = ("--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps")


def about(requirements: Path) -> dict[str, str]:
    """What a bundle fits: this Python on this kind of machine, this list."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        version = str(tomllib.load(file)["project"]["version"])
    return {
        "version": version,
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "platform": sysconfig.get_platform(),
        "requirements": hashlib.sha256(requirements.read_bytes()).hexdigest(),
    }


def make(folder: Path, requirements: Path = LIST) -> Path:
    """Fetch everything on the list and put it into one file; whole or not there."""
    told = about(requirements)
    name = f"huiying-offline-{told['version']}-py{told['python']}-{platform.machine()}.tar"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="huiying-offline-") as work:
        wheels = Path(work) / "wheels"
        fetch = [sys.executable, "-m", "pip", "download", "--dest", str(wheels)]
        run([*fetch, *PIP, "-r", str(requirements)], "依赖没有下载全，没有做成离线包。请检查网络后再来一次。")
        if any(not path.name.endswith(".whl") for path in wheels.iterdir()):
            pins = pinned(BUILDERS)
            run([*fetch, *PIP[:2], "--no-deps", *pins], "构建工具没有下载到，没有做成离线包。请检查网络后再来一次。")
        files = sorted(wheels.iterdir())
        sums = "".join(f"{digest(path)}  wheels/{path.name}\n" for path in files)
        (Path(work) / "SHA256SUMS").write_text(sums, encoding="ascii")
        (Path(work) / "about.json").write_text(json.dumps(told), encoding="utf-8")
        part = folder / f"{name}.part"
        with tarfile.open(part, "w") as tar:
            for path in (Path(work) / "about.json", Path(work) / "SHA256SUMS"):
                tar.add(path, path.name)
            for path in files:
                tar.add(path, f"wheels/{path.name}")
        part.replace(folder / name)
    return folder / name


def pinned(names: tuple[str, ...]) -> list[str]:
    """The versions of these tools that our own lists pin."""
    text = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    return [found[0] for name in names if (found := re.search(rf"^{name}==[\w.]+", text, re.MULTILINE))]


def install(bundle: Path, requirements: Path = LIST) -> None:
    """Install the list from a bundle. Refuses one that is cut, altered, or made for another machine or version."""
    with tempfile.TemporaryDirectory(prefix="huiying-offline-") as work:
        told = unpack(bundle, Path(work))
        ours = about(requirements)
        if (told["python"], told["platform"]) != (ours["python"], ours["platform"]):
            refuse(
                f"E32 离线包 {bundle.name} 是给 Python {told['python']}、{told['platform']} 做的，"
                f"本机是 Python {ours['python']}、{ours['platform']}。请在同样的机器上重新 make bundle。"
            )
        if told["requirements"] != ours["requirements"]:
            refuse(f"E32 离线包 {bundle.name} 与这个版本的依赖清单不符。请用同一版本的代码重新 make bundle。")
        words = [sys.executable, "-m", "pip", "install", "--no-index", "--find-links", str(Path(work) / "wheels")]
        run([*words, *PIP, "-r", str(requirements)], f"E33 离线包 {bundle.name} 装不上，见上面的说明。")


def unpack(bundle: Path, work: Path) -> dict[str, Any]:
    """Its files in `work`, each against its hash; what it says of itself."""
    try:
        with tarfile.open(bundle) as tar:
            for member in tar:
                content = tar.extractfile(member) if INSIDE.fullmatch(member.name) else None
                if content is None:
                    raise ValueError(member.name)
                (work / member.name).parent.mkdir(exist_ok=True)
                (work / member.name).write_bytes(content.read())
        sums = (work / "SHA256SUMS").read_text(encoding="ascii").splitlines()
        for line in sums:
            wanted, _, name = line.partition("  ")
            if digest(work / name) != wanted:
                refuse(f"E33 离线包 {bundle.name} 里的 {name} 被改过或拷贝坏了，没有安装。请重新拷贝。")
        told: dict[str, Any] = json.loads((work / "about.json").read_text(encoding="utf-8"))
    except (OSError, tarfile.TarError, ValueError) as error:
        raise SystemExit(f"E33 离线包 {bundle.name} 残缺（{error}），没有安装。请重新拷贝。") from error
    return told


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run(command: list[str], otherwise: str) -> None:
    if subprocess.run(command, check=False).returncode:
        refuse(otherwise)


def refuse(words: str) -> NoReturn:
    raise SystemExit(words)


def main() -> None:
    act, *rest = sys.argv[1:] or [""]
    if act == "make":
        made = make(Path(rest[0]) if rest else ROOT / "dist")
        size = made.stat().st_size / 1024**2
        print(f"离线包做好了：{made}（{size:.0f} MB）。连同代码拷到没有网络的机器，放在 Makefile 旁边，再 make run。")
    elif act == "install" and rest:
        install(Path(rest[0]))
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
