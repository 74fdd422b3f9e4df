"""The dry run of an import: what a table would add, change and be refused for. Nothing is written here.

ID cards end here: before anything is kept or shown they are turned into the hash of an initial password.
"""

import difflib
import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import peewee

from hall import roster_people
from hall.roster_kinds import KINDS, Column, Draft, Ids, Kind, Known
from hall.roster_tables import Refusal, Table
from hall.words import N_, Refused
from models import Bed, Campus, Entity, Person, tuples

MANY = 5_000


@dataclass
class Plan:
    """What importing a table would do. `table` is sealed; `hints` are (sentence, values) worth reading first."""

    kind: Kind
    table: Table
    added: list[Draft] = field(default_factory=list)
    changed: list[Draft] = field(default_factory=list)
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)
    hints: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """The same as long as the file and everything it touches are the same: what was shown is what is done."""
        said = [self.kind.name, self.unchanged, len(self.refused)]
        said += [[draft.id, draft.values, draft.changes] for draft in (*self.added, *self.changed)]
        return hashlib.sha256(json.dumps(said, default=str, sort_keys=True).encode()).hexdigest()

    def title(self, draft: Draft) -> str:
        """How people tell a row from another, by what it says now: `T1001 周建国`, `主校区 学生公寓 S`."""
        now = draft.values | draft.before
        return " ".join(str(now[name]) for name in dict.fromkeys((*self.kind.key, "name")) if now.get(name))

    def changes(self, draft: Draft) -> list[tuple[str, str, str]]:
        """What a row would change, for people: (label of the column, before, after), without secrets."""
        columns = {column.name: column for column in self.kind.columns if not column.secret}
        shown = self.kind.shown
        return [
            (columns[name].label, shown(name, before), shown(name, after))
            for name, (before, after) in draft.changes.items()
            if name in columns
        ]


def plan(kind: str, table: Table) -> Plan:
    """Compare `table` with what is known and change nothing. Raises Refused(field="file") for wrong columns."""
    of = KINDS[kind]
    table = table if table.sealed else _sealed(of, table)
    made = Plan(of, table, refused=list(table.problems))
    bad_rows = {problem.row for problem in table.problems}
    drafts: list[Draft] = []
    columns = [column for name in table.headers if (column := of.column(name))]
    excused = {(problem.row, problem.column) for problem in table.problems}
    for row, cells in table.rows:
        draft, refusals = _draft(of, columns, row, cells, excused)
        made.refused += refusals
        if refusals:
            bad_rows.add(row)
        drafts.append(draft)
    made.refused += _repeated(of, drafts, bad_rows)
    ids = find_all_ids(of)
    known = find_known(of, drafts, ids)
    missing = _missing_references(of, drafts, ids)
    bad_rows |= {refusal.row for refusal in missing}
    good = [_compared(of, draft, known) for draft in drafts if draft.row not in bad_rows]
    made.refused += [*missing, *of.examine(good, known, ids)]
    made.refused.sort(key=lambda refusal: refusal.row)
    bad_rows |= {refusal.row for refusal in made.refused}
    for draft in good:
        if draft.row in bad_rows:
            continue
        if not draft.id:
            made.added.append(draft)
        elif draft.changes:
            made.changed.append(draft)
        else:
            made.unchanged += 1
    made.hints = list(_hints(made, ids))
    return made


def _sealed(kind: Kind, table: Table) -> Table:
    """The table with the columns of `kind` under our names, and hashes of initial passwords for ID cards."""
    found: dict[str, int] = {}
    ignored = []
    for index, header in enumerate(table.headers):
        column = kind.column(header)
        if column is None:
            ignored.append(header)
        elif column.name in found:
            raise Refused(N_("“%(column)s”这一列出现了两次"), field="file", column=column.label)
        else:
            found[column.name] = index
    lacking = [c for c in kind.columns if c.required and c.name not in found]
    if lacking:
        raise _lacking(kind, lacking, ignored)
    names = {table.headers[index]: name for name, index in found.items()}
    sealed = Table(list(found), [], [], ignored, sealed=True)
    for problem in table.problems:
        if problem.column in names or not problem.column:
            name = names.get(problem.column, "")
            sealed.problems.append(Refusal(problem.row, name, problem.message, problem.values))
    for row, cells in table.rows:
        values = {name: cells[index] for name, index in found.items()}
        if any(values.values()):
            sealed.rows.append((row, list(_without_cards(kind, sealed, row, values).values())))
    return sealed


def _lacking(kind: Kind, lacking: list[Column], ignored: list[str]) -> Refused:
    labels = "、".join(f"{column.label}（{column.name}）" for column in lacking)
    words = {word: column for column in lacking for word in (column.name, column.label)}
    close = [(header, words[like[0]].label) for header in ignored if (like := difflib.get_close_matches(header, words))]
    if close:
        message = N_("这不像“%(kind)s”的表：缺少列 %(columns)s。“%(header)s”是不是“%(meant)s”？")
        return Refused(message, field="file", kind=kind.label, columns=labels, header=close[0][0], meant=close[0][1])
    message = N_("这不像“%(kind)s”的表：缺少列 %(columns)s")
    return Refused(message, field="file", kind=kind.label, columns=labels)


def _without_cards(kind: Kind, sealed: Table, row: int, values: dict[str, str]) -> dict[str, str]:
    if kind is not roster_people.PEOPLE:
        return values
    for name, cell in values.items():
        if name == "id_card":
            number = ""
            with suppress(Refused):
                number = kind.columns[0].read(values["number"])
            try:
                values[name] = roster_people.initial(number, cell)
            except Refused as refused:
                values[name] = ""
                sealed.problems.append(Refusal(row, name, refused.message, refused.values))
        elif roster_people.holds_card(cell):
            values[name] = ""
            sealed.problems.append(Refusal(row, name, N_("这一格里像是身份证号；身份证号不会保存，请核对各列是否错位")))
    return values


def _draft(
    kind: Kind, columns: list[Column], row: int, cells: list[str], excused: set[tuple[int, str]]
) -> tuple[Draft, list[Refusal]]:
    """One row as values; cells whose problem is told already are not called empty again."""
    values: dict[str, Any] = kind.blank_key()
    refusals = []
    for column, cell in zip(columns, cells, strict=True):
        try:
            if cell:
                values[column.name] = cell if column.secret else _read(kind, column, cell)
            elif column.required and (row, column.name) not in excused:
                raise Refused(N_("不能为空"))
            elif not column.keeps:
                values[column.name] = None if column.refers else ""
        except Refused as refused:
            refusals.append(Refusal(row, column.name, refused.message, refused.values))
    return Draft(row, values), refusals


def _read(kind: Kind, column: Column, cell: str) -> Any:
    value = column.read(cell)
    stored = _natural(column.refers) if column.refers else kind.model._meta.fields.get(column.field)
    longest = getattr(stored, "max_length", None)
    if longest and isinstance(value, str) and len(value) > longest and column.refers is not Bed:
        raise Refused(N_("最多 %(most)s 个字"), most=longest)
    return value


def _repeated(kind: Kind, drafts: list[Draft], bad_rows: set[int]) -> list[Refusal]:
    """The rows that say what an earlier row is about; both rows count as bad, and the later one says why."""
    first: dict[tuple[Any, ...], int] = {}
    refusals = []
    for draft in drafts:
        key = kind.key_of(draft.values)
        if draft.row in bad_rows and not all(key):
            continue
        earlier = first.setdefault(key, draft.row)
        if earlier != draft.row:
            refusals.append(Refusal(draft.row, kind.key[-1], kind.twice, {"row": earlier}))
            bad_rows |= {draft.row}
    return refusals


def _natural(model: type[Entity]) -> peewee.Field:
    return model._meta.fields[{Campus: "name", Bed: "number"}.get(model, "code")]


def find_all_ids(kind: Kind) -> Ids:
    """Natural key → id of every row that a row of `kind` can refer to."""
    return {column.refers: _ids(column.refers) for column in kind.columns if column.refers}


def _ids(model: type[Entity]) -> dict[str, int]:
    return roster_people.beds() if model is Bed else dict(tuples(model.select(_natural(model), model.id)))


def find_known(kind: Kind, drafts: list[Draft], ids: Ids) -> Known:
    """What is stored, by key and with natural keys for references: all of a small table, the people concerned."""
    stored = [column for column in kind.columns if column.field]
    fields = [kind.model._meta.fields[column.field] for column in stored]
    query = kind.model.select(kind.model.id, *fields)
    if kind.model is Person and len(drafts) <= MANY:
        query = query.where(Person.number.in_([draft.values["number"] for draft in drafts]))
    names = {model: {id: name for name, id in found.items()} for model, found in ids.items()}
    known: Known = {}
    for id, *row in tuples(query):
        values = {
            column.name: names[column.refers].get(value) if column.refers else value
            for column, value in zip(stored, row, strict=True)
        }
        known[kind.key_of(values)] = {"id": id, **values}
    kind.extend(known)
    return known


def _missing_references(kind: Kind, drafts: list[Draft], ids: Ids) -> list[Refusal]:
    offered = {kind.model: {draft.values.get(kind.key[0]) for draft in drafts}}
    return [
        Refusal(draft.row, column.name, N_("没有“%(name)s”，请先导入或建立它"), {"name": draft.values[column.name]})
        for column in kind.columns
        if column.refers and not column.creates
        for draft in drafts
        if draft.values.get(column.name)
        and draft.values[column.name] not in ids[column.refers]
        and draft.values[column.name] not in offered.get(column.refers, ())
    ]


def _compared(kind: Kind, draft: Draft, known: Known) -> Draft:
    stored = known.get(kind.key_of(draft.values))
    if stored:
        draft.id, draft.before = stored["id"], stored
        draft.values = {name: v for name, v in draft.values.items() if name in stored}
    return draft


def _hints(made: Plan, ids: Ids) -> Iterator[tuple[str, dict[str, Any]]]:
    unknown = [header or "（没有表头）" for header in made.table.ignored]
    if unknown:
        yield N_("这些列不认识，已忽略：%(columns)s"), {"columns": "、".join(unknown)}
    for column in made.kind.columns:
        if column.creates and column.refers:
            named = {draft.values.get(column.name) for draft in (*made.added, *made.changed)} - {None}
            fresh = sorted(map(str, named - set(ids[column.refers])))
            if fresh:
                values = {
                    "column": column.label,
                    "count": len(fresh),
                    "names": "、".join(fresh[:5]) + "…" * (len(fresh) > 5),
                }
                yield N_("将新建%(column)s %(count)s 个：%(names)s"), values
    if made.kind is roster_people.PEOPLE:
        without = sum(not draft.values.get("id_card") for draft in made.added)
        if without:
            yield N_("%(count)s 位新人员没有身份证号，没有初始密码，要由管理员重置密码后才能登录"), {"count": without}
