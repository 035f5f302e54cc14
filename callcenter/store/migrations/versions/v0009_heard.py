"""What was heard of calls out."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Adds it; of legs before nothing is known."""
    op.add_column("cdr_leg", sa.Column("progress", sa.String))
    op.add_column("cdr_leg", sa.Column("answered_by", sa.String))


def downgrade() -> None:
    """Drops it."""
    op.drop_column("cdr_leg", "answered_by")
    op.drop_column("cdr_leg", "progress")
