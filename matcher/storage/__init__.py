"""The record: typed tables, the outbox, encryption and the queries by aggregate."""
