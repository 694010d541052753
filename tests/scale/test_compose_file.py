"""The compose file says what it must: nothing open, nobody root, everything bounded."""

import subprocess
from pathlib import Path

import pytest

from tests.scale import compose

FILE = compose.read()
OWN = [name for name, service in FILE.services.items() if service.own]
LASTING = [name for name, service in FILE.services.items() if service.lasting]


def test_every_part_asked_for_is_there() -> None:
    assert set(FILE.services) >= {
        "postgres", "redis", "elasticsearch", "kibana", "web", "worker", "beat", "clock", "migrate", "kibana-push",
    }  # fmt: skip


def test_only_the_pages_are_reachable_and_from_this_machine_alone_unless_set() -> None:
    open_to = {name: service.ports for name, service in FILE.services.items() if service.ports}
    assert list(open_to) == ["web"]
    assert [compose.filled(port, {}) for port in open_to["web"]] == ["127.0.0.1:8000:8000"]
    assert [compose.filled(port, {"HUIYING_PUBLISH": "0.0.0.0:80"}) for port in open_to["web"]] == ["0.0.0.0:80:8000"]
    assert FILE.networks["inside"] == {"internal": True}


@pytest.mark.parametrize("name", FILE.services)
def test_no_part_gains_rights_and_every_part_is_bounded(name: str) -> None:
    service = FILE.services[name]
    assert service.cap_drop == ["ALL"] and service.security_opt == ["no-new-privileges:true"]
    assert service.logging["options"]["max-size"] and service.megabytes > 0
    assert service.environment.get("TZ", "Asia/Shanghai") == "Asia/Shanghai"
    passwords = {key: value for key, value in service.environment.items() if "PASSWORD" in key or "KEY" in key}
    assert all(key.endswith("_FILE") and value.startswith("/run/secrets/") for key, value in passwords.items())


@pytest.mark.parametrize("name", OWN)
def test_own_parts_are_nobody_in_a_container_that_can_not_be_written(name: str) -> None:
    service = FILE.services[name]
    assert service.user == "10001:10001" and service.read_only and service.init
    assert service.environment["HUIYING_DATABASE"].startswith("postgresql://huiying@postgres:5432/")


def test_all_of_it_fits_eight_gibibytes() -> None:
    assert sum(service.megabytes for service in FILE.services.values()) <= 8 * 1024


def test_what_lasts_is_watched_and_what_is_waited_for_can_be_met() -> None:
    assert [name for name in LASTING if FILE.services[name].healthcheck is None] == []
    for name, service in FILE.services.items():
        for other, after in service.depends_on.items():
            waited = FILE.services[other]
            if after.condition == "service_healthy":
                assert waited.healthcheck is not None, (name, other)
            else:
                assert not waited.lasting, (name, other)


def test_volumes_secrets_and_networks_are_named_once_and_used() -> None:
    services = FILE.services.values()
    assert {part.partition(":")[0] for service in services for part in service.volumes} == set(FILE.volumes)
    assert {name for service in services for name in service.secrets} == set(FILE.secrets)
    assert {name for service in services for name in service.networks} == set(FILE.networks)
    asked = {
        value.rpartition("/")[2]
        for service in services
        for value in service.environment.values()
        if value.startswith("/run/secrets/")
    }
    assert asked <= set(FILE.secrets)


def test_images_are_of_one_version_each() -> None:
    images = {service.image for service in FILE.services.values()}
    assert all(":" in image and not image.endswith(":latest") for image in images)
    elastic = {image.partition(":")[2] for image in images if image.startswith(("elasticsearch:", "kibana:"))}
    assert len(elastic) == 1 and elastic.pop().startswith("8.19.")


def test_the_clock_waits_for_neither_redis_nor_a_worker() -> None:
    assert set(FILE.services["clock"].depends_on) == {"migrate"}
    assert set(FILE.services["migrate"].depends_on) == {"postgres"}


def test_secrets_are_written_once_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "ge heim"
    words = ["sh", str(compose.ROOT / "deploy" / "secrets.sh"), str(folder)]
    subprocess.run(words, check=True)
    first = {path.name: path.read_text(encoding="ascii") for path in folder.iterdir()}
    assert set(first) == set(FILE.secrets) and len(set(first.values())) == len(first)
    assert all(len(secret) == 32 and secret.isalnum() for secret in first.values())
    assert folder.stat().st_mode & 0o777 == 0o700  # nobody else of this machine reads them
    subprocess.run(words, check=True)
    assert {path.name: path.read_text(encoding="ascii") for path in folder.iterdir()} == first
