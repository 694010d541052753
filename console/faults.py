"""Faults of keeping an installation, apart from the modules that raise them: both kinds of database do."""


class BackupFault(Exception):
    """A backup was not made or not put back. `str(error)` begins with a number and says what to do, in Chinese."""
