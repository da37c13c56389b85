"""When a proposal was set aside: it stays away from then on, not from when it was made."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("match", sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("update match set set_aside_at = created_at where state = 'set_aside'")


def downgrade() -> None:
    op.drop_column("match", "set_aside_at")
