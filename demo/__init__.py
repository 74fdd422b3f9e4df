"""The demo: a made-up campus and a living term on it, made by calling the verbs of the hall."""

import csv
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from demo import automation, bulletins, questions, setting, term, views
from hall import access, accounts, clock, roster, search_index, transparency
from models import Grant, Person, database

CAMPUS = Path(__file__).parent / "campus"
PASSWORD = "hall-demo-2026"
# The roster is imported before the term, but not so long ago that the initial passwords have expired.
IMPORTED_DAYS = 120

Progress = Callable[[int, int, str], object]


def load(progress: Progress | None = None) -> term.Term:
    """Fill an empty hall with the campus and a term of orders up to now, wholly or not at all.

    `progress(done, total, what)` is called now and then. The same moment gives the same term.
    """
    now = clock.now()
    begin = setting.begins(now)
    with database.atomic(), search_index.paused():
        with clock.at(max(begin - timedelta(days=3), now - timedelta(days=IMPORTED_DAYS))):
            roster.load_folder(CAMPUS, progress=progress)
            accounts.set_demo_password([person for person in Person.select() if not keeps_initial(person)], PASSWORD)
            setting.write(begin, by=Person.get(Person.number == _one_a_role()["administrator"]))
            bulletins.write(now, by=Person.get(Person.number == _one_a_role()["administrator"]))
            automation.write(by=Person.get(Person.number == _one_a_role()["administrator"]))
            views.write(by=Person.get(Person.number == _one_a_role()["administrator"]))
            questions.ask(by=Person.get(Person.number == _one_a_role()["administrator"]))
        lived = term.live_through(begin, now, progress)
        with clock.at(now):
            transparency.refresh_all()
        search_index.rebuild()
        return lived


def is_empty() -> bool:
    """Whether nobody is in the hall yet, so that the demo may be loaded."""
    return Person.select(Person.id).first() is None


def keeps_initial(person: Person) -> bool:
    """Whether the demo leaves `person` the initial password, to show the first sign-in."""
    return bool(person.kind == "student" and person.number.endswith("5"))


def accounts_text() -> str:
    """One account a role with its password, as the start of the hall prints it."""
    names = {person.number: person.name for person in Person.select(Person.number, Person.name)}
    numbers = [*_one_a_role().items(), ("student", _students()[0][0])]
    lines = [f"  {number:12} {names.get(number, '')}  {_label(role)}" for role, number in numbers]
    number, card = next(row for row in _students() if row[0].endswith("5"))
    return "\n".join(
        [
            f"Demo accounts, all with the password {PASSWORD}:",
            *lines,
            f"  {number:12} {names.get(number, '')}  第一次登录，初始密码 {accounts.initial_password(card)}",
        ]
    )


def _label(role: str) -> str:
    return {"student": "学生", "worker": "维修工"}.get(role) or access.role_label(role)


def _one_a_role() -> dict[str, str]:
    """Role → number of the first who has it and no role before, in the order of access.ROLES."""
    found: dict[str, str] = {}
    held = Grant.select(Grant.role, Person.number).join(Person).order_by(Grant.id).tuples().execute()
    for role in access.ROLES:
        others = (number for named, number in held if named == role and number not in found.values())
        if first := next(others, ""):
            found[role] = first
    return found


def _students() -> list[tuple[str, str]]:
    with (CAMPUS / "people.csv").open(encoding="utf-8", newline="") as file:
        return [(row["number"], row["id_card"]) for row in csv.DictReader(file) if row["kind"] == "student"]
