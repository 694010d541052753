"""The compose file as values: its shape held to what the file may say, and a service as a process of this machine."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

ROOT = Path(__file__).resolve().parent.parent.parent
FILE = ROOT / "docker-compose.yml"
UNITS = {"m": 1, "g": 1024}


class Strict(BaseModel):
    """A key nobody knows is a fault: the engine would pass over many of them without a word."""

    model_config = ConfigDict(extra="forbid")


class Health(Strict):
    test: list[str] = Field(min_length=2)
    interval: str = "30s"
    timeout: str = "30s"
    start_period: str = "0s"
    retries: int = 3


class After(Strict):
    condition: Literal["service_healthy", "service_completed_successfully", "service_started"]


class Service(Strict):
    image: str
    build: str | None = None
    restart: str = "no"
    command: str | list[str] | None = None
    entrypoint: list[str] | None = None
    environment: dict[str, str] = {}
    user: str | None = None
    read_only: bool = False
    init: bool = False
    tmpfs: list[str] = []
    cap_drop: list[str] = []
    security_opt: list[str] = []
    logging: dict[str, Any]
    networks: list[str]
    volumes: list[str] = []
    secrets: list[str] = []
    ports: list[str] = []
    mem_limit: str
    shm_size: str | None = None
    stop_grace_period: str = "10s"
    ulimits: dict[str, Any] = {}
    depends_on: dict[str, After] = {}
    healthcheck: Health | None = None

    @property
    def own(self) -> bool:
        """Whether it runs our image."""
        return self.build is not None

    @property
    def lasting(self) -> bool:
        return self.restart == "unless-stopped"

    @property
    def megabytes(self) -> int:
        number, unit = re.fullmatch(r"(\d+)([mg])", self.mem_limit).groups()  # type: ignore[union-attr]  # else a fault
        return int(number) * UNITS[unit]


class Compose(Strict):
    name: str
    services: dict[str, Service]
    networks: dict[str, dict[str, Any]]
    volumes: dict[str, dict[str, Any]]
    secrets: dict[str, dict[str, str]]


def read() -> Compose:
    """The file, its anchors resolved and its `x-` parts taken off."""
    told = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return Compose.model_validate({key: value for key, value in told.items() if not key.startswith("x-")})


def filled(text: str, given: dict[str, str]) -> str:
    """`${NAME:-default}` and `$$` as compose reads them."""

    def value(match: re.Match[str]) -> str:
        return given.get(match["name"], match["default"] or "")

    return re.sub(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\}", value, text).replace("$$", "$")


class Stage:
    """The own services of the file as processes here: names of hosts, /data and /run/secrets stand for what is ours."""

    def __init__(self, folder: Path, *, replace: dict[str, str], secrets: dict[str, str]) -> None:
        self.compose = read()
        self.folder = folder
        (folder / "secrets").mkdir(parents=True, exist_ok=True)
        for name in self.compose.secrets:
            (folder / "secrets" / name).write_text(secrets.get(name, "none"), encoding="utf-8")
        self._replace = {**replace, "/run/secrets": str(folder / "secrets"), "/data": str(folder / "data")}

    def environment(self, service: str, **more: str) -> dict[str, str]:
        """What the process of a service finds: the file's own values, nothing of ours."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("HUIYING_")}
        told = self.compose.services[service].environment
        return kept | {key: self._here(filled(value, {})) for key, value in told.items()} | more

    def start(self, service: str, **more: str) -> "subprocess.Popen[bytes]":
        """A service by its own command, in an interpreter of this checkout."""
        command = self.compose.services[service].command
        assert isinstance(command, list)
        program, *words = [filled(word, {}) for word in command]
        out = (self.folder / f"{service}.log").open("ab")
        path = ROOT / ".venv" / "bin" / program
        return subprocess.Popen(
            [str(path), *words], cwd=ROOT, env=self.environment(service, **more), stdout=out, stderr=out
        )

    def said(self, service: str) -> str:
        return (self.folder / f"{service}.log").read_text(encoding="utf-8", errors="replace")

    def _here(self, value: str) -> str:
        for there, here in self._replace.items():
            value = value.replace(there, here)
        return value
