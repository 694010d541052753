"""How sure a share is that was counted on few. Pure."""

import math
from dataclasses import dataclass

Z = 1.959964  # 95 %
FEW = 20  # below this a share says next to nothing: at 0 of 20 the truth may still be 16 %


@dataclass(frozen=True, slots=True)
class Share:
    """`some` of `all`, with the interval of Wilson (1927) at 95 %; of none at all: anything from 0 to 1."""

    some: int
    all: int

    @property
    def value(self) -> float | None:
        return self.some / self.all if self.all else None

    @property
    def interval(self) -> tuple[float, float]:
        n = self.all
        if not n:
            return 0.0, 1.0
        p = self.some / n
        centre = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
        return max(0.0, centre - half), min(1.0, centre + half)

    @property
    def few(self) -> bool:
        return self.all < FEW
