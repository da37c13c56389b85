"""A sweep that is split by region, and events found by when they were done."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COUNTED = ("regions", "regions_done", "people", "renewed", "invited")


def upgrade() -> None:
    with op.batch_alter_table("sweep") as batch_op:
        for name in COUNTED:
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("sweep") as batch_op:
        for name in COUNTED:
            batch_op.alter_column(name, server_default=None)
    with op.batch_alter_table("event") as batch_op:
        batch_op.create_index("ix_event_done_at", ["done_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("event") as batch_op:
        batch_op.drop_index("ix_event_done_at")
    with op.batch_alter_table("sweep") as batch_op:
        for name in ("ended_at", *COUNTED):
            batch_op.drop_column(name)
