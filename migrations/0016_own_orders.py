"""Somebody's orders by when they were made, so that the newest are read and not all of them sorted."""

BEFORE, AFTER = ("reporter_id", "id"), ("reporter_id", "created", "id")


def up(migrator, db):
    _changed(migrator, BEFORE, AFTER)


def down(migrator, db):
    _changed(migrator, AFTER, BEFORE)


def _changed(migrator, old, new):
    migrator.migrate(migrator.drop_index("repair_order", _name(old)))
    migrator.migrate(migrator.add_index("repair_order", new, name=_name(new)))


def _name(columns):
    return f"repairorder_{'_'.join(columns)}"
