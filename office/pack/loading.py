"""A district pack read whole, checked, and frozen."""

import hashlib
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from office.pack.departments import Departments
from office.pack.district import District
from office.pack.errors import PackError
from office.pack.explain import pack_error
from office.pack.gazetteer import Gazetteer, Street
from office.pack.policy import PolicyPack
from office.pack.sources import Sources
from office.pack.taxonomy import Taxonomy
from office.pack.yaml_file import YamlFile, parse_yaml, read_yaml

T = TypeVar("T", bound=BaseModel)
DISTRICTS = Path(__file__).resolve().parents[2] / "districts"
# In the order in which they are read and hashed.
FILES = ("district.yaml", "gazetteer.yaml", "departments.yaml", "policy.yaml", "sources.yaml", "taxonomy.yaml")


@dataclass(frozen=True)
class Pack:
    """A district: its six files as frozen values, its time zone, and the SHA-256 of the files together.

    `whole`: borrowed files lie in its folder too. `amended`: the policy's bytes where they are not those of the file.
    """

    name: str
    path: Path
    district: District
    gazetteer: Gazetteer
    departments: Departments
    policy: PolicyPack
    sources: Sources
    taxonomy: Taxonomy
    zone: ZoneInfo
    digest: str
    whole: bool = False
    amended: bytes | None = None

    @property
    def streets(self) -> tuple[Street, ...]:
        """The street offices from north to south where the district says so, else as the gazetteer lists them."""
        place = {name: number for number, name in enumerate(self.district.streets_north_to_south)}
        return tuple(sorted(self.gazetteer.streets, key=lambda s: place.get(s.name, len(place))))


def load_pack(name_or_path: str | Path, *, name: str = "", whole: bool = False, amended: bytes | None = None) -> Pack:
    """The pack of a folder of `districts/` (a bare name) or of a path. Raises PackError with a sentence in Chinese.

    `name`: what it is called, where the folder does not say. `whole`: borrowed files lie in the folder too.
    `amended`: what to read in place of `policy.yaml`.
    """
    folder = _folder(name_or_path)
    digest = hashlib.sha256()
    district = _part(folder, "district.yaml", District, digest, name)
    home = {} if whole else _homes(district)
    pack = Pack(
        name=name or folder.name,
        path=folder,
        district=district,
        gazetteer=_part(folder, "gazetteer.yaml", Gazetteer, digest, name),
        departments=_part(home.get("departments", folder), "departments.yaml", Departments, digest, name),
        policy=_part(home.get("policy", folder), "policy.yaml", PolicyPack, digest, name, amended),
        sources=_part(folder, "sources.yaml", Sources, digest, name),
        taxonomy=_part(home.get("taxonomy", folder), "taxonomy.yaml", Taxonomy, digest, name),
        zone=ZoneInfo(district.time_zone),
        digest=digest.hexdigest(),
        whole=whole,
        amended=amended,
    )
    _names_meet(pack)
    return pack


def _homes(district: District) -> dict[str, Path]:
    return {name: DISTRICTS / borrowed for name, borrowed in district.borrowed.items()}


def load_taxonomy(path: Path) -> Taxonomy:
    """Classes of a single file in the form of taxonomy.yaml. Raises PackError."""
    return _part(path.parent, path.name, Taxonomy, hashlib.sha256(), path.parent.name)


def files_of(pack: Pack) -> dict[str, Path]:
    """Where each of the six files of a pack lies, the borrowed ones in their own homes."""
    homes = {} if pack.whole else _homes(pack.district)
    return {name: homes.get(name.removesuffix(".yaml"), pack.path) / name for name in FILES}


def _folder(name_or_path: str | Path) -> Path:
    text = str(name_or_path)
    is_name = isinstance(name_or_path, str) and "/" not in text and "\\" not in text
    folder = DISTRICTS / text if is_name else Path(name_or_path).expanduser()
    if not folder.is_dir():
        known = "、".join(sorted(p.name for p in DISTRICTS.iterdir() if p.is_dir())) if DISTRICTS.is_dir() else "（无）"
        raise PackError(f"没有辖区资料包 {text}：既不是 districts/ 下的名字（现有 {known}），也不是一个文件夹的路径")
    return folder.resolve()


def policy_bytes(pack: Pack) -> bytes:
    """What the pack's `policy.yaml` says, as it was read. Raises OSError."""
    return pack.amended if pack.amended is not None else files_of(pack)["policy.yaml"].read_bytes()


def _part(
    folder: Path, name: str, schema: type[T], digest: "hashlib._Hash", called: str, given: bytes | None = None
) -> T:
    shown_as = f"{called or folder.name}/{name}"
    file = read_yaml(folder / name, shown_as=shown_as) if given is None else parse_yaml(given, shown_as=shown_as)
    digest.update(_marked(name, file.raw))
    if not isinstance(file.data, dict):
        raise PackError(f"{file.name} 第 1 行：写的是 {type(file.data).__name__}，允许的是 键与值的对照表")
    return _checked(file, schema)


def _marked(name: str, raw: bytes) -> bytes:
    return name.encode() + b"\0" + raw + b"\0"


def digest_of(folder: Path) -> str:
    """What `Pack.digest` is of the six files in this folder. Raises OSError."""
    digest = hashlib.sha256()
    for name in FILES:
        digest.update(_marked(name, (folder / name).read_bytes()))
    return digest.hexdigest()


def _checked(file: YamlFile, schema: type[T]) -> T:
    try:
        return schema.model_validate(file.data)
    except ValidationError as error:
        raise pack_error(file, schema, error) from error


def _names_meet(pack: Pack) -> None:
    # A class or matter that names a unit nobody knows would send a case to nobody.
    units = {d.name for d in pack.departments.departments}
    for where, name, unit in [
        *(("taxonomy.yaml", c.name, u) for c in pack.taxonomy.classes for u in (c.unit, *c.co_units)),
        *(("departments.yaml", m.matter, u) for m in pack.departments.matters for u in (m.unit, *m.co_units)),
    ]:
        if unit not in units:
            raise PackError(f"{pack.name}/{where}，{name}：写的单位是“{unit}”，departments.yaml 里没有这个单位")
    streets = {s.name for s in pack.gazetteer.streets}
    _order_whole(pack, streets)
    gazetteer = pack.gazetteer
    placed = [(p.name, p.street) for p in chain.from_iterable(gazetteer.places.values())]
    placed += [(c.name, c.street) for c in gazetteer.compounds]
    placed += [(lane.name, lane.street) for lane in gazetteer.lanes]
    for name, street in placed:
        if street is not None and street not in streets:
            raise PackError(
                f"{pack.name}/gazetteer.yaml，{name}：street 写的是“{street}”，"
                f"允许的是 {'、'.join(sorted(streets))} 或 null"
            )


def _order_whole(pack: Pack, streets: set[str]) -> None:
    """An order that names streets names each once: one left out would stand at the wrong end and nobody would see."""
    order = pack.district.streets_north_to_south
    where = f"{pack.name}/district.yaml，streets_north_to_south"
    if not order:
        return
    if twice := sorted({name for name in order if order.count(name) > 1}):
        raise PackError(f"{where}：{'、'.join(twice)} 写了两次，每个街道只写一次")
    if strange := sorted(set(order) - streets):
        raise PackError(f"{where}：gazetteer.yaml 里没有 {'、'.join(strange)}")
    if missing := sorted(streets - set(order)):
        raise PackError(f"{where}：少了 {'、'.join(missing)}，要么全写，要么不写这个键")
