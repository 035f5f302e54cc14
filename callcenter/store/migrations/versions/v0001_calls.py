"""Calls, segments, recordings, voicemail messages and the agent log."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Creates the first five tables."""
    _calls()
    _files()
    _agents()


def downgrade() -> None:
    """Drops them."""
    for table in ("agent_log", "voicemail_message", "recording", "cdr_segment", "cdr"):
        op.drop_table(table)


def _calls() -> None:
    time = sa.DateTime(timezone=True)
    op.create_table(
        "cdr",
        sa.Column("call_id", sa.String, nullable=False),
        sa.Column("direction", sa.String, nullable=False),
        sa.Column("ani", sa.String, nullable=False),
        sa.Column("dnis", sa.String, nullable=False),
        sa.Column("trunk", sa.String, nullable=False),
        sa.Column("started_at", time, nullable=False),
        sa.Column("answered_at", time),
        sa.Column("ended_at", time, nullable=False),
        sa.Column("cause", sa.String, nullable=False),
        sa.Column("ended_by", sa.String, nullable=False),
        sa.Column("sip_code", sa.Integer, nullable=False),
        sa.Column("flow", sa.String),
        sa.Column("queue", sa.String),
        sa.Column("agent_id", sa.String),
        sa.Column("seat_no", sa.String),
        sa.Column("waited_s", sa.Double, nullable=False),
        sa.Column("rang_s", sa.Double, nullable=False),
        sa.Column("talked_s", sa.Double, nullable=False),
        sa.Column("billable_s", sa.Double, nullable=False),
        sa.Column("recording", sa.String),
        sa.PrimaryKeyConstraint("call_id", name="pk_cdr"),
    )
    op.create_index("ix_cdr_started_at", "cdr", ["started_at"])
    op.create_index("ix_cdr_ani_started_at", "cdr", ["ani", "started_at"])
    op.create_index("ix_cdr_agent_id_started_at", "cdr", ["agent_id", "started_at"])
    op.create_table(
        "cdr_segment",
        sa.Column("call_id", sa.String, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("started_at", time, nullable=False),
        sa.Column("ended_at", time, nullable=False),
        sa.Column("queue", sa.String),
        sa.Column("agent_id", sa.String),
        sa.Column("seat_no", sa.String),
        sa.Column("flow", sa.String),
        sa.Column("outcome", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("call_id", "n", name="pk_cdr_segment"),
    )
    op.create_index("ix_cdr_segment_queue_started_at", "cdr_segment", ["queue", "started_at"])
    op.create_index("ix_cdr_segment_agent_id_started_at", "cdr_segment", ["agent_id", "started_at"])


def _files() -> None:
    time = sa.DateTime(timezone=True)
    op.create_table(
        "recording",
        sa.Column("recording_id", sa.String, nullable=False),
        sa.Column("call_id", sa.String, nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("started_at", time, nullable=False),
        sa.Column("duration_s", sa.Double, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("error", sa.String, nullable=False),
        sa.Column("agent_id", sa.String),
        sa.PrimaryKeyConstraint("recording_id", name="pk_recording"),
    )
    op.create_index("ix_recording_call_id", "recording", ["call_id"])
    op.create_index("ix_recording_started_at", "recording", ["started_at"])
    op.create_table(
        "voicemail_message",
        sa.Column("message_id", sa.String, nullable=False),
        sa.Column("call_id", sa.String, nullable=False),
        sa.Column("box", sa.String, nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("ani", sa.String, nullable=False),
        sa.Column("contact_number", sa.String),
        sa.Column("duration_s", sa.Double, nullable=False),
        sa.Column("left_at", time, nullable=False),
        sa.Column("heard_at", time),
        sa.PrimaryKeyConstraint("message_id", name="pk_voicemail_message"),
    )
    op.create_index("ix_voicemail_message_box_left_at", "voicemail_message", ["box", "left_at"])
    op.create_index("ix_voicemail_message_call_id", "voicemail_message", ["call_id"])


def _agents() -> None:
    op.create_table(
        "agent_log",
        sa.Column("entry_id", sa.String, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent_id", sa.String, nullable=False),
        sa.Column("seat_no", sa.String, nullable=False),
        sa.Column("event", sa.String, nullable=False),
        sa.Column("agent_class", sa.String),
        sa.Column("state", sa.String),
        sa.Column("previous", sa.String),
        sa.Column("reason", sa.String),
        sa.Column("queue", sa.String),
        sa.Column("call_id", sa.String),
        sa.PrimaryKeyConstraint("entry_id", name="pk_agent_log"),
    )
    op.create_index("ix_agent_log_agent_id_at", "agent_log", ["agent_id", "at"])
    op.create_index("ix_agent_log_at", "agent_log", ["at"])
