"""Runs the migrations on the connection that `storage.schema` hands over."""

from alembic import context

from matcher.storage.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
