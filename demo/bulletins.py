"""The notices of the demo from words/bulletins.md, written at their own moment by the editor of the website.

An entry begins with `=== days=<ago> hour=<of the day> department=<code> …`; then title, summary and text,
after `--- en` the same in English, after `+++ name.csv` a file. `{+2}` is the day after tomorrow.
`months=` says when an entry fits.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from demo.texts import WORDS
from hall import articles, attachments, clock, events
from hall.words import N_
from models import Grant, Person

EDITOR = "T1003"
_DAY = re.compile(r"\{([+-]\d+)\}")


@dataclass
class Bulletin:
    """One entry: what stands behind ===, title, summary and text by language, files by name."""

    told: dict[str, str]
    said: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


def write(now: datetime, *, by: Person) -> None:
    """Give the website its editor, and let them write what was published up to `now` and what is to come."""
    editor = Person.get(Person.number == EDITOR)
    grant = Grant.create(person=editor, role="editor", scope="")
    changes = {"role": [None, "editor"], "person": [None, editor.number]}
    events.record(grant, "create", N_("新建"), by=by, role="administrator", details={"changes": changes})
    today = clock.local(now).date()
    for entry in read((WORDS / "bulletins.md").read_text("utf-8")):
        months = entry.told.get("months", "").split(",")
        if months == [""] or str(today.month) in months:
            _write(entry, today, now, editor)


def _write(entry: Bulletin, today: date, now: datetime, editor: Person) -> None:
    said: dict[str, object] = {"department": entry.told["department"], "is_pinned": "pinned" in entry.told}
    for language, suffix in (("zh", ""), ("en", "_en")):
        words = entry.said.get(language, ("", "", ""))
        for name, text in zip(("title", "summary", "text"), words, strict=True):
            said[name + suffix] = _dated(text, today, language)
    written = now
    if "draft" not in entry.told:
        day = today - timedelta(days=int(entry.told["days"]))
        said["publish"] = clock.utc(datetime.combine(day, time(int(entry.told["hour"]))))
        written = min(said["publish"] - timedelta(minutes=40), now)
    if last := entry.told.get("until"):
        said["until"] = clock.utc(datetime.combine(today + timedelta(days=int(last)), time()))
    with clock.at(written):
        article = articles.write(by=editor, kind="notice", **said)
        for name, text in entry.files.items():
            # The mark at the beginning lets Excel read Chinese.
            attachments.attach(article, by=editor, file=(name, text.encode("utf-8-sig")))


def read(text: str) -> list[Bulletin]:
    """The entries of the file."""
    return [_entry(part) for part in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]]


def _entry(part: str) -> Bulletin:
    head, _, rest = part.partition("\n")
    words, *files = re.split(r"^\+\+\+ ", rest, flags=re.MULTILINE)
    entry = Bulletin(dict(pair.split("=") for pair in head.split()))
    for language, said in zip(("zh", "en"), words.split("--- en\n"), strict=False):
        title, summary, text = said.split("\n", 2)
        entry.said[language] = title.removeprefix("# "), summary.removeprefix("> "), text.strip()
    entry.files = {name.strip(): lines for name, _, lines in (file.partition("\n") for file in files)}
    return entry


def _dated(text: str, today: date, language: str) -> str:
    def day(found: re.Match[str]) -> str:
        there = today + timedelta(days=int(found[1]))
        return f"{there.day} {there:%B}" if language == "en" else f"{there.month}月{there.day}日"

    return _DAY.sub(day, text)
