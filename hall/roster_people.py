"""The table of people: ID cards that are never kept, roles as grants, beds with one person each.

An empty cell of phone, roles or ID card leaves things alone; a filled roles cell sets the grants exactly,
and `-` takes all away. An empty bed cell says that the person has no bed.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from typing import Any

from hall import access, accounts, bulk, clock, places, settings
from hall.roster_cells import choice, code, phone
from hall.roster_kinds import KINDS, Column, Draft, Ids, Kind, Known
from hall.roster_tables import Refusal
from hall.words import N_, Refused
from models import PERSON_KINDS, Bed, Building, Department, Grant, MaintenanceGroup, Person, Room, tuples

NO_ROLES = "-"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_CARD_LIKE = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])", re.ASCII)
_LABELS = {role.label: name for name, role in access.ROLES.items()}


# --- ID cards --------------------------------------------------------------------------------------


def initial(number: str, id_card: str) -> str:
    """The hash of the initial password that follows from an ID card (`requirements.md` 12); "" for no card.

    Raises Refused, whose sentence never holds the card, where format, birthday or check character is wrong.
    """
    card = unicodedata.normalize("NFKC", id_card).upper()
    if not card:
        return ""
    if not re.fullmatch(r"\d{17}[\dX]", card, re.ASCII):
        raise Refused(N_("身份证号应是 18 位，最后一位是数字或 X"))
    if card_check(card) != card[17]:
        raise Refused(N_("身份证号的校验位不对，请核对"))
    try:
        born = date(int(card[6:10]), int(card[10:12]), int(card[12:14]))
    except ValueError:
        raise Refused(N_("身份证号里的出生日期不对，请核对")) from None
    if born > clock.today():
        raise Refused(N_("身份证号里的出生日期不对，请核对"))
    return accounts.initial_hash(number, accounts.initial_password(card))


def card_check(card: str) -> str:
    """The check character that must follow the first 17 digits (ISO 7064, MOD 11-2)."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(card, _WEIGHTS, strict=False)) % 11]


def holds_card(text: str) -> bool:
    """Whether something in `text` looks like an ID card, which no other column may keep."""
    return bool(_CARD_LIKE.search(unicodedata.normalize("NFKC", text)))


# --- roles -----------------------------------------------------------------------------------------


def roles(text: str) -> str:
    """`lead@SN1;维修工@SN2` as sorted role names with scopes, or `-` for none at all."""
    text = unicodedata.normalize("NFKC", text)
    if text in (NO_ROLES, "无"):
        return NO_ROLES
    return ";".join(sorted({_grant(part.strip()) for part in text.split(";") if part.strip()})) or NO_ROLES


def _grant(text: str) -> str:
    word, _, scope = (part.strip() for part in text.partition("@"))
    name = _LABELS.get(word, word.lower())
    role = access.ROLES.get(name)
    if role is None:
        raise Refused(N_("没有“%(role)s”这个角色"), role=word)
    if scope and not role.scope:
        raise Refused(N_("“%(role)s”不分范围，不要写 @"), role=role.label)
    if role.scope and not scope:
        raise Refused(N_("“%(role)s”要写明范围，例如 %(name)s@SN1"), role=role.label, name=name)
    return f"{name}@{code(scope)}" if scope else name


def _grants(text: str) -> set[tuple[str, str]]:
    return set() if text == NO_ROLES else {(g.partition("@")[0], g.partition("@")[2]) for g in text.split(";")}


# --- beds ------------------------------------------------------------------------------------------


def bed(text: str) -> str:
    """`building-room-bed`, tidied."""
    parts = unicodedata.normalize("NFKC", text).upper().replace(" ", "").rsplit("-", 2)
    if len(parts) != 3 or not all(parts):
        raise Refused(N_("请写成“楼宇-房间-床号”，例如 NQ3-502-1"))
    building, room, number = code(parts[0]), places.room_number(parts[1]), parts[2]
    if not re.fullmatch(r"\w{1,20}", room) or not re.fullmatch(r"\w{1,10}", number):
        raise Refused(N_("请写成“楼宇-房间-床号”，例如 NQ3-502-1"))
    return f"{building}-{room}-{number}"


def floor_of(room: str) -> int:
    """The floor that a room number begins with: 3 for `304`, 10 for `1005`, 0 where it says none."""
    digits = re.search(r"\d{3,4}", room, re.ASCII)
    return int(digits[0][:-2]) if digits else 0


def beds() -> dict[str, int]:
    """Every bed by its name, `building-room-bed` → id."""
    rows = Bed.select(Building.code, Room.number, Bed.number, Bed.id).join(Room).join(Building)
    return {f"{building}-{room}-{number}": id for building, room, number, id in tuples(rows)}


def _create_beds(drafts: list[Draft]) -> None:
    known, buildings = beds(), {b.code: b.id for b in Building.select(Building.id, Building.code)}
    named = {str(draft.values["bed"]) for draft in drafts if draft.values.get("bed")}
    missing = [name.rsplit("-", 2) for name in named - set(known)]
    rooms = _room_ids()
    wanted = {(buildings[building], room) for building, room, _ in missing} - set(rooms)
    bulk.insert(Room, [{"building": b, "number": room, "floor": floor_of(room)} for b, room in sorted(wanted)])
    rooms = _room_ids() if wanted else rooms
    bulk.insert(Bed, [{"room": rooms[buildings[b], room], "number": number} for b, room, number in sorted(missing)])


def _room_ids() -> dict[tuple[int, str], int]:
    rows = Room.select(Room.building, Room.number, Room.id)
    return {(building, number): id for building, number, id in tuples(rows)}


# --- what a row must agree with --------------------------------------------------------------------


def _examine(drafts: list[Draft], known: Known, ids: Ids) -> Iterator[Refusal]:
    floors: dict[str, int] = dict(tuples(Building.select(Building.code, Building.floors)))
    yield from _examine_scopes(drafts, floors, ids)
    yield from _examine_beds(drafts, floors, ids)
    yield from _examine_administrators(drafts)


def _examine_scopes(drafts: list[Draft], floors: dict[str, int], ids: Ids) -> Iterator[Refusal]:
    groups = {row[0] for row in tuples(MaintenanceGroup.select(MaintenanceGroup.code))}
    codes: dict[str, Collection[str]] = {"group": groups, "department": ids[Department], "building": floors}
    for draft in drafts:
        for role, scope in sorted(_grants(draft.values.get("roles", NO_ROLES))):
            if scope and scope not in codes[access.ROLES[role].scope]:
                yield Refusal(
                    draft.row,
                    "roles",
                    N_("“%(role)s”的范围 %(scope)s 不存在"),
                    {"role": access.ROLES[role].label, "scope": scope},
                )


def _examine_beds(drafts: list[Draft], floors: dict[str, int], ids: Ids) -> Iterator[Refusal]:
    moving = {draft.values["number"] for draft in drafts if "bed" in draft.values}
    names = {id: name for name, id in ids[Bed].items()}
    rows = Person.select(Person.number, Person.name, Person.bed).where(Person.bed.is_null(False))
    holders = {names[bed]: (number, name) for number, name, bed in tuples(rows) if number not in moving}
    for draft in drafts:
        place = draft.values.get("bed")
        if not place:
            continue
        building, room, _ = place.rsplit("-", 2)
        if building not in floors:
            yield Refusal(draft.row, "bed", N_("没有编号为 %(code)s 的楼宇"), {"code": building})
        elif floors[building] and floor_of(room) > floors[building]:
            yield Refusal(draft.row, "bed", N_("这栋楼只有 %(floors)s 层"), {"floors": floors[building]})
        number, name = holders.setdefault(place, (draft.values["number"], draft.values["name"]))
        if number != draft.values["number"]:
            yield Refusal(
                draft.row,
                "bed",
                N_("床位 %(bed)s 已经是%(name)s（%(number)s）的，一个床位只住一人"),
                {"bed": place, "name": name, "number": number},
            )


def _examine_administrators(drafts: list[Draft]) -> Iterator[Refusal]:
    """An import must not lock everybody out."""
    losing = {draft.values["number"]: draft for draft in drafts if _rules(draft.before) and not _rules(draft.final)}
    if not losing or any(_rules(draft.final) for draft in drafts):
        return
    open_ones = (Grant.role == "administrator") & (Person.is_closed == False)  # noqa: E712
    if not Person.select().join(Grant).where(open_ones, Person.number.not_in(list(losing))).exists():
        for draft in losing.values():
            yield Refusal(draft.row, "roles", N_("这样就没有系统管理员了，至少要留一位"))


def _rules(values: dict[str, Any]) -> bool:
    return "administrator" in values.get("roles", NO_ROLES).split(";")


# --- what is known and what is written beside the columns ------------------------------------------


def _know_roles(known: Known) -> None:
    """Add to each known person the roles as an import would write them."""
    owners = {values["id"]: values for values in known.values()}
    held: dict[int, list[str]] = defaultdict(list)
    for person, role, scope in tuples(Grant.select(Grant.person, Grant.role, Grant.scope)):
        if person in owners:
            held[person].append(f"{role}@{scope}" if scope else role)
    for id, values in owners.items():
        values["roles"] = ";".join(sorted(held[id])) or NO_ROLES


def _account(row: dict[str, Any], draft: Draft) -> dict[str, Any]:
    expires = clock.now() + timedelta(days=settings.value("account.initial_days"))
    opening = draft.values.get("id_card", "")
    return {"initial_hash": opening, "initial_expires": expires if opening else None, "created": clock.now()}


def _write_grants(drafts: list[Draft]) -> None:
    moment, rows = clock.now(), []
    for draft in drafts:
        if "roles" not in draft.changes:
            continue
        before, after = _grants(draft.before.get("roles", NO_ROLES)), _grants(draft.values["roles"])
        for role, scope in before - after:
            Grant.delete().where(Grant.person == draft.id, Grant.role == role, Grant.scope == scope).execute()
        rows += [{"person": draft.id, "role": r, "scope": s, "granted": moment} for r, s in sorted(after - before)]
    bulk.insert(Grant, rows)


PEOPLE = Kind(
    "people",
    N_("人员"),
    Person,
    ("number",),
    (
        Column("number", "学号/工号", "number", code, required=True, also=("学号", "工号", "编号", "账号")),
        Column("name", "姓名", "name", required=True),
        Column("kind", "身份", "kind", choice(PERSON_KINDS), required=True, also=("类别", "人员类别")),
        Column("id_card", "身份证号", keeps=True, secret=True, also=("身份证", "身份证号码", "证件号", "证件号码")),
        Column("department", "部门", "department", code, refers=Department, also=("部门编号", "学院", "单位")),
        Column("phone", "联系电话", "phone", phone, keeps=True, also=("电话", "手机", "手机号", "手机号码")),
        Column("roles", "角色", "", roles, keeps=True),
        Column("bed", "床位", "bed", bed, refers=Bed, creates=True),
    ),
    examine=_examine,
    prepare=_create_beds,
    extra=_account,
    extend=_know_roles,
    finish=_write_grants,
)
KINDS[PEOPLE.name] = PEOPLE
