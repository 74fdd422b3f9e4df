"""What a moderator looks at often: filters of the desk, saved under a name, each person their own."""

from dataclasses import fields
from typing import Any

from hall import access, answers
from hall.submissions import Wanted
from hall.words import N_, Refused
from models import Person, SavedFilter

MOST = 12
LONGEST_NAME = 20


def saved(person: Person) -> list[SavedFilter]:
    """The filters of `person`, in the order in which they were made."""
    return list(SavedFilter.select().where(SavedFilter.person == person.id).order_by(SavedFilter.id))


def wanted_of(row: SavedFilter) -> Wanted:
    """What a saved filter asks for; an answer that is no longer asked is left out."""
    kept: dict[str, Any] = row.wanted if isinstance(row.wanted, dict) else {}
    kinds = {field.name: type(field.default) for field in fields(Wanted)}
    return Wanted(**{name: kept[name] for name, kind in kinds.items() if type(kept.get(name)) is kind})


def save(name: str, wanted: Wanted, *, by: Person) -> SavedFilter:
    """Keep `wanted` under `name`, in the place of what had that name. Raises Refused."""
    name = answers.text(name, "name", least=1, most=LONGEST_NAME)
    if not access.may(by, "moderation.decide"):
        raise Refused(N_("您没有权限进行“%(step)s”"), step=N_("保存筛选"))
    if not wanted.as_dict():
        raise Refused(N_("请先选择要看什么，再保存筛选"), field="name")
    with SavedFilter._meta.database.atomic():
        mine = saved(by)
        known = next((row for row in mine if row.name == name), None)
        if known is None and len(mine) >= MOST:
            raise Refused(N_("最多保存 %(most)s 个筛选，请先删去不用的"), field="name", most=MOST)
        row, _is_new = SavedFilter.get_or_create(person=by, name=name, defaults={"wanted": wanted.as_dict()})
        SavedFilter.update(wanted=wanted.as_dict()).where(SavedFilter.id == row.id).execute()
        return row


def forget(filter_id: int, *, by: Person) -> None:
    """Take one of one's own filters away; nothing happens where it is not theirs or gone already."""
    SavedFilter.delete().where(SavedFilter.id == filter_id, SavedFilter.person == by.id).execute()
