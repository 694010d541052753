"""What several benches of reading share: where the real data lie, an interval, the agreement of two readers."""

import math
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def data_folder() -> Path:
    """HUIYING_DATA, default ../shared/data."""
    folder = Path(os.environ.get("HUIYING_DATA", "") or ROOT.parent / "shared" / "data")
    if not folder.exists():
        sys.exit(f"{folder} is not there: set HUIYING_DATA to the folder of real data")
    return folder


def interval(right: int, total: int) -> str:
    """Wilson's interval of 95 %."""
    if not total:
        return "–"
    share, z = right / total, 1.96
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return f"{share:.2f} ({max(0.0, middle - half):.2f}–{min(1.0, middle + half):.2f}, {right} of {total})"


def kappa(pairs: Sequence[tuple[str, str]]) -> float:
    """Cohen's kappa of two passes."""
    total = len(pairs)
    same = sum(a == b for a, b in pairs) / total
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    chance = sum(first[k] * second[k] for k in first) / total**2
    return 1.0 if chance == 1 else (same - chance) / (1 - chance)
