"""Each posting keeps its own words about its place: how one gets in to another one there may differ."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_WORDS = ("name", "address", "latitude", "longitude", "entry", "timezone")


def upgrade() -> None:
    bind = op.get_bind()
    place = sa.table("place", sa.column("id"), *(sa.column(name) for name in _WORDS))
    opportunity = sa.table("opportunity", sa.column("id"), sa.column("place_id"), sa.column("facts", sa.JSON))
    words = {row.id: {name: getattr(row, name) for name in _WORDS} for row in bind.execute(sa.select(place))}
    for row in bind.execute(sa.select(opportunity)).all():
        facts = dict(row.facts)
        facts["place"] = facts.pop("draft_place", None) or words.get(row.place_id)
        bind.execute(opportunity.update().where(opportunity.c.id == row.id).values(facts=facts))


def downgrade() -> None:
    bind = op.get_bind()
    opportunity = sa.table("opportunity", sa.column("id"), sa.column("place_id"), sa.column("facts", sa.JSON))
    for row in bind.execute(sa.select(opportunity)).all():
        facts = dict(row.facts)
        stated = facts.pop("place", None)
        facts["draft_place"] = None if row.place_id else stated
        bind.execute(opportunity.update().where(opportunity.c.id == row.id).values(facts=facts))
