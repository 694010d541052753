"""Each migration and the record of it in one transaction, on databases whose tables change in transactions.

Django writes the record after the commit where a table waits for its indexes or foreign keys; killed between the two,
the next start would make a table that is there already, and never get past it.
"""

from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState


class WholeSteps(MigrationExecutor):
    """As Django's, but killed at any moment a migration is either done and recorded or neither."""

    def apply_migration(
        self, state: ProjectState, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> ProjectState:
        if fake or fake_initial or not migration.atomic or not self.connection.features.can_rollback_ddl:
            return super().apply_migration(state, migration, fake, fake_initial)
        if self.progress_callback:
            self.progress_callback("apply_start", migration, fake)
        with self.connection.schema_editor(atomic=True) as editor:
            state = migration.apply(state, editor)
            for statement in editor.deferred_sql:
                editor.execute(statement, None)
            editor.deferred_sql.clear()
            self.record_migration(migration)  # type: ignore[call-arg, arg-type]  # the stubs describe an older one
        if self.progress_callback:
            self.progress_callback("apply_success", migration, fake)
        return state
