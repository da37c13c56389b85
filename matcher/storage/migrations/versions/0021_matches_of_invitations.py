"""Forgetting an old proposal asks whether an invitation rests on it: found by an index, not by reading them all."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_invitation_match_id"), "invitation", ["match_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_invitation_match_id"), table_name="invitation")
