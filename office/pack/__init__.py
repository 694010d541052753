"""A district as data: six YAML files read into frozen values, every mistake named by file, line and key."""

from office.pack.errors import PackError
from office.pack.loading import Pack, load_pack, load_taxonomy

__all__ = ["Pack", "PackError", "load_pack", "load_taxonomy"]
