"""How many links an invitation has had: with another address comes another link."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("invitation", sa.Column("links", sa.Integer(), server_default="1", nullable=False))


def downgrade() -> None:
    op.drop_column("invitation", "links")
