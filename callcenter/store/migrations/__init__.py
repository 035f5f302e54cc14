"""Alembic's script directory; `callcenter.store.schema` runs it."""
