"""What else a site knows of its customers."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Adds it; customers before have nothing there."""
    op.add_column("customer", sa.Column("data", sa.String, nullable=False, server_default="{}"))


def downgrade() -> None:
    """Drops it."""
    op.drop_column("customer", "data")
