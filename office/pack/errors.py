"""The one error of a district pack."""


class PackError(Exception):
    """A pack that cannot be taken. `str(error)` is a sentence in Chinese: file, line, key, found, allowed."""
