"""Create the first tables: structures, actions, versions, changes.

Revision 9db1f1779f9a, the first one.
"""

import sqlalchemy as sa
from alembic import op

revision = "9db1f1779f9a"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "structures",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("nom", sa.Text(), nullable=False),
        sa.Column("departement", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_structures"),
    )
    op.create_table(
        "actions",
        # What questions about many rows read stands before the long texts, which overflow to pages of their own.
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("source_file", sa.Text(), nullable=True),
        sa.Column("source_line", sa.Integer(), nullable=True),
        sa.Column("source_hash", sa.Text(), nullable=True),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("supprime_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("titre", sa.Text(), nullable=False),
        sa.Column("structure", sa.Text(), nullable=False),
        sa.Column("fichiers", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("statut", sa.Text(), nullable=True),
        sa.Column("raisons_fin", sa.Text(), nullable=True),
        sa.Column("dimension", sa.Text(), nullable=True),
        sa.Column("mots_cles", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("resume", sa.Text(), nullable=False),
        sa.Column("initiative", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("initiative_precision", sa.Text(), nullable=True),
        sa.Column("territoire", sa.Text(), nullable=True),
        sa.Column("experience", sa.Text(), nullable=False),
        sa.Column("public", sa.Text(), nullable=True),
        sa.Column("partenaires", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("territoire_partenariat", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("finances", sa.Text(), nullable=False),
        sa.Column("personnes_mobilisees", sa.Text(), nullable=False),
        sa.Column("resultat_territoire", sa.Text(), nullable=False),
        sa.Column("resultat_centre", sa.Text(), nullable=False),
        sa.Column("resultat_habitants", sa.Text(), nullable=False),
        sa.Column("limites", sa.Text(), nullable=False),
        sa.Column("perspectives", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["structure_id"], ["structures.id"], name="fk_actions_structure_id_structures"),
        sa.PrimaryKeyConstraint("number", name="pk_actions"),
        sa.UniqueConstraint("id", name="uq_actions_id"),
        sa.UniqueConstraint("identity", "rank", name="uq_actions_identity_rank"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_actions_structure_id_supprime_le", "actions", ["structure_id", "supprime_le"])
    op.create_table(
        "changes",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("action", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["action"], ["actions.number"], name="fk_changes_action_actions"),
        sa.PrimaryKeyConstraint("number", name="pk_changes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_action_number", "changes", ["action", "number"])
    op.create_table(
        "versions",
        sa.Column("action", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["action"], ["actions.number"], name="fk_versions_action_actions"),
        sa.PrimaryKeyConstraint("action", "version", name="pk_versions"),
    )


def downgrade() -> None:
    op.drop_table("versions")
    op.drop_table("changes")
    op.drop_table("actions")
    op.drop_table("structures")
