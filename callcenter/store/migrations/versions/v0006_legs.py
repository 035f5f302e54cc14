"""The voice of each leg of a call."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Creates the table; calls before have left no legs."""
    op.create_table(
        "cdr_leg",
        sa.Column("call_id", sa.String, nullable=False),
        sa.Column("sip_call_id", sa.String, nullable=False),
        sa.Column("party", sa.String, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("packets_received", sa.BigInteger, nullable=False),
        sa.Column("packets_sent", sa.BigInteger, nullable=False),
        sa.Column("lost", sa.BigInteger, nullable=False),
        sa.Column("jitter_ms", sa.Double, nullable=False),
        sa.Column("worst_jitter_ms", sa.Double, nullable=False),
        sa.Column("round_trip_ms", sa.Double),
        sa.Column("mos", sa.Double),
        sa.Column("remote_lost", sa.BigInteger),
        sa.Column("remote_mos", sa.Double),
        sa.Column("missing_s", sa.Double, nullable=False),
        sa.Column("one_way", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("call_id", "sip_call_id", name="pk_cdr_leg"),
    )
    op.create_index("ix_cdr_leg_ended_at", "cdr_leg", ["ended_at"])


def downgrade() -> None:
    """Drops it."""
    op.drop_table("cdr_leg")
