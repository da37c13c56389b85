"""A letter that tells of a change says what has changed."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("letter", sa.Column("changes", sa.String(200), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("letter", "changes")
