"""Backups: made while the service runs, checked, kept, put back. What depends on the database stands in `database`."""

from console.backup.faults import BackupFault
from console.backup.making import Backup, make_backup
from console.backup.restoring import Restored, restore_backup

__all__ = ["Backup", "BackupFault", "Restored", "make_backup", "restore_backup"]
