"""Lists of the panel as somebody wants them again: saved under a name, and shared with whoever reads that list.

A view without a name holds the columns that its person chose. What it asks for is the address that the list had: it
opens nothing that its reader may not see.
"""

from typing import Any

import peewee

from hall import access, answers, events, freshness
from hall.words import N_, Refused
from models import Archived, Entity, Person, SavedView, database, held

MOST, LONGEST_NAME, LONGEST_SAID = 30, 20, 2_000


@freshness.Kept
def views_of(person: Person, subject_type: str) -> list[SavedView]:
    """One's own views of a list and those that others share, in their order, each with its person. One query.

    `any_away` of each says whether any row of that entity was put away: whoever shows the list has to know.
    """
    mine = SavedView.person == person.id
    put_away = Archived.select(peewee.SQL("1")).where(Archived.subject_type == subject_type)
    query = SavedView.select(SavedView, Person, peewee.fn.EXISTS(put_away).alias("any_away")).join(Person)
    query = query.where(SavedView.subject_type == subject_type, mine | (SavedView.is_shared == True))  # noqa: E712
    return list(query.order_by(SavedView.position, SavedView.id).limit(4 * MOST))


def keep(
    *, by: Person, model: type[Entity], name: str, said: dict[str, str], is_shared: bool = False, position: int = 0
) -> SavedView:
    """Save what the address of a list says (`said`) under `name`, in the place of one's own view of that name.

    `position` 0 leaves it where it is, or puts it last. Raises Refused.
    """
    _refuse_stranger(by, model)
    name = answers.text(name, "name", least=1, most=LONGEST_NAME)
    if len(repr(said)) > LONGEST_SAID:
        raise Refused(N_("条件太多了，请先去掉一些"), field="name")
    with database.atomic():
        mine = _mine(by, model)
        known = next((view for view in mine if view.name == name), None)
        if known is None and len([view for view in mine if view.name]) >= MOST:
            raise Refused(N_("每个列表最多保存 %(most)s 个视图，请先删去不用的"), field="name", most=MOST)
        # What is shared already may be changed by whom shared it; sharing anew needs the right to.
        if is_shared and not (known and known.is_shared):
            _refuse_sharing(by)
        last = max((view.position for view in mine), default=0)
        place = position or (known.position if known else last + 1)
        return _write(by, model, name, {"said": said, "is_shared": is_shared, "position": place})


def change(view: SavedView, *, by: Person, name: str, is_shared: bool, position: int) -> None:
    """Call one's own view otherwise, share it or not, put it elsewhere among the others. Raises Refused."""
    name = answers.text(name, "name", least=1, most=LONGEST_NAME)
    if not 1 <= position <= 999:
        raise Refused(N_("请填写 %(least)s 到 %(most)s 之间的整数"), field="position", least=1, most=999)
    with database.atomic():
        row = held(SavedView.select().where(SavedView.id == view.id)).first()
        if row is None or row.person_id != by.id:
            raise Refused(N_("这个视图已经不在了"), stale=True)
        if is_shared and not row.is_shared:
            _refuse_sharing(by)
        same = SavedView.select().where(SavedView.person == by.id, SavedView.subject_type == row.subject_type)
        if same.where(SavedView.name == name, SavedView.id != row.id).exists():
            raise Refused(N_("您已经有一个同名的视图"), field="name")
        before = _shown(row)
        row.name, row.is_shared, row.position = name, is_shared, position
        if changes := events.diff(before, _shown(row)):
            row.save()
            events.record(row, "edit", N_("修改"), by=by, details={"changes": changes})


def forget(view: SavedView, *, by: Person) -> None:
    """Take one's own view away, or one that others share where one may share. Nothing happens where it is gone."""
    with database.atomic():
        row = held(SavedView.select().where(SavedView.id == view.id)).first()
        if row is None:
            return
        if row.person_id != by.id and not (row.is_shared and access.may(by, "views.share")):
            raise Refused(N_("您没有权限进行“%(step)s”"), step=N_("删除视图"))
        before = _shown(row)
        changes = events.diff(before, dict.fromkeys(before))
        events.record(row, "delete", N_("删除"), by=by, details={"changes": changes})
        row.delete_instance()


def remember_columns(columns: list[str], *, by: Person, model: type[Entity]) -> None:
    """Keep which columns `by` wants to see in a list, by name; [] brings back those of everybody."""
    _refuse_stranger(by, model)
    with database.atomic():
        known = next((view for view in _mine(by, model) if view.name == ""), None)
        if columns:
            _write(by, model, "", {"said": {"columns": ",".join(columns)}, "is_shared": False, "position": 0})
        elif known:
            forget(known, by=by)


def _mine(person: Person, model: type[Entity]) -> list[SavedView]:
    kind = events.subject_type(model)
    query = SavedView.select().where(SavedView.person == person.id, SavedView.subject_type == kind)
    return list(query.order_by(SavedView.position, SavedView.id))


def _write(by: Person, model: type[Entity], name: str, values: dict[str, Any]) -> SavedView:
    kind = events.subject_type(model)
    row, is_new = SavedView.get_or_create(person=by, subject_type=kind, name=name, defaults=values)
    before = {} if is_new else _shown(row)
    for column, value in values.items():
        setattr(row, column, value)
    if changes := events.diff(before, _shown(row)):
        row.save()
        event = ("create", N_("新建")) if is_new else ("edit", N_("修改"))
        events.record(row, *event, by=by, details={"changes": changes})
    kept: SavedView = row
    return kept


def _shown(view: SavedView) -> dict[str, Any]:
    return {name: view.__data__[name] for name in ("name", "said", "is_shared", "position")}


def _refuse_stranger(by: Person, model: type[Entity]) -> None:
    if not access.can_read(by, model):
        raise Refused(N_("您没有权限进行“%(step)s”"), step=N_("保存视图"))


def _refuse_sharing(by: Person) -> None:
    if not access.may(by, "views.share"):
        raise Refused(N_("您没有权限进行“%(step)s”"), step=N_("共享视图"), field="is_shared")
