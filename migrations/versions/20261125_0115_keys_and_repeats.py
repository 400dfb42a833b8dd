"""Create the tables of API keys and of creations that can be asked for again.

Revision 5c0e7d1b4f26, after 9db1f1779f9a.
"""

import sqlalchemy as sa
from alembic import op

revision = "5c0e7d1b4f26"
down_revision = "9db1f1779f9a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
    )
    op.create_table(
        "repeats",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("action", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["action"], ["actions.number"], name="fk_repeats_action_actions"),
        sa.ForeignKeyConstraint(["key"], ["api_keys.id"], name="fk_repeats_key_api_keys"),
        sa.PrimaryKeyConstraint("key", "name", name="pk_repeats"),
    )
    op.create_index("ix_repeats_at", "repeats", ["at"])


def downgrade() -> None:
    op.drop_table("repeats")
    op.drop_table("api_keys")
