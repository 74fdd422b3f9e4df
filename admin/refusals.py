"""What the generated panel refuses before the database would have to, each with a sentence that says why."""

from flask_babel import gettext as _

from admin import names
from admin.fields import answerable
from hall.words import N_, Refused
from models import Entity

COUNTED = 100


def refuse_loop(row: Entity) -> None:
    """Refuse a key of an entity to itself that leads back to the row."""
    for key in names.keys(type(row)._meta.sorted_fields):
        above, steps = row.__data__.get(key.name), 0
        while key.rel_model is type(row) and above and steps < 50:
            if above == row.id:
                raise Refused(N_("不能选它自己，也不能选它下面的"), field=key.name)
            parent = type(row).get_or_none(type(row).id == above)
            above, steps = parent.__data__.get(key.name) if parent else None, steps + 1


def refuse_taken(row: Entity) -> None:
    """Refuse what the database would refuse as double, with the column and the other row's name."""
    model = type(row)
    alone = [(field.name,) for field in model._meta.sorted_fields if field.unique]
    together = [columns for columns, unique in model._meta.indexes if unique]
    for columns in [*alone, *together]:
        said = [row.__data__.get(column) for column in columns]
        if None in said or not set(columns) <= set(answerable(model)):
            continue
        same = [getattr(model, column) == value for column, value in zip(columns, said, strict=True)]
        if other := model.select().where(*same, model.id != (row.id or 0)).first():
            names.load([other], names.natural_key(model))
            raise Refused(N_("已经有这样一条了：%(other)s"), field=columns[0], other=names.title(other))


def refuse_hanging(row: Entity) -> None:
    """Refuse to delete what other rows point at, and say which."""
    found = []
    for field in type(row)._meta.backrefs:
        count = field.model.select(field.model.id).where(field == row.id).limit(COUNTED).count()
        if count:
            more = "+" if count == COUNTED else ""
            found.append(_("%(count)s 条%(label)s", count=f"{count}{more}", label=_(field.model.label)))
    if found:
        names.load([row], names.natural_key(type(row)))
        closing = N_("不能删除“%(row)s”：还有 %(what)s用到它。可以改为停用。")
        plain = N_("不能删除“%(row)s”：还有 %(what)s用到它。")
        raise Refused(closing if hasattr(row, "is_closed") else plain, row=names.title(row), what=_("、").join(found))
