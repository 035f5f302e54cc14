"""What agents noted at calls, and the gaps in recordings."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Creates both tables."""
    time = sa.DateTime(timezone=True)
    op.create_table(
        "disposition",
        sa.Column("disposition_id", sa.String, nullable=False),
        sa.Column("call_id", sa.String, nullable=False),
        sa.Column("agent_id", sa.String, nullable=False),
        sa.Column("queue", sa.String),
        sa.Column("set_at", time, nullable=False),
        sa.Column("codes", sa.String, nullable=False),
        sa.Column("note", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("disposition_id", name="pk_disposition"),
    )
    op.create_index("ix_disposition_call_id", "disposition", ["call_id"])
    op.create_index("ix_disposition_queue_set_at", "disposition", ["queue", "set_at"])
    op.create_table(
        "recording_pause",
        sa.Column("pause_id", sa.String, nullable=False),
        sa.Column("recording_id", sa.String, nullable=False),
        sa.Column("call_id", sa.String, nullable=False),
        sa.Column("agent_id", sa.String, nullable=False),
        sa.Column("started_at", time, nullable=False),
        sa.Column("ended_at", time, nullable=False),
        sa.PrimaryKeyConstraint("pause_id", name="pk_recording_pause"),
    )
    op.create_index("ix_recording_pause_recording_id", "recording_pause", ["recording_id"])


def downgrade() -> None:
    """Drops them."""
    op.drop_table("recording_pause")
    op.drop_table("disposition")
