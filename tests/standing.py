"""What stands in the tables, to see afterwards that nothing was changed."""

from collections.abc import Iterable
from typing import Any

import models


def rows_in(tables: Iterable[type[models.Entity]]) -> dict[str, list[Any]]:
    """All rows of `tables` as the database gives them: to put the SQL together from models is most of a refusal."""
    return {
        table.__name__: sorted(
            models.database.execute_sql(f'SELECT * FROM "{table._meta.table_name}"').fetchall(), key=repr
        )
        for table in tables
    }
