"""The world of a drill before its processes start: the real pack with the scenario's sources and invented places."""

import shutil
from pathlib import Path
from typing import Any

import yaml

from console.drill.clockwork import Clockwork
from console.drill.home import read_json
from console.drill.scenario import Scenario, load_scenario
from office.pack.loading import DISTRICTS

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the gazetteer is long; libyaml reads it ten times as fast
Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def prepare_world(folder: Path) -> None:
    """The pack, and a clock that stands at the beginning: what every process of the drill reads as it starts.

    Raises ScenarioFault, OSError.
    """
    asked = read_json(folder / "drill.json")
    scenario = load_scenario(str(asked["scenario"]))
    write_pack(scenario, folder / "pack", site=f"http://127.0.0.1:{int(asked['site_port'])}")
    Clockwork(folder / "clock.json", start=scenario.starts_at, speed=float(asked["speed"]))


def write_pack(scenario: Scenario, folder: Path, *, site: str) -> None:
    """Write the pack into `folder`. `site`: address of the authored site. Policy, units, classes stay as they are."""
    shutil.copytree(DISTRICTS / scenario.district, folder)
    filled = [_filled(source, site) for source in scenario.sources]
    _write(folder / "sources.yaml", {"version": 1, "district": scenario.district, "sources": filled})
    if scenario.places:
        gazetteer = yaml.load((folder / "gazetteer.yaml").read_text(encoding="utf-8"), Loader)  # noqa: S506 - the safe loader, in C
        for place in scenario.places:
            line = {key: value for key, value in place.items() if key != "group"}
            gazetteer.setdefault("places", {}).setdefault(place["group"], []).append(line)
        _write(folder / "gazetteer.yaml", gazetteer)


def _filled(value: Any, site: str) -> Any:
    """`value` with `{site}` put in everywhere."""
    if isinstance(value, str):
        return value.replace("{site}", site)
    if isinstance(value, dict):
        return {key: _filled(inner, site) for key, inner in value.items()}
    return [_filled(inner, site) for inner in value] if isinstance(value, list) else value


def _write(path: Path, value: Any) -> None:
    text = yaml.dump(value, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=10_000)
    path.write_text(text, encoding="utf-8")
