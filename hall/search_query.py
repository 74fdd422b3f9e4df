"""Asking the index of the search: the phrases that are looked for, put as each database reads them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import peewee

from hall.search_words import Phrase
from models import database

# A word that more rows hold than this is common: then its rows are read newest first instead of put in order.
FEW = 1_000


@dataclass(frozen=True)
class Match:
    """Rows that hold every one of `phrases` and, of each group in `tokens`, at least one token."""

    phrases: tuple[Phrase, ...]
    tokens: tuple[tuple[str, ...], ...]

    def having(self, *tokens: str) -> "Match":
        """The same, with one of these tokens too."""
        return Match(self.phrases, (*self.tokens, tokens))

    def said(self) -> str:
        """As the index is asked: for FTS5 or as a tsquery."""
        one, both = (_fts_one, " AND ") if on_sqlite() else (_ts_one, " & ")
        words = [one(phrase.tokens, phrase.is_open, phrase.initials) for phrase in self.phrases]
        named = [_any(tokens) for tokens in self.tokens]
        return both.join([*words, *named])


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


def newest(match: Match, limit: int, after: int | None = None) -> list[tuple[int, str, str, int]]:
    """(entry, facet, table, row id) of at most so many rows, the newest first, behind the entry `after`. One query."""
    said, last = match.said(), 2**31 - 1 if after is None else after
    if on_sqlite():
        sql = (
            "SELECT e.id, e.kind, e.subject_type, e.subject_id FROM search_text s"
            " CROSS JOIN search_entry e ON e.id = s.rowid WHERE s.tokens MATCH ? AND s.rowid < ?"
            " ORDER BY s.rowid DESC LIMIT ?"
        )
        return list(database.execute_sql(sql, (said, last, limit)).fetchall())
    # Put in order a rare word costs nothing; walked by key it would cost the whole table. A common one is the reverse,
    # and IS TRUE keeps the index of the words out of that walk.
    sql = (
        "WITH few AS MATERIALIZED (SELECT rowid FROM search_text WHERE tokens @@ %s::tsquery LIMIT %s),"
        " found AS ((SELECT rowid FROM few WHERE rowid < %s AND (SELECT COUNT(*) FROM few) < %s"
        " ORDER BY rowid DESC LIMIT %s)"
        " UNION ALL (SELECT rowid FROM search_text WHERE (tokens @@ %s::tsquery) IS TRUE AND rowid < %s"
        " AND (SELECT COUNT(*) FROM few) >= %s ORDER BY rowid DESC LIMIT %s))"
        " SELECT e.id, e.kind, e.subject_type, e.subject_id FROM search_entry e"
        " WHERE e.id IN (SELECT rowid FROM found) ORDER BY e.id DESC"
    )
    values = (said, FEW, last, FEW, limit, said, last, FEW, limit)
    return list(database.execute_sql(sql, values).fetchall())


def some_of_each(matches: Sequence[Match], limit: int) -> list[tuple[str, str, int]]:
    """(facet, table, row id) of at most so many rows of each match. One query."""
    text, mark = ("search_text MATCH ?", "?") if on_sqlite() else ("tokens @@ %s::tsquery", "%s")
    # Limited before it is joined: else PostgreSQL may go through both tables side by side until it has enough.
    one = (
        "SELECT e.kind, e.subject_type, e.subject_id"
        f" FROM (SELECT rowid FROM search_text WHERE {text} LIMIT {mark}) AS s"
        f" {'CROSS ' if on_sqlite() else ''}JOIN search_entry e ON e.id = s.rowid"
    )
    values = [value for match in matches for value in (match.said(), limit)]
    return list(database.execute_sql(" UNION ALL ".join([one] * len(matches)), values).fetchall())


def subjects(match: Match, limit: int) -> list[int]:
    """The row ids of at most so many rows, in no order. One query."""
    return [row_id for _kind, _table, row_id in some_of_each([match], limit)]
