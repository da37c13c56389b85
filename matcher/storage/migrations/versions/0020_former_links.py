"""The link in a letter goes on working after its key is gone: beside the newest hash stands the one before."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("invitation", sa.Column("former_token_hash", sa.String(64), nullable=True))
    op.create_index(op.f("ix_invitation_former_token_hash"), "invitation", ["former_token_hash"], unique=True)


def downgrade() -> None:
    op.drop_index(op.f("ix_invitation_former_token_hash"), table_name="invitation")
    op.drop_column("invitation", "former_token_hash")
