"""Asking the index of the search: the phrases that are looked for, put as each database reads them.

The index is kept in sections: what everybody may see of a kind, and the rest of it. So a word that stands everywhere
is found newest first in each without a look at what is not asked for, and what no section has costs next to nothing.
"""

import functools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import peewee

from hall import freshness
from hall.search_words import Phrase
from models import SearchEntry, database

# A word that more rows hold than this is common: then its rows are read newest first instead of put in order.
FEW = 1_000
# As the view `search_said` numbers them (0015_search_sections); what is public of a kind has `PUBLIC` more.
SECTIONS = {"repair": 0, "supervision": 1, "market": 2, "lost_found": 3, "notice": 4, "guide": 5}
PUBLIC = 8
# SQLite keeps the section in the key: `section << PLACES | entry`.
PLACES = 40
LAST = 2**31 - 1  # behind every entry
# PostgreSQL keeps with each row in which stretches of so many bits of ids it lies: its index knows no order.
STRETCHES = (("u", 11), ("v", 15), ("y", 19))
LONG = 1 << 20  # entries; among more, it pays to look into the second stretch before the rows of a word are counted


@dataclass(frozen=True)
class Match:
    """Rows that hold every one of `phrases` and, of each group in `tokens`, at least one token."""

    phrases: tuple[Phrase, ...]
    tokens: tuple[tuple[str, ...], ...] = ()

    def having(self, *tokens: str) -> "Match":
        """The same, with one of these tokens too."""
        return Match(self.phrases, (*self.tokens, tokens))

    def said(self) -> str:
        """As the index is asked: for FTS5 or as a tsquery."""
        one, both = (_fts_one, " AND ") if on_sqlite() else (_ts_one, " & ")
        words = [one(phrase.tokens, phrase.is_open, phrase.initials) for phrase in self.phrases]
        named = [_any(tokens) for tokens in self.tokens]
        return both.join([*words, *named])


class Found(NamedTuple):
    """An entry of the index, and the row that it is about."""

    entry: int
    kind: str
    table: str
    row_id: int


Asked = Sequence[tuple[int, Match]]  # in which section for what
Rows = list[tuple[int, int, str, int]]  # section, entry, table, row id


def kind_of(section: int) -> str:
    """The kind of which a section is."""
    return _KINDS[section % PUBLIC]


_KINDS = list(SECTIONS)


def on_sqlite() -> bool:
    """Whether the hall's database is SQLite."""
    return isinstance(database.obj, peewee.SqliteDatabase)


def _fts_one(tokens: Sequence[str], is_open: bool, initials: str) -> str:
    said = f'"{" ".join(tokens)}"{" *" if is_open else ""}'
    return f'({said} OR "i{initials}" *)' if initials else said


def _ts_one(tokens: Sequence[str], is_open: bool, initials: str) -> str:
    said = " <-> ".join(tokens) + (":*" if is_open else "")
    return f"({said} | i{initials}:*)" if initials else f"({said})"


def _any(tokens: Iterable[str]) -> str:
    return f"({(' OR ' if on_sqlite() else ' | ').join(tokens)})"


def newest(asked: Asked, limit: int, after: int | None = None) -> list[Found]:
    """At most so many entries of each section behind the entry `after`, the newest first.

    At most two queries on SQLite; on PostgreSQL as many as it takes, one where a word is common in each section.
    """
    last = LAST if after is None else after
    read = _newest_on_sqlite if on_sqlite() else _newest_on_postgresql
    rows = read(asked, limit, last) if asked else []
    found = [Found._make((row[1], kind_of(row[0]), *row[2:])) for row in rows]
    found.sort(reverse=True)
    return found


def _newest_on_sqlite(asked: Asked, limit: int, last: int) -> Rows:
    found, left = _at_once(asked, limit) if last == LAST else ([], asked)
    return found + _stretches([(section, section, match) for section, match in left], limit, last) if left else found


def _at_once(asked: Asked, limit: int) -> tuple[Rows, Asked]:
    """What sections hold that are looked through as one where they lie side by side, and what is asked of those that
    may hold more: to look up a word takes as long as to read some fifty rows of it."""
    runs: list[tuple[Match, list[int]]] = []
    for section, match in asked:
        if not runs or runs[-1][0] != match or runs[-1][1][-1] + 1 != section:
            runs.append((match, []))
        runs[-1][1].append(section)
    found = _stretches([(sections[0], sections[-1], match) for match, sections in runs], limit, LAST)
    many = Counter(row[0] for row in found)
    left = []
    for match, sections in runs:
        if sum(many[section] for section in sections) == limit:
            # The last one that was come to may go on, and nobody has looked below it.
            end = min(section for section in sections if many[section])
            left += [(section, match) for section in sections if section <= end and many[section] < limit]
    again = {section for section, _match in left}
    return [row for row in found if row[0] not in again], left


def _stretches(asked: Sequence[tuple[int, int, Match]], limit: int, last: int) -> Rows:
    """The newest rows of each stretch, from one section up to another, in which no entry is as new as `last`."""
    said = {match: match.said() for match in {match for _first, _end, match in asked}}
    values = [(said[match], first << PLACES, (end << PLACES) + last, limit) for first, end, match in asked]
    rows: Rows = _read(_of_sections(len(asked)), [value for each in values for value in each])
    return rows


@functools.cache
def _of_sections(count: int) -> str:
    one = (
        "SELECT * FROM (SELECT rowid AS place FROM search_text"
        " WHERE search_text MATCH ? AND rowid >= ? AND rowid < ? ORDER BY rowid DESC LIMIT ?)"
    )
    return (
        f"SELECT f.place >> {PLACES}, e.id, e.subject_type, e.subject_id FROM ({_all([one] * count)}) AS f"
        f" CROSS JOIN search_entry e ON e.id = f.place & {(1 << PLACES) - 1}"
    )


def _all(parts: Iterable[str]) -> str:
    return " UNION ALL ".join(parts)


def _said(asked: Asked) -> dict[Match, str]:
    return {match: match.said() for match in {match for _section, match in asked}}


def _read(sql: str, values: Sequence[object]) -> Any:
    return database.execute_sql(sql, values).fetchall()


def _newest_on_postgresql(asked: Asked, limit: int, last: int) -> Rows:
    """Common words are found in the newest rows, rare ones by sorting the few; what is neither, in a wider stretch.

    To find out that there are more than a few, the database puts all rows of a word together: asked of a word that is
    common among millions, that takes longer than all the rest.
    """
    begin = min(last, _highest())
    near, wide, far = (functools.partial(_near, begin=begin, letter=letter, bits=bits) for letter, bits in STRETCHES)
    found, left, some = near(asked, limit, last)
    if begin > LONG and some:  # a word that stands nowhere near is rare
        rows, fewer, _some = wide([each for each in left if each[0] in some], limit, last)
        found, left = found + rows, [each for each in left if each[0] not in some or each in fewer]
    if left:
        rows, left = _few(left, limit, last)
        found += rows
    if left:
        rows, left, _some = far(left, limit, last)
        found += rows
    return found + _by_key(left, limit, last) if left else found


def _near(asked: Asked, limit: int, last: int, begin: int, letter: str, bits: int) -> tuple[Rows, Asked, set[int]]:
    """What the stretch of `begin` and those beside it hold, what is asked of sections that hold less there, and the
    ones that hold anything."""
    at = begin >> bits
    beside = _any(f"{letter}{each:x}" for each in range(max(at - 1, 0), at + 2))
    one = "(SELECT {} AS section, rowid FROM search_text WHERE section = {} AND {} ORDER BY rowid DESC LIMIT %s)"
    condition = "tokens @@ %s::tsquery AND rowid < %s"
    said = _said(asked)
    values = [value for _section, match in asked for value in (f"{said[match]} & {beside}", last, limit)]
    rows = _read(_with_subjects(one.format(section, section, condition) for section, _match in asked), values)
    many = Counter(row[0] for row in rows)
    full = [row for row in rows if many[row[0]] >= limit]
    some = {section for section, count in many.items() if count < limit}
    return full, [each for each in asked if many[each[0]] < limit], some


def _few(asked: Asked, limit: int, last: int) -> tuple[Rows, Asked]:
    """The newest of all rows where they are few, and what is asked of sections that have many."""
    one = (
        "(SELECT {} AS section, rowid, COUNT(*) OVER () AS many FROM (SELECT rowid FROM search_text"
        " WHERE section = {} AND tokens @@ %s::tsquery AND rowid < %s LIMIT %s) AS few ORDER BY rowid DESC LIMIT %s)"
    )
    said = _said(asked)
    values = [value for _section, match in asked for value in (said[match], last, FEW, limit)]
    sql = _with_subjects((one.format(section, section) for section, _match in asked), ", many")
    rows = _read(sql, values)
    common = {row[0] for row in rows if row[4] >= FEW}
    return [row[:4] for row in rows if row[0] not in common], [each for each in asked if each[0] in common]


def _by_key(asked: Asked, limit: int, last: int) -> Rows:
    """A word that is common, but not among the newest million rows: IS TRUE keeps the index of the words away."""
    one = (
        "(SELECT {} AS section, rowid FROM search_text WHERE section = {}"
        " AND (tokens @@ %s::tsquery) IS TRUE AND rowid < %s ORDER BY rowid DESC LIMIT %s)"
    )
    said = _said(asked)
    values = [value for _section, match in asked for value in (said[match], last, limit)]
    rows: Rows = _read(_with_subjects(one.format(section, section) for section, _match in asked), values)
    return rows


def _with_subjects(parts: Iterable[str], more: str = "") -> str:
    return (
        f"SELECT section, f.rowid, e.subject_type, e.subject_id{more}"
        f" FROM ({_all(parts)}) AS f JOIN search_entry e ON e.id = f.rowid"
    )


@freshness.Kept
def _highest() -> int:
    """The newest entry; 0 where there is none."""
    return SearchEntry.select(peewee.fn.MAX(SearchEntry.id)).scalar() or 0


def subjects(asked: Asked, limit: int) -> list[int]:
    """The row ids of at most so many rows of each section, in no order. One query."""
    # Limited before it is joined: else PostgreSQL may go through both tables side by side until it has enough.
    one = "SELECT * FROM (SELECT rowid AS place FROM search_text WHERE {} LIMIT {}) AS s"
    said = _said(asked)
    values: list[tuple[object, ...]]
    if on_sqlite():
        parts = [one.format("search_text MATCH ? AND rowid >= ? AND rowid < ?", "?")] * len(asked)
        values = [(said[match], section << PLACES, section + 1 << PLACES, limit) for section, match in asked]
    else:
        parts = [one.format(f"section = {section} AND tokens @@ %s::tsquery", "%s") for section, _match in asked]
        values = [(said[match], limit) for _section, match in asked]
    entry = f"f.place & {(1 << PLACES) - 1}" if on_sqlite() else "f.place"
    cross = "CROSS " if on_sqlite() else ""
    sql = f"SELECT e.subject_id FROM ({_all(parts)}) AS f {cross}JOIN search_entry e ON e.id = {entry}"
    return [row_id for (row_id,) in _read(sql, [value for each in values for value in each])]
