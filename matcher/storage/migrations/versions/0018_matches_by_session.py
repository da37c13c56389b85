"""What is proposed of one session, and of one organisation, is found without looking through all matches."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_match_occurrence_id_state", "match", ["occurrence_id", "state"])
    op.create_index("ix_match_organisation_id_state", "match", ["organisation_id", "state"])


def downgrade() -> None:
    op.drop_index("ix_match_organisation_id_state", "match")
    op.drop_index("ix_match_occurrence_id_state", "match")
