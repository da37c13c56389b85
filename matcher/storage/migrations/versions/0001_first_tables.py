"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "admin",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin")),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("aggregate", sa.String(length=60), nullable=False),
        sa.Column("aggregate_version", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.String(length=36), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("executions", sa.Integer(), nullable=False),
        sa.Column("postponements", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event") as batch_op:
        batch_op.create_index("ix_event_aggregate", ["aggregate"], unique=False)
        batch_op.create_index(
            "ix_event_dead",
            ["dead_at"],
            unique=False,
            sqlite_where=sa.text("dead_at is not null"),
            postgresql_where=sa.text("dead_at is not null"),
        )
        batch_op.create_index(
            "ix_event_due",
            ["available_at"],
            unique=False,
            sqlite_where=sa.text("done_at is null and dead_at is null"),
            postgresql_where=sa.text("done_at is null and dead_at is null"),
        )

    op.create_table(
        "idempotency",
        sa.Column("caller", sa.String(length=60), nullable=False),
        sa.Column("route", sa.String(length=160), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("resource_id", sa.String(length=80), nullable=True),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller", "route", "key_hash", name=op.f("pk_idempotency")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("contact_email", sa.Text(), nullable=False),
        sa.Column("safeguarding_contact", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("vetting_round", sa.Integer(), nullable=False),
        sa.Column("vetted_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state <> 'vetted' or vetted_until is not null", name=op.f("ck_organisation_vetted_until")
        ),
        sa.CheckConstraint("state in ('applied', 'vetted', 'suspended')", name=op.f("ck_organisation_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    with op.batch_alter_table("organisation") as batch_op:
        batch_op.create_index("ix_organisation_vetted_until", ["state", "vetted_until"], unique=False)

    op.create_table(
        "sweep",
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("due_on", name=op.f("pk_sweep")),
    )
    op.create_table(
        "team",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
    )
    op.create_table(
        "caseworker",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("team_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_caseworker_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caseworker")),
    )
    with op.batch_alter_table("caseworker") as batch_op:
        batch_op.create_index(batch_op.f("ix_caseworker_team_id"), ["team_id"], unique=False)

    op.create_table(
        "place",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("normalised_name", sa.String(length=400), nullable=False),
        sa.Column("latitude_milli", sa.Integer(), nullable=False),
        sa.Column("longitude_milli", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("entry", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "latitude between -90 and 90 and longitude between -180 and 180", name=op.f("ck_place_on_earth")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_place_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint(
            "organisation_id",
            "normalised_name",
            "latitude_milli",
            "longitude_milli",
            name=op.f("uq_place_organisation_id_normalised_name_latitude_milli_longitude_milli"),
        ),
    )
    op.create_table(
        "vetting_approval",
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("vetting_round", sa.Integer(), nullable=False),
        sa.Column("admin_id", sa.String(length=36), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["admin_id"], ["admin.id"], name=op.f("fk_vetting_approval_admin_id_admin")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_vetting_approval_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "vetting_round", "admin_id", name=op.f("pk_vetting_approval")
        ),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("prefix", sa.String(length=24), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("caseworker_id", sa.String(length=36), nullable=True),
        sa.Column("admin_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(organisation_id is not null and caseworker_id is null and admin_id is null) or (organisation_id is null and caseworker_id is not null and admin_id is null) or (organisation_id is null and caseworker_id is null and admin_id is not null)",
            name=op.f("ck_api_key_one_owner"),
        ),
        sa.ForeignKeyConstraint(["admin_id"], ["admin.id"], name=op.f("fk_api_key_admin_id_admin")),
        sa.ForeignKeyConstraint(
            ["caseworker_id"], ["caseworker.id"], name=op.f("fk_api_key_caseworker_id_caseworker")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_api_key_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_key_key_hash")),
    )
    with op.batch_alter_table("api_key") as batch_op:
        batch_op.create_index(batch_op.f("ix_api_key_admin_id"), ["admin_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_api_key_caseworker_id"), ["caseworker_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_api_key_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "opportunity",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=True),
        sa.Column("online", sa.Boolean(), nullable=True),
        sa.Column("place_id", sa.String(length=36), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("import_key", sa.String(length=80), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state = 'draft' or state = 'withdrawn' or (online is not null and capacity is not null and kind is not null)",
            name=op.f("ck_opportunity_published_is_complete"),
        ),
        sa.CheckConstraint(
            "state in ('draft', 'published', 'withdrawn', 'finished')", name=op.f("ck_opportunity_state")
        ),
        sa.CheckConstraint(
            "online is null or not online or place_id is null", name=op.f("ck_opportunity_online_or_place")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_opportunity_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_opportunity_place_id_place")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opportunity")),
        sa.UniqueConstraint(
            "organisation_id", "import_key", name=op.f("uq_opportunity_organisation_id_import_key")
        ),
    )
    with op.batch_alter_table("opportunity") as batch_op:
        batch_op.create_index("ix_opportunity_organisation_id_id", ["organisation_id", "id"], unique=False)
        batch_op.create_index("ix_opportunity_state_id", ["state", "id"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("team_id", sa.String(length=36), nullable=False),
        sa.Column("caseworker_id", sa.String(length=36), nullable=False),
        sa.Column("alias", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("supporters", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("cell", sa.Integer(), nullable=False),
        sa.Column("reach_km", sa.Float(), nullable=False),
        sa.Column("max_group_size", sa.Integer(), nullable=False),
        sa.Column("kind_mask", sa.Integer(), nullable=False),
        sa.Column("red_line_mask", sa.Integer(), nullable=False),
        sa.Column("intake", sa.JSON(), nullable=False),
        sa.Column("comfort", sa.JSON(), nullable=False),
        sa.Column("unanswered", sa.Integer(), nullable=False),
        sa.Column("rest_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("talk_reason", sa.String(length=20), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state in ('open', 'paused', 'frozen', 'closed')", name=op.f("ck_person_state")),
        sa.CheckConstraint(
            "latitude between -90 and 90 and longitude between -180 and 180", name=op.f("ck_person_on_earth")
        ),
        sa.ForeignKeyConstraint(
            ["caseworker_id"], ["caseworker.id"], name=op.f("fk_person_caseworker_id_caseworker")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_person_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    with op.batch_alter_table("person") as batch_op:
        batch_op.create_index("ix_person_cell_reach_km", ["cell", "reach_km"], unique=False)
        batch_op.create_index("ix_person_team_id_id", ["team_id", "id"], unique=False)

    op.create_table(
        "consent",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("text_version", sa.String(length=40), nullable=False),
        sa.Column("given_by", sa.String(length=80), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_consent_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    with op.batch_alter_table("consent") as batch_op:
        batch_op.create_index("ix_consent_person_id", ["person_id"], unique=False)

    op.create_table(
        "exclusion",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("other_person_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(organisation_id is null) <> (other_person_id is null)", name=op.f("ck_exclusion_one_other")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_exclusion_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["other_person_id"], ["person.id"], name=op.f("fk_exclusion_other_person_id_person")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_exclusion_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exclusion")),
        sa.UniqueConstraint(
            "person_id", "organisation_id", name=op.f("uq_exclusion_person_id_organisation_id")
        ),
        sa.UniqueConstraint(
            "person_id", "other_person_id", name=op.f("uq_exclusion_person_id_other_person_id")
        ),
    )
    with op.batch_alter_table("exclusion") as batch_op:
        batch_op.create_index("ix_exclusion_other_person_id", ["other_person_id"], unique=False)

    op.create_table(
        "history",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("aspects", sa.JSON(), nullable=True),
        sa.Column("opportunity_id", sa.String(length=36), nullable=True),
        sa.Column("place_id", sa.String(length=36), nullable=True),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("stay_step", sa.String(length=12), nullable=True),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["opportunity.id"], name=op.f("fk_history_opportunity_id_opportunity")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_history_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_history_person_id_person")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_history_place_id_place")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
        sa.UniqueConstraint("source", name=op.f("uq_history_source")),
    )
    with op.batch_alter_table("history") as batch_op:
        batch_op.create_index("ix_history_person_id_id", ["person_id", "id"], unique=False)

    op.create_table(
        "introduction",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("introduced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_introduction_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_introduction_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "organisation_id", name=op.f("pk_introduction")),
    )
    op.create_table(
        "match_request",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("caseworker_id", sa.String(length=36), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("match_ids", sa.JSON(), nullable=False),
        sa.Column("gaps", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["caseworker_id"], ["caseworker.id"], name=op.f("fk_match_request_caseworker_id_caseworker")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_match_request_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_request")),
    )
    with op.batch_alter_table("match_request") as batch_op:
        batch_op.create_index(batch_op.f("ix_match_request_person_id"), ["person_id"], unique=False)

    op.create_table(
        "occurrence",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("opportunity_id", sa.String(length=36), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(starts_at is null) = (ends_at is null)", name=op.f("ck_occurrence_dated")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_occurrence_order")),
        sa.CheckConstraint("taken >= 0 and taken <= capacity", name=op.f("ck_occurrence_seats")),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["opportunity.id"], name=op.f("fk_occurrence_opportunity_id_opportunity")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrence")),
    )
    with op.batch_alter_table("occurrence") as batch_op:
        batch_op.create_index(
            "ix_occurrence_opportunity_id_starts_at", ["opportunity_id", "starts_at"], unique=False
        )

    op.create_table(
        "pause_link",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_pause_link_person_id_person")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_pause_link")),
    )
    op.create_table(
        "talk",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("caseworker_id", sa.String(length=36), nullable=False),
        sa.Column("talked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["caseworker_id"], ["caseworker.id"], name=op.f("fk_talk_caseworker_id_caseworker")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_talk_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talk")),
    )
    with op.batch_alter_table("talk") as batch_op:
        batch_op.create_index("ix_talk_person_id", ["person_id"], unique=False)

    op.create_table(
        "match",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("occurrence_id", sa.String(length=36), nullable=False),
        sa.Column("opportunity_id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("requested", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("explanation", sa.JSON(), nullable=False),
        sa.Column("set_aside_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state in ('proposed', 'approved', 'set_aside', 'stale')", name=op.f("ck_match_state")
        ),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrence.id"], name=op.f("fk_match_occurrence_id_occurrence")
        ),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["opportunity.id"], name=op.f("fk_match_opportunity_id_opportunity")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_match_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_match_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match")),
    )
    with op.batch_alter_table("match") as batch_op:
        batch_op.create_index("ix_match_opportunity_id_state", ["opportunity_id", "state"], unique=False)
        batch_op.create_index("ix_match_person_id_state", ["person_id", "state"], unique=False)
        batch_op.create_index(
            "uq_match_proposed",
            ["person_id", "occurrence_id"],
            unique=True,
            sqlite_where=sa.text("state = 'proposed'"),
            postgresql_where=sa.text("state = 'proposed'"),
        )

    op.create_table(
        "invitation",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("match_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("occurrence_id", sa.String(length=36), nullable=False),
        sa.Column("opportunity_id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=14), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("holds_seat", sa.Boolean(), nullable=False),
        sa.Column("approved_by", sa.String(length=36), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested", sa.Boolean(), nullable=False),
        sa.Column("sending_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(length=12), nullable=True),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("travel_minutes", sa.Float(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state in ('approved', 'sent', 'accepted', 'declined', 'expired', 'withdrawn', 'undeliverable', 'visited', 'cancelled', 'lapsed')",
            name=op.f("ck_invitation_state"),
        ),
        sa.CheckConstraint(
            "state not in ('approved', 'sent', 'accepted') or live", name=op.f("ck_invitation_live_states")
        ),
        sa.ForeignKeyConstraint(["match_id"], ["match.id"], name=op.f("fk_invitation_match_id_match")),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrence.id"], name=op.f("fk_invitation_occurrence_id_occurrence")
        ),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["opportunity.id"], name=op.f("fk_invitation_opportunity_id_opportunity")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_invitation_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_invitation_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    with op.batch_alter_table("invitation") as batch_op:
        batch_op.create_index("ix_invitation_occurrence_id_state", ["occurrence_id", "state"], unique=False)
        batch_op.create_index("ix_invitation_opportunity_id_live", ["opportunity_id", "live"], unique=False)
        batch_op.create_index("ix_invitation_organisation_id_live", ["organisation_id", "live"], unique=False)
        batch_op.create_index("ix_invitation_person_id_id", ["person_id", "id"], unique=False)
        batch_op.create_index(
            "uq_invitation_live",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("live"),
            postgresql_where=sa.text("live"),
        )

    op.create_table(
        "invitation_history",
        sa.Column("invitation_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=14), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_invitation_history_invitation_id_invitation")
        ),
        sa.PrimaryKeyConstraint("invitation_id", "version", name=op.f("pk_invitation_history")),
    )
    op.create_table(
        "letter",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("reader", sa.String(length=60), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("invitation_id", sa.String(length=36), nullable=True),
        sa.Column("invitation_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=14), nullable=False),
        sa.Column("unsure", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('due', 'sending', 'sent', 'undeliverable', 'dropped')", name=op.f("ck_letter_state")
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_letter_invitation_id_invitation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_letter_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint(
            "invitation_id",
            "kind",
            "reader",
            "invitation_version",
            name=op.f("uq_letter_invitation_id_kind_reader_invitation_version"),
        ),
    )
    with op.batch_alter_table("letter") as batch_op:
        batch_op.create_index("ix_letter_person_id", ["person_id"], unique=False)

    op.create_table(
        "visit",
        sa.Column("invitation_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "outcome in ('ok', 'left_early', 'too_much', 'did_not_come')", name=op.f("ck_visit_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_visit_invitation_id_invitation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_visit_person_id_person")),
        sa.PrimaryKeyConstraint("invitation_id", name=op.f("pk_visit")),
    )
    with op.batch_alter_table("visit") as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_person_id"), ["person_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("visit") as batch_op:
        batch_op.drop_index(batch_op.f("ix_visit_person_id"))

    op.drop_table("visit")
    with op.batch_alter_table("letter") as batch_op:
        batch_op.drop_index("ix_letter_person_id")

    op.drop_table("letter")
    op.drop_table("invitation_history")
    with op.batch_alter_table("invitation") as batch_op:
        batch_op.drop_index(
            "uq_invitation_live", sqlite_where=sa.text("live"), postgresql_where=sa.text("live")
        )
        batch_op.drop_index("ix_invitation_person_id_id")
        batch_op.drop_index("ix_invitation_organisation_id_live")
        batch_op.drop_index("ix_invitation_opportunity_id_live")
        batch_op.drop_index("ix_invitation_occurrence_id_state")

    op.drop_table("invitation")
    with op.batch_alter_table("match") as batch_op:
        batch_op.drop_index(
            "uq_match_proposed",
            sqlite_where=sa.text("state = 'proposed'"),
            postgresql_where=sa.text("state = 'proposed'"),
        )
        batch_op.drop_index("ix_match_person_id_state")
        batch_op.drop_index("ix_match_opportunity_id_state")

    op.drop_table("match")
    with op.batch_alter_table("talk") as batch_op:
        batch_op.drop_index("ix_talk_person_id")

    op.drop_table("talk")
    op.drop_table("pause_link")
    with op.batch_alter_table("occurrence") as batch_op:
        batch_op.drop_index("ix_occurrence_opportunity_id_starts_at")

    op.drop_table("occurrence")
    with op.batch_alter_table("match_request") as batch_op:
        batch_op.drop_index(batch_op.f("ix_match_request_person_id"))

    op.drop_table("match_request")
    op.drop_table("introduction")
    with op.batch_alter_table("history") as batch_op:
        batch_op.drop_index("ix_history_person_id_id")

    op.drop_table("history")
    with op.batch_alter_table("exclusion") as batch_op:
        batch_op.drop_index("ix_exclusion_other_person_id")

    op.drop_table("exclusion")
    with op.batch_alter_table("consent") as batch_op:
        batch_op.drop_index("ix_consent_person_id")

    op.drop_table("consent")
    with op.batch_alter_table("person") as batch_op:
        batch_op.drop_index("ix_person_team_id_id")
        batch_op.drop_index("ix_person_cell_reach_km")

    op.drop_table("person")
    with op.batch_alter_table("opportunity") as batch_op:
        batch_op.drop_index("ix_opportunity_state_id")
        batch_op.drop_index("ix_opportunity_organisation_id_id")

    op.drop_table("opportunity")
    with op.batch_alter_table("api_key") as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_key_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_api_key_caseworker_id"))
        batch_op.drop_index(batch_op.f("ix_api_key_admin_id"))

    op.drop_table("api_key")
    op.drop_table("vetting_approval")
    op.drop_table("place")
    with op.batch_alter_table("caseworker") as batch_op:
        batch_op.drop_index(batch_op.f("ix_caseworker_team_id"))

    op.drop_table("caseworker")
    op.drop_table("team")
    op.drop_table("sweep")
    with op.batch_alter_table("organisation") as batch_op:
        batch_op.drop_index("ix_organisation_vetted_until")

    op.drop_table("organisation")
    op.drop_table("idempotency")
    with op.batch_alter_table("event") as batch_op:
        batch_op.drop_index(
            "ix_event_due",
            sqlite_where=sa.text("done_at is null and dead_at is null"),
            postgresql_where=sa.text("done_at is null and dead_at is null"),
        )
        batch_op.drop_index(
            "ix_event_dead",
            sqlite_where=sa.text("dead_at is not null"),
            postgresql_where=sa.text("dead_at is not null"),
        )
        batch_op.drop_index("ix_event_aggregate")

    op.drop_table("event")
    op.drop_table("admin")
