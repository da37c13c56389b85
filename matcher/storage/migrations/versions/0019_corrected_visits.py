"""How a visit went can be corrected: what was believed before a lesson stands beside it, and when it was corrected."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("visit", sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("history", sa.Column("before", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("history", "before")
    op.drop_column("visit", "corrected_at")
