"""Reading a file into an entity, a piece at a time: its columns are chosen, every row is tried, then written.

What a row becomes is for who calls to say (`Work`): the panel asks the form of the entity. Here is what makes it safe
to stop anywhere and to go on: the place that was reached is saved in the transaction of the rows, and whoever comes
second with the same place does nothing.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hall import access, clock, events, import_files, import_store
from hall.import_files import Line
from hall.import_store import Store, Verdict
from hall.words import N_, Refused
from models import ENTITIES, Entity, Event, ImportRun, Person, database, held

KEPT = 10  # files of one person
LASTS = timedelta(days=7)
PIECE = 200  # rows
SECONDS = 0.7  # that one transaction may last: SQLite lets nobody else write meanwhile
RUNNING = ("checking", "writing")
_MODELS = {events.subject_type(model): model for model in ENTITIES}
OPEN = ("mapping", "checking", "checked", "writing")
KINDS = ("new", "changed", "same", "wrong", "failed", "added", "edited")


@dataclass(frozen=True)
class Work:
    """The file, and how a row of it is tried and written: `check(line)`, `write(line, what the check said)`.

    Both give a Verdict,
    {"verdict": new | changed | same | wrong, "title": …, "changes": {column: [before, after]}, "why": [[label, why]]}.
    """

    store: Store
    check: Callable[[Line], Verdict]
    write: Callable[[Line, Verdict], Verdict]


# --- beginning and choosing ------------------------------------------------------------------------------


def start(model: type[Entity], name: str, data: bytes, *, by: Person, once: str | None = None) -> ImportRun:
    """Keep the file called `name` to be read into `model`. Raises Refused where it cannot be read or `by` may not."""
    _need_editor(model, by)
    if once and (done := Event.get_or_none(Event.once == once)):
        found = find(done.subject_id, by=by) if done.subject_type == "import_run" else None
        if found:
            return found
        raise Refused(N_("这个文件已经交过了"))
    headers, lines = import_files.read(name, data)
    store = Store.make(headers, lines)
    try:
        with database.atomic():
            run = ImportRun.create(
                person=by,
                subject_type=events.subject_type(model),
                file_name=name[-120:],
                stored=store.token,
                total=len(lines),
                mapping={},
                created=clock.now(),
            )
            _record(run, "upload", N_("交来文件"), by, {"rows": len(lines)}, once)
    except BaseException:
        store.forget()
        raise
    _keep_few(by)
    return run


def find(id: int, *, by: Person) -> ImportRun | None:
    """The import with this id if it is of `by`; nobody else goes on with it."""
    found: ImportRun | None = ImportRun.get_or_none(ImportRun.id == id, ImportRun.person == by.id)
    return found


def latest(model: type[Entity], *, by: Person, most: int = 5) -> list[ImportRun]:
    """The last imports of `by` into `model`, newest first."""
    mine = (ImportRun.person == by.id) & (ImportRun.subject_type == events.subject_type(model))
    return list(ImportRun.select().where(mine).order_by(ImportRun.id.desc()).limit(most))


def store_of(run: ImportRun) -> Store | None:
    """Where the rows lie; None where they were taken away already."""
    store = Store(run.stored) if run.stored else None
    return store if store and store.is_there else None


def choose(
    run: ImportRun, columns: dict[int, str], order: list[int], twice: dict[int, int], *, keep_blank: bool, by: Person
) -> None:
    """Say which column of the file is which of the entity, {place in the file: name}, and begin to try the rows.

    `order` is that in which the rows are taken, `twice` {row: the earlier row that is about the same}.
    """
    store = _need_store(run, by)
    with database.atomic():
        run = _mine(run, ("mapping", "checked"))
        # Under the lock: of two that choose at once, the plan of the one who wins must stay.
        store.put_plan(order, twice)
        said = {"columns": {str(place): name for place, name in columns.items()}, "keep_blank": keep_blank}
        _save(run, mapping=said, state="checking", checked=0, written=0, problems=0)


def choose_again(run: ImportRun, *, by: Person) -> None:
    """Go back to the columns. Nothing was written yet."""
    _need_store(run, by)
    with database.atomic():
        _save(_mine(run, ("checked",)), state="mapping")


def confirm(run: ImportRun, *, seen: int | None, by: Person) -> None:
    """Begin to write what the check has shown. Raises Refused where that is not what was seen any more."""
    _need_store(run, by)
    with database.atomic():
        run = _mine(run, ("checked",))
        if run.version != seen:
            raise Refused(N_("结果有了变化，请看过新的结果再导入"), stale=True)
        if not (counts(run)["new"] or counts(run)["changed"]):
            raise Refused(N_("没有可以导入的行"))
        _save(run, state="writing", mapping={**run.mapping, "place": 0})
        _record(run, "import", N_("开始导入"), by, {"counts": counts(run)})


def stop(run: ImportRun, *, by: Person) -> None:
    """Give up; what was written already stays. Repeating it changes nothing."""
    _need_editor(model_of(run), by)
    with database.atomic():
        run = held(ImportRun.select().where(ImportRun.id == run.id)).get()
        if run.state in OPEN:
            _save(run, state="stopped", ended=clock.now())
            _record(run, "stop", N_("停止导入"), by, {"written": run.written})


# --- going on ----------------------------------------------------------------------------------------------


def go_on(run: ImportRun, work: Work, *, by: Person) -> ImportRun:
    """Try or write the next piece, in one transaction with the place that it reaches. Gives the run as it is then.

    Where somebody else has done this piece meanwhile, nothing is done.
    """
    _need_store(run, by)
    store = work.store  # which knows its rows by now
    with database.atomic():
        mine = held(ImportRun.select().where(ImportRun.id == run.id, ImportRun.version == run.version)).first()
        if mine is not None and mine.state in RUNNING:
            _check_piece(mine, store, work) if mine.state == "checking" else _write_piece(mine, store, work, by)
    now: ImportRun = ImportRun.get_by_id(run.id)
    return now


def counts(run: ImportRun) -> dict[str, int]:
    """How many rows are what: new, changed, same, wrong after the check; added, edited and failed when written."""
    told = run.mapping.get("counts", {})
    return {kind: told.get(kind, 0) for kind in KINDS}


def place(run: ImportRun) -> int:
    """How many rows this phase is through with."""
    return int(run.mapping.get("place", 0)) if run.state in ("writing", "done", "stopped") else run.checked


def _check_piece(run: ImportRun, store: Store, work: Work) -> None:
    order, twice = store.plan()
    found, until = [], time.monotonic() + SECONDS
    for row in order[run.checked : run.checked + PIECE]:
        line = store.lines[row]
        if line.lost:
            verdict = _wrong(line.lost)
        elif row in twice:
            verdict = _wrong(N_("和第 %(row)s 行是同一条"), {"row": store.lines[twice[row]].number})
        else:
            verdict = work.check(line)
        found.append(verdict | {"row": row, "line": line.number})
        if time.monotonic() > until:
            break
    store.put("checked", run.checked, found)
    told = _added(run, [verdict["verdict"] for verdict in found])
    reached = run.checked + len(found)
    state = "checked" if reached >= run.total else "checking"
    _save(run, checked=reached, problems=told["wrong"], state=state, mapping={**run.mapping, "counts": told})


def _write_piece(run: ImportRun, store: Store, work: Work, by: Person) -> None:
    done, kinds, until = [], [], time.monotonic() + SECONDS
    start = place(run)
    for verdict in store.verdicts("checked", run.total, start):
        written = verdict
        if verdict["verdict"] in ("new", "changed"):
            written = {**work.write(store.lines[verdict["row"]], verdict), "row": verdict["row"]}
            became = {"new": "added", "changed": "edited", "same": "edited", "wrong": "failed"}[written["verdict"]]
            kinds.append(became)
            written["failed"] = became == "failed"
        done.append({"row": verdict["row"], "line": verdict["line"], **_only_wrong(written)})
        if len(done) >= PIECE or time.monotonic() > until:
            break
    store.put("written", start, done)
    told, reached = _added(run, kinds), start + len(done)
    over = reached >= run.total or not done
    more: dict[str, Any] = {"state": "done", "ended": clock.now()} if over else {}
    more |= {"written": told["added"] + told["edited"], "problems": told["wrong"] + told["failed"]}
    _save(run, mapping={**run.mapping, "counts": told, "place": reached}, **more)
    if over:
        _record(run, "finish", N_("导入完成"), by, {"counts": told})


def _wrong(message: str, values: dict[str, Any] | None = None) -> Verdict:
    """A row that is wrong before anybody asks the form; `told` is a sentence and its values for the face."""
    return {"verdict": "wrong", "title": "", "changes": {}, "why": [], "told": [message, values or {}]}


def _only_wrong(verdict: Verdict) -> Verdict:
    kept = ("verdict", "why", "told", "failed") if verdict["verdict"] == "wrong" else ("verdict",)
    return {name: verdict[name] for name in kept if name in verdict}


def _added(run: ImportRun, kinds: Sequence[str]) -> dict[str, int]:
    return {kind: count + kinds.count(kind) for kind, count in counts(run).items()}


# --- afterwards -----------------------------------------------------------------------------------------------


def sweep() -> None:
    """Take away the rows of imports that ended or were left alone a week ago. For the timetable."""
    before = clock.now() - LASTS
    for run in ImportRun.select().where(ImportRun.stored != "", ImportRun.created < before).order_by(ImportRun.id):
        if (run.ended or run.created) < before:
            _take_away(run)
    # A folder whose row never came, because the process died between the two.
    old = [token for token in import_store.kept() if time.time() - import_store.age_of(token) > LASTS.total_seconds()]
    known = (
        {run.stored for run in ImportRun.select(ImportRun.stored).where(ImportRun.stored.in_(old))} if old else set()
    )
    for token in set(old) - known:
        Store(token).forget()


def _keep_few(by: Person) -> None:
    """Take away the rows of all but the newest imports of `by`, so that nobody fills the disk."""
    mine = ImportRun.select().where(ImportRun.person == by.id, ImportRun.stored != "").order_by(ImportRun.id.desc())
    for run in list(mine.limit(KEPT * 2))[KEPT:]:
        _take_away(run)


def _take_away(run: ImportRun) -> None:
    with database.atomic():
        run = held(ImportRun.select().where(ImportRun.id == run.id)).get()
        ended = {} if run.state not in OPEN else {"state": "stopped", "ended": clock.now()}
        token = run.stored
        _save(run, stored="", **ended)
    if token:
        Store(token).forget()


def model_of(run: ImportRun) -> type[Entity]:
    """The entity that is imported into."""
    return _MODELS[run.subject_type]


def _need_editor(model: type[Entity], by: Person) -> None:
    if not access.can_edit(by, model):
        raise Refused(N_("您没有权限导入"))


def _need_store(run: ImportRun, by: Person) -> Store:
    _need_editor(model_of(run), by)
    store = store_of(run)
    if store is None:
        raise Refused(N_("这个文件的内容已经清除，请重新上传"))
    return store


def _mine(run: ImportRun, states: tuple[str, ...]) -> ImportRun:
    """The run as it is now, kept from everybody else; Refused where it is not in one of `states` any more."""
    now: ImportRun = held(ImportRun.select().where(ImportRun.id == run.id)).get()
    if now.state not in states:
        raise Refused(N_("这次导入已经往前走了，请看现在的页面"), stale=True)
    return now


def _save(run: ImportRun, **changes: Any) -> None:
    """Write `changes` with the next version; the caller holds the row."""
    for name, value in {**changes, "version": run.version + 1}.items():
        setattr(run, name, value)
    run.save()


def _record(
    run: ImportRun, name: str, label: str, by: Person, details: dict[str, Any], once: str | None = None
) -> None:
    role = access.editing_role(by, model_of(run))
    events.record(run, name, label, by=by, role=role, details=details, once=once)
