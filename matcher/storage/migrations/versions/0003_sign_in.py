"""Who signs in on pages."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_in_tries",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_tries")),
    )
    with op.batch_alter_table("sign_in_tries") as batch_op:
        batch_op.create_index("ix_sign_in_tries_last_at", ["last_at"], unique=False)

    op.create_table(
        "account",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_fingerprint", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("caseworker_id", sa.String(length=36), nullable=True),
        sa.Column("admin_id", sa.String(length=36), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("totp_secret", sa.Text(), nullable=True),
        sa.Column("totp_step", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(organisation_id is not null and caseworker_id is null and admin_id is null) or (organisation_id is null and caseworker_id is not null and admin_id is null) or (organisation_id is null and caseworker_id is null and admin_id is not null)",
            name=op.f("ck_account_one_owner"),
        ),
        sa.ForeignKeyConstraint(["admin_id"], ["admin.id"], name=op.f("fk_account_admin_id_admin")),
        sa.ForeignKeyConstraint(
            ["caseworker_id"], ["caseworker.id"], name=op.f("fk_account_caseworker_id_caseworker")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_account_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("admin_id", name=op.f("uq_account_admin_id")),
        sa.UniqueConstraint("caseworker_id", name=op.f("uq_account_caseworker_id")),
        sa.UniqueConstraint("email_fingerprint", name=op.f("uq_account_email_fingerprint")),
    )
    with op.batch_alter_table("account") as batch_op:
        batch_op.create_index("ix_account_organisation_id", ["organisation_id"], unique=False)

    op.create_table(
        "account_link",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=True),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("purpose in ('set_up', 'recover')", name=op.f("ck_account_link_purpose")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_link_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_account_link_token_hash")),
    )
    with op.batch_alter_table("account_link") as batch_op:
        batch_op.create_index("ix_account_link_account_id", ["account_id"], unique=False)
        batch_op.create_index("ix_account_link_expires_at", ["expires_at"], unique=False)

    op.create_table(
        "recovery_code",
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_recovery_code_account_id_account")
        ),
        sa.PrimaryKeyConstraint("account_id", "code_hash", name=op.f("pk_recovery_code")),
    )
    op.create_table(
        "sign_in",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sign_in_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_token_hash")),
    )
    with op.batch_alter_table("sign_in") as batch_op:
        batch_op.create_index("ix_sign_in_account_id", ["account_id"], unique=False)
        batch_op.create_index("ix_sign_in_last_seen_at", ["last_seen_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("sign_in") as batch_op:
        batch_op.drop_index("ix_sign_in_last_seen_at")
        batch_op.drop_index("ix_sign_in_account_id")

    op.drop_table("sign_in")
    op.drop_table("recovery_code")
    with op.batch_alter_table("account_link") as batch_op:
        batch_op.drop_index("ix_account_link_expires_at")
        batch_op.drop_index("ix_account_link_account_id")

    op.drop_table("account_link")
    with op.batch_alter_table("account") as batch_op:
        batch_op.drop_index("ix_account_organisation_id")

    op.drop_table("account")
    with op.batch_alter_table("sign_in_tries") as batch_op:
        batch_op.drop_index("ix_sign_in_tries_last_at")

    op.drop_table("sign_in_tries")
