"""An invitation's history is only ever added to: the database itself refuses anything else."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

REFUSAL = "invitation_history is append-only"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(
                f"create trigger invitation_history_no_{verb} before {verb} on invitation_history "
                f"begin select raise(abort, '{REFUSAL}'); end"
            )
        return
    op.execute(
        "create function refuse_change() returns trigger language plpgsql as "
        f"$$ begin raise exception '{REFUSAL}'; end $$"
    )
    op.execute(
        "create trigger invitation_history_append_only before update or delete on invitation_history "
        "for each row execute function refuse_change()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(f"drop trigger invitation_history_no_{verb}")
        return
    op.execute("drop trigger invitation_history_append_only on invitation_history")
    op.execute("drop function refuse_change()")
