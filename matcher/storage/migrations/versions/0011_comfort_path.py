"""When the comfortable rungs moved; for those who are there already it begins with the next move."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("comfort_path", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("person", "comfort_path")
