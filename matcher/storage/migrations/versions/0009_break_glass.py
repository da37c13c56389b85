"""Openings outside one's own team, and caseworkers who have left."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("caseworker", sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "break_glass",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("caseworker_id", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["caseworker_id"], ["caseworker.id"], name=op.f("fk_break_glass_caseworker_id_caseworker")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_break_glass_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_break_glass")),
    )
    op.create_index("ix_break_glass_person_id", "break_glass", ["person_id"])
    op.create_index("ix_break_glass_caseworker_id_person_id", "break_glass", ["caseworker_id", "person_id"])


def downgrade() -> None:
    op.drop_table("break_glass")
    with op.batch_alter_table("caseworker") as batch_op:
        batch_op.drop_column("disabled_at")
