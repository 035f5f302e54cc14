"""Customers by number: their own agent and their importance."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Creates the table; `callcenter customers import` fills it."""
    op.create_table(
        "customer",
        sa.Column("number", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("agent", sa.String, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_customer"),
    )


def downgrade() -> None:
    """Drops it."""
    op.drop_table("customer")
