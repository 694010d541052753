"""Role × page × act, read from the gates of the addresses themselves: what `docs/roles.md` and its test are made of."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, get_resolver

from console.access import Acts, Gate, gate_of
from office.roles import ACT_NAMES, ROLE_NAMES, Role, may

LOOK, DO = "看", "办"


@dataclass(frozen=True)
class Line:
    """One way to use one address. `name`: which act of it, where the address or the form names one."""

    address: str
    url_name: str
    way: str
    name: str
    gate: Gate
    acts: Acts

    def allows(self, role: str) -> bool:
        """Whether somebody with this one role passes the gate."""
        return all(not acts or any(may([role], act) for act in acts) for acts in (self.gate.look, self.acts))

    @property
    def words(self) -> str:
        if self.gate.open:
            return "不用登录"
        return "或".join(ACT_NAMES[act] for act in self.acts) or "登录即可"


def addresses() -> list[URLPattern]:
    """The table of addresses, loaded when asked: its views ask this file too."""
    return [found for found in get_resolver("console.urls").url_patterns if isinstance(found, URLPattern)]


def lines() -> Iterator[Line]:
    """Every address in the order of the table of addresses, looking before acting."""
    for pattern in addresses():
        gate = gate_of(pattern.callback) or Gate(look=())
        ways = methods(pattern)
        address, name = "/" + re.sub(r"<\w+:", "<", str(pattern.pattern)), str(pattern.name)
        if "GET" in ways:
            yield Line(address, name, LOOK, "", gate, gate.look)
        if "POST" in ways:
            for act, acts in (gate.named or {}).items():
                yield Line(address, name, DO, f"{gate.by}={act}", gate, acts)
            if gate.named is None:
                yield Line(address, name, DO, "", gate, gate.do)


def ungated() -> list[str]:
    """Addresses nobody has said anything about: they are closed to everybody."""
    return [str(pattern.pattern) for pattern in addresses() if gate_of(pattern.callback) is None]


def methods(pattern: URLPattern) -> list[str]:
    """Which methods the view takes, as its outermost guard (`require_…`) knows them; without one, both."""
    known = inspect.getclosurevars(pattern.callback).nonlocals.get("request_method_list")
    return list(known) if known else ["GET", "POST"]


def table() -> str:
    """The whole page `docs/roles.md`."""
    roles = list(Role)
    parts = [
        HEAD,
        "| 地址 | 怎么用 | 权限 | " + " | ".join(ROLE_NAMES[role] for role in roles) + " |",
        "|" + "---|" * (3 + len(roles)),
    ]
    for line in lines():
        way = f"{line.way} `{line.name}`" if line.name else line.way
        ticks = ["–" if line.gate.open else "●" if line.allows(role) else "" for role in roles]
        parts.append(f"| `{line.address}` | {way} | {line.words} | " + " | ".join(ticks) + " |")
    parts.append(TAIL)
    return "\n".join(parts) + "\n"


HEAD = """# 谁能看、谁能办

由 `manage.py roles` 从程序的权限表生成，测试拒绝过期的页面；不要手改。● 能；空白不能，打开是“不对您开放”；– 不用登录。
没有登录的人打开其余各页，一律先到登录页。每件事在办理时还要再问一遍权限（`office/roles.py`），并核对经手人：
例如复核要由另一个人、换班要本人答应、签发按资料包的步骤。
"""
TAIL = """
系统管理员、安全保密管理员、安全审计员由三个人分别担任，默认都看不到舆情内容。角色由安全保密管理员调整，账号由系统管理员管理。"""
