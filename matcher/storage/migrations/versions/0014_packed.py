"""What the rules read of a person in a few bytes, and a guard: whoever changes what it is packed from without packing it
anew, by an older Matcher or by hand, leaves nothing packed. `schema.upgrade` and the night fill in what is missing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

FROM = "latitude, longitude, reach_km, cell, language, birth_year, max_group_size, kind_mask, red_line_mask, intake, comfort"


def upgrade() -> None:
    op.add_column("person", sa.Column("packed", sa.LargeBinary(), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"create trigger person_packed_from_what_is_no_more after update of {FROM} on person "  # noqa: S608
            "when new.packed is old.packed and new.packed is not null "
            "begin update person set packed = null where id = new.id; end"
        )
        return
    op.execute(
        "create function leave_nothing_packed() returns trigger language plpgsql as "
        "$$ begin new.packed := null; return new; end $$"
    )
    op.execute(
        f"create trigger person_packed_from_what_is_no_more before update of {FROM} on person for each row "
        "when (new.packed is not distinct from old.packed) execute function leave_nothing_packed()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("drop trigger person_packed_from_what_is_no_more")
    else:
        op.execute("drop trigger person_packed_from_what_is_no_more on person")
        op.execute("drop function leave_nothing_packed()")
    op.drop_column("person", "packed")
