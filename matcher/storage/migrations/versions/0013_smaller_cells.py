"""Cells of about one kilometre, and an index of open people that holds every column they are passed over by."""

import math

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

OPEN = sa.text("state = 'open'")
SOME = 20_000  # people at a time
FINE, COARSE = (0.01, 0.0125), (0.036, 0.045)  # degrees of latitude and longitude


def upgrade() -> None:
    op.drop_index("ix_person_cell_reach_km", "person")
    _number_anew(*FINE)
    gated_by = ["cell", "reach_km", "kind_mask", "red_line_mask", "max_group_size", "language", "id"]
    for name, columns in (("ix_person_open_cell", gated_by), ("ix_person_open_reach_km", ["reach_km"])):
        op.create_index(name, "person", columns, sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    op.drop_index("ix_person_open_reach_km", "person")
    op.drop_index("ix_person_open_cell", "person")
    _number_anew(*COARSE)
    op.create_index("ix_person_cell_reach_km", "person", ["cell", "reach_km"])


def _number_anew(latitude_degrees: float, longitude_degrees: float) -> None:
    """Write everybody's cell again, as it is derived from where they set out."""
    rows, columns = math.ceil(180 / latitude_degrees), math.ceil(360 / longitude_degrees)
    connection, last = op.get_bind(), ""
    some = sa.text("select id, latitude, longitude from person where id > :last order by id limit :some")
    write = sa.text("update person set cell = :cell where id = :one")
    while found := connection.execute(some, {"last": last, "some": SOME}).all():
        connection.execute(
            write,
            [
                {
                    "one": one,
                    "cell": min(rows - 1, math.floor((latitude + 90) / latitude_degrees)) * columns
                    + math.floor((longitude + 180) / longitude_degrees) % columns,
                }
                for one, latitude, longitude in found
            ],
        )
        last = found[-1][0]
