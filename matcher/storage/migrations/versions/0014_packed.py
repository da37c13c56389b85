"""What the rules read of a person in a few bytes; `schema.upgrade` fills it in."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("packed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("person", "packed")
