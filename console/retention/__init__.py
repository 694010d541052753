"""Retention: what is past its time goes, in small slices, with a report; what a case, evidence or brief needs stays."""

from console.retention.kinds import KINDS, Kind
from console.retention.running import clean, preview, sweep

__all__ = ["KINDS", "Kind", "clean", "preview", "sweep"]
