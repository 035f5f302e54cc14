"""Callers who asked to be called back."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Creates the table."""
    time = sa.DateTime(timezone=True)
    op.create_table(
        "callback",
        sa.Column("callback_id", sa.String, nullable=False),
        sa.Column("number", sa.String, nullable=False),
        sa.Column("queue", sa.String, nullable=False),
        sa.Column("dnis", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("asked_at", time, nullable=False),
        sa.Column("waiting_since", time, nullable=False),
        sa.Column("due_at", time, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("call_id", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("callback_id", name="pk_callback"),
    )
    op.create_index("ix_callback_state", "callback", ["state"])


def downgrade() -> None:
    """Drops it."""
    op.drop_table("callback")
