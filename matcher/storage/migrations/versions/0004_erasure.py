"""Erasing a person; the history of their invitations, which otherwise only grows, goes with them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

REFUSAL = "invitation_history is append-only"
BEING_ERASED = (
    "select 1 from invitation join erasure on erasure.person_id = invitation.person_id"
    " where invitation.id = old.invitation_id"
)


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_erasure")),
    )
    with op.batch_alter_table("erasure") as batch_op:
        batch_op.create_index(
            "ix_erasure_open", ["asked_at"], unique=False,
            sqlite_where=sa.text("done_at is null"), postgresql_where=sa.text("done_at is null"),
        )  # fmt: skip
    if op.get_bind().dialect.name == "sqlite":
        op.execute("drop trigger invitation_history_no_delete")
        op.execute(
            "create trigger invitation_history_no_delete before delete on invitation_history "
            f"when not exists ({BEING_ERASED}) begin select raise(abort, '{REFUSAL}'); end"
        )
        return
    op.execute("drop trigger invitation_history_append_only on invitation_history")
    op.execute(
        "create function refuse_unless_erased() returns trigger language plpgsql as "
        f"$$ begin if not exists ({BEING_ERASED}) then raise exception '{REFUSAL}'; end if; return old; end $$"
    )
    op.execute(
        "create trigger invitation_history_no_update before update on invitation_history "
        "for each row execute function refuse_change()"
    )
    op.execute(
        "create trigger invitation_history_no_delete before delete on invitation_history "
        "for each row execute function refuse_unless_erased()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("drop trigger invitation_history_no_delete")
        op.execute(
            "create trigger invitation_history_no_delete before delete on invitation_history "
            f"begin select raise(abort, '{REFUSAL}'); end"
        )
    else:
        op.execute("drop trigger invitation_history_no_delete on invitation_history")
        op.execute("drop trigger invitation_history_no_update on invitation_history")
        op.execute("drop function refuse_unless_erased()")
        op.execute(
            "create trigger invitation_history_append_only before update or delete on invitation_history "
            "for each row execute function refuse_change()"
        )
    with op.batch_alter_table("erasure") as batch_op:
        batch_op.drop_index("ix_erasure_open")
    op.drop_table("erasure")
