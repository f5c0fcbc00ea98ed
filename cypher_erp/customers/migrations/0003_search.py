"""Customers are found by any part of their name, with or without diacritics."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations

from cypher_erp.folding import Fold

_FOLD = """
    CREATE FUNCTION erp_fold(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN lower(unaccent('unaccent'::regdictionary, name))
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_group")]

    operations = [
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS unaccent", migrations.RunSQL.noop),
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS pg_trgm", migrations.RunSQL.noop),
        migrations.RunSQL(_FOLD, "DROP FUNCTION erp_fold"),
        migrations.AddIndex(
            model_name="customer",
            index=GinIndex(OpClass(Fold("name"), "gin_trgm_ops"), name="customers_name_parts"),
        ),
    ]
