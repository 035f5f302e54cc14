"""The Q.850 cause with which a call was released."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds it; calls before have none."""
    op.add_column("cdr", sa.Column("q850", sa.Integer))


def downgrade() -> None:
    """Drops it."""
    op.drop_column("cdr", "q850")
