"""Django's own `migrate`, each step in one transaction with its record (console/whole_steps.py)."""

from django.core.management.commands import migrate

from console.whole_steps import WholeSteps

migrate.MigrationExecutor = WholeSteps  # type: ignore[attr-defined]  # no public way; it is looked up there


class Command(migrate.Command):
    """See the module."""
