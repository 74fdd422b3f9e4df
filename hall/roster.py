"""Importing the campus: a file becomes a plan that changes nothing, a plan is applied wholly or not at all.

`plan(kind, read_table(name, data))` says what would be added, changed and refused; `apply` does it in one
transaction with an event for every row, and nothing at all if one row is refused. Doing it again reports
everything unchanged. ID cards leave no trace: they are turned into the hash of an initial password first.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import peewee

from hall import access, bulk, events, roster_people
from hall.roster_kinds import KINDS, Draft, Ids, Kind
from hall.roster_plan import Plan, find_all_ids, find_known, plan
from hall.roster_tables import Refusal, Table, read_table
from hall.words import N_, Refused
from models import Person, database

__all__ = [
    "FOLDER",
    "KINDS",
    "Plan",
    "Refusal",
    "Rejected",
    "Table",
    "apply",
    "import_table",
    "load_folder",
    "plan",
    "read_table",
]

# The files of a folder in the order in which they refer to each other; the last one may be missing.
FOLDER = ("departments", "buildings", "groups", "items", "routing", "people", "calendar")
CHUNK = 1_000  # rows a statement, so that no table comes near PostgreSQL's 65,535 parameters

Progress = Callable[[int, int, str], object]


class Rejected(Refused):
    """A file of which nothing was imported, with the plan that says why."""

    def __init__(self, plan: Plan) -> None:
        first = plan.refused[0]
        column = plan.kind.column(first.column)
        super().__init__(
            N_("%(kind)s有 %(count)s 处错误，什么也没有导入。第 %(row)s 行%(column)s：%(reason)s"),
            kind=plan.kind.label,
            count=len(plan.refused),
            row=first.row,
            column=f"“{column.label}”" if column else "",
            reason=first.reason,
        )
        self.plan = plan


# --- apply: from a plan to rows, all or nothing ----------------------------------------------------


def apply(planned: Plan, *, by: Person | None, progress: Progress | None = None) -> Plan:
    """Do what `planned` says, wholly or not at all; see `import_table`."""
    return import_table(planned.kind.name, planned.table, seen=planned.digest, by=by, progress=progress)


def import_table(kind: str, table: Table, *, seen: str, by: Person | None, progress: Progress | None = None) -> Plan:
    """Import `table` in one transaction if that still is what the plan with the digest `seen` said.

    Returns the plan that was done. `by=None` is the command line; `progress(done, total, what)` is called now and
    then. Raises Rejected if any row is refused, and Refused with `stale` if the hall has changed since the dry run.
    """
    try:
        with database.atomic():
            made = plan(kind, table)
            _need_importer(made, by)
            if made.digest != seen:
                raise Refused(N_("试算之后数据有了变化，什么也没有导入；请看新的试算结果"), stale=True)
            _write(made, by, progress)
            return made
    except peewee.IntegrityError as error:
        raise Refused(N_("有人同时改了这些数据，什么也没有导入；请看新的试算结果"), stale=True) from error


def _need_importer(made: Plan, by: Person | None) -> None:
    if by is None:
        return
    if not access.may(by, "roster.import"):
        raise Refused(N_("您没有权限导入"))
    grants = any("roles" in draft.changes for draft in (*made.added, *made.changed))
    if made.kind is roster_people.PEOPLE and grants and not access.may(by, "grants.edit"):
        raise Refused(N_("您没有权限授予角色，请去掉“角色”一列"))


def _write(made: Plan, by: Person | None, progress: Progress | None = None) -> None:
    if made.refused:
        raise Rejected(made)
    kind, total, done = made.kind, len(made.added) + len(made.changed), 0
    kind.prepare([*made.added, *made.changed])
    for chunk in _writing(kind, made):
        done += len(chunk)
        if progress:
            progress(done, total, kind.label)
    kind.finish([*made.added, *made.changed])
    role = access.role_for(by, "roster.import") if by else "system"
    for drafts, label in ((made.added, N_("导入新建")), (made.changed, N_("导入修改"))):
        told = ((draft.id, {"changes": _said(kind, draft)}) for draft in drafts)
        events.record_many(kind.model, told, "import", label, by=by, role=role)


def _writing(kind: Kind, made: Plan) -> Iterator[list[Draft]]:
    """Insert and update, and yield after each chunk. Rows without a parent go first, so that children find it."""
    if kind is roster_people.PEOPLE:
        # Two people who swap their beds must not meet in one of them.
        for chunk in _chunks([draft.id for draft in made.changed if "bed" in draft.changes]):
            Person.update(bed=None).where(Person.id.in_(chunk)).execute()
    for child in (False, True):
        wave = [draft for draft in made.added if bool(draft.values.get("parent")) is child]
        ids = find_all_ids(kind) if wave else {}
        for chunk in _chunks(wave):
            _insert(kind, chunk, ids)
            yield chunk
    ids = find_all_ids(kind)
    known = find_known(kind, made.added, ids) if made.added else {}
    for draft in made.added:
        draft.id = known[kind.key_of(draft.values)]["id"]
    for chunk in _chunks(made.changed):
        for draft in chunk:
            row = _row(kind, {name: after for name, (_, after) in draft.changes.items()}, ids)
            if row:
                kind.model.update(row).where(kind.model.id == draft.id).execute()
        yield chunk


def _insert(kind: Kind, drafts: list[Draft], ids: Ids) -> None:
    rows = [(_row(kind, draft.values, ids), draft) for draft in drafts]
    bulk.insert(kind.model, [row | kind.extra(row, draft) for row, draft in rows])


def _row(kind: Kind, values: dict[str, Any], ids: Ids) -> dict[str, Any]:
    return {
        column.field: ids[column.refers].get(values[column.name]) if column.refers else values[column.name]
        for column in kind.columns
        if column.field and column.name in values
    }


def _said(kind: Kind, draft: Draft) -> dict[str, list[Any]]:
    secret = {column.name for column in kind.columns if column.secret}
    fields = {column.name: column.field or column.name for column in kind.columns}
    said = {name: change for name, change in draft.changes.items() if name not in secret}
    before = {fields[name]: change[0] for name, change in said.items()}
    return events.diff(before, {fields[name]: change[1] for name, change in said.items()})


def _chunks(rows: list[Any]) -> Iterable[list[Any]]:
    return (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))


# --- a whole folder --------------------------------------------------------------------------------


def load_folder(
    path: Path | str, *, by: Person | None = None, progress: Progress | None = None, dry_run: bool = False
) -> list[Plan]:
    """Import the files of a campus (`departments.csv` … `people.csv`, or .xlsx) in one transaction, in their order.

    Returns the plan of every file. With `dry_run` everything is taken back, and the list ends with the first file that
    has refused rows; otherwise that raises Rejected. Raises Refused where a file is missing or cannot be read.
    """
    plans = []
    with database.atomic() as transaction:
        for kind, file in _files(Path(path)):
            made = plan(kind, read_table(file.name, file.read_bytes()))
            plans.append(made)
            if made.refused and dry_run:
                break
            _need_importer(made, by)
            _write(made, by, progress)
        if dry_run:
            transaction.rollback()
    return plans


def _files(folder: Path) -> list[tuple[str, Path]]:
    found = []
    for kind in FOLDER:
        file = next((f for f in (folder / f"{kind}.csv", folder / f"{kind}.xlsx") if f.is_file()), None)
        if file:
            found.append((kind, file))
    if not found:
        raise Refused(N_("%(folder)s 里没有要导入的文件，例如 people.csv"), folder=str(folder))
    return found
