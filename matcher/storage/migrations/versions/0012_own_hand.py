"""Somebody's own pages, what they tell us there, and whether they bring somebody along."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pace_link",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_pace_link_person_id_person")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_pace_link")),
    )
    op.create_index("ix_pace_link_person_id", "pace_link", ["person_id"], unique=False)
    op.create_table(
        "pace_code",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("tries_left", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_pace_code_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pace_code")),
        sa.UniqueConstraint("person_id", name=op.f("uq_pace_code_person_id")),
    )
    op.create_table(
        "pace_visit",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_pace_visit_person_id_person")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_pace_visit")),
    )
    op.create_index("ix_pace_visit_person_id", "pace_visit", ["person_id"], unique=False)
    op.create_index("ix_pace_visit_expires_at", "pace_visit", ["expires_at"], unique=False)
    op.create_table(
        "own_word",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("invitation_id", sa.String(length=36), nullable=True),
        sa.Column("subject", sa.String(length=24), nullable=False),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_own_word_person_id_person")),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_own_word_invitation_id_invitation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_word")),
    )
    op.create_index("ix_own_word_person_id", "own_word", ["person_id"], unique=False)
    op.create_index("ix_own_word_invitation_id", "own_word", ["invitation_id"], unique=False)
    op.add_column(
        "invitation", sa.Column("brings_somebody", sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("invitation", "brings_somebody")
    for table in ("own_word", "pace_visit", "pace_code", "pace_link"):
        op.drop_table(table)
