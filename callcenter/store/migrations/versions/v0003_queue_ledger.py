"""The ledger of the queues: entries and visits."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Creates both tables; calls before have left no visits."""
    time = sa.DateTime(timezone=True)
    op.create_table(
        "queue_entry",
        sa.Column("visit_id", sa.String, nullable=False),
        sa.Column("call_id", sa.String, nullable=False),
        sa.Column("queue", sa.String, nullable=False),
        sa.Column("entered_at", time, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("waited_before_s", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("visit_id", name="pk_queue_entry"),
    )
    op.create_index("ix_queue_entry_entered_at", "queue_entry", ["entered_at"])
    op.create_table(
        "queue_visit",
        sa.Column("visit_id", sa.String, nullable=False),
        sa.Column("call_id", sa.String, nullable=False),
        sa.Column("queue", sa.String, nullable=False),
        sa.Column("entered_at", time, nullable=False),
        sa.Column("left_at", time, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("cause", sa.String, nullable=False),
        sa.Column("agent_id", sa.String),
        sa.Column("waited_s", sa.Double, nullable=False),
        sa.Column("rang_s", sa.Double, nullable=False),
        sa.Column("offers", sa.Integer, nullable=False),
        sa.Column("expected_min_s", sa.Double),
        sa.Column("expected_max_s", sa.Double),
        sa.PrimaryKeyConstraint("visit_id", name="pk_queue_visit"),
    )
    op.create_index("ix_queue_visit_entered_at", "queue_visit", ["entered_at"])
    op.create_index("ix_queue_visit_call_id", "queue_visit", ["call_id"])


def downgrade() -> None:
    """Drops them."""
    op.drop_table("queue_visit")
    op.drop_table("queue_entry")
