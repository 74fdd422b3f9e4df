"""The index behind the search of every generated list: in which rows two characters stand beside each other, and four
letters or figures, since in numbers every pair is common.

It only narrows: whoever asks compares the rows it names with what was typed, so both databases answer alike and a
surplus of the index does no harm. Triggers keep it, hence nothing that writes can forget it. Each table has a number
of its own in it; on SQLite a row is found under `number × 2⁴⁰ + id`, on PostgreSQL in (number, id).
"""

import itertools
import operator
import re
import zlib
from collections.abc import Iterator
from typing import Any

import peewee

from models import ENTITIES, Entity, database

SHIFT = 40
# Of a longer text only this much is indexed (characters); what a clerk looks for stands at its beginning.
LONGEST = 4_000
WALK = "walk_"  # how the further indexes of PostgreSQL begin, which models.py does not know
_SQLITE_TABLE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS row_text USING fts5(tokens, content='', tokenize='ascii', prefix='6')"
)
_POSTGRESQL = (
    "CREATE TABLE IF NOT EXISTS row_text (number integer NOT NULL, id integer NOT NULL, tokens tsvector NOT NULL,"
    " PRIMARY KEY (number, id))",
    f"""CREATE OR REPLACE FUNCTION hall_pairs(number text, said text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
    DECLARE
      marks text[] := string_to_array(left(lower(said), {LONGEST}), NULL);
      tokens text[] := ARRAY['k' || number];
      four text;
    BEGIN
      FOR place IN 1 .. cardinality(marks) LOOP
        tokens := tokens
          || ('p' || encode(convert_to(marks[place] || coalesce(marks[place + 1], ''), 'UTF8'), 'hex'));
        four := marks[place] || marks[place + 1] || marks[place + 2] || marks[place + 3];
        IF four ~ '^[0-9a-z]{{4}}$' THEN
          tokens := tokens || ('q' || four);
        END IF;
      END LOOP;
      RETURN array_to_tsvector(tokens);
    END $$""",
    """CREATE OR REPLACE FUNCTION hall_keep_row() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE said text := ''; place integer;
    BEGIN
      IF TG_OP <> 'INSERT' THEN
        DELETE FROM row_text WHERE number = TG_ARGV[0]::integer AND id = OLD.id;
      END IF;
      IF TG_OP <> 'DELETE' THEN
        FOR place IN 1 .. TG_NARGS - 1 LOOP
          said := said || coalesce(to_jsonb(NEW) ->> TG_ARGV[place], '') || ' ';
        END LOOP;
        INSERT INTO row_text VALUES (TG_ARGV[0]::integer, NEW.id, hall_pairs(TG_ARGV[0], said));
      END IF;
      RETURN NULL;
    END $$""",
)


def on_sqlite() -> bool:
    return isinstance(database.obj, peewee.SqliteDatabase)


def columns_of(model: type[Entity]) -> list[peewee.Field]:
    """The text columns by which rows of `model` are searched or told from one another, in the order of the class."""
    unique = {name for columns, is_unique in model._meta.indexes if is_unique for name in columns}
    # Where a value may be missing, nobody tells rows by it.
    unique |= {field.name for field in model._meta.sorted_fields if field.unique and not field.null}
    return [
        field
        for field in model._meta.sorted_fields
        if isinstance(field, peewee.CharField | peewee.TextField)
        and (field.name in model.search or field.name in unique)
        and field.name not in getattr(model, "hidden", ())
        and field.verbose_name
    ]


def number_of(model: type[Entity]) -> int:
    """The number of a table in the index, below 2²²."""
    return zlib.crc32(model._meta.table_name.encode()) & 0x3FFFFF


def tokens_of(said: str) -> str:
    """What the index of SQLite keeps of a text: its pairs as hexadecimal codes, the last character alone, its fours."""
    plain = said.lower()[:LONGEST]
    codes = _codes(plain)
    pairs = map(operator.add, codes, codes[1:])
    return " ".join(dict.fromkeys([*pairs, *codes[-1:], *(f"q{four}" for four in _fours(plain))]))


def _pairs(plain: str) -> Iterator[str]:
    return map("".join, itertools.pairwise(plain))


def _fours(plain: str) -> list[str]:
    return re.findall(r"(?=([0-9a-z]{4}))", plain)


def _code(marks: str) -> str:
    return "".join(_codes(marks))


def _codes(marks: str) -> list[str]:
    """Six hexadecimal digits for each character."""
    digits = marks.encode("utf-32-be", "surrogatepass").hex()
    return [digits[at : at + 6] for at in range(2, len(digits), 8)]


def asked_of(word: str) -> tuple[list[str], list[str]]:
    """The pairs and fours of a word that a row must have; a pair within four is one of them already."""
    inside = {at + step for at in range(len(word) - 3) if _fours(word[at : at + 4]) for step in range(3)}
    pairs = [pair for at, pair in enumerate(_pairs(word)) if at not in inside]
    return list(dict.fromkeys(pairs)), list(dict.fromkeys(_fours(word)))


def prepared(opened: peewee.SqliteDatabase) -> peewee.SqliteDatabase:
    """`opened` with the function by which the triggers cut texts; without it nothing can be written."""
    opened.register_function(tokens_of, "hall_tokens", 1, deterministic=True)
    return opened


def install() -> list[str]:
    """Make the index and its triggers as models.py asks for them, and fill in what they have not seen.

    Gives the tables that were filled. Safe to repeat: `migrate` calls it each time.
    """
    is_sqlite = on_sqlite()
    indexed = {number_of(model): model for model in ENTITIES if columns_of(model)}
    if len(indexed) != sum(bool(columns_of(model)) for model in ENTITIES):
        raise ValueError("two tables share a number in the index of rows")
    with database.atomic():
        if not is_sqlite:  # filling a long table is no page that somebody waits for
            database.execute_sql("SET LOCAL statement_timeout = 0")
            database.execute_sql("SELECT pg_advisory_xact_lock(hashtext('row_text'))")
        for statement in (_SQLITE_TABLE,) if is_sqlite else _POSTGRESQL:
            database.execute_sql(statement)
        known = _triggers(is_sqlite)
        changed = [model for model in indexed.values() if known.get(_name(model)) != _signature(model)]
        if is_sqlite and any(map(_is_filled, changed)):
            # What no trigger could repeat any more can only be forgotten as a whole.
            database.execute_sql("INSERT INTO row_text (row_text) VALUES ('delete-all')")
            changed = list(indexed.values())
        for model in changed:
            _install_sqlite(model) if is_sqlite else _install_postgresql(model)
        if not is_sqlite:
            # Last, because an index over what is there already is built many times as fast as it grows.
            database.execute_sql("CREATE INDEX IF NOT EXISTS row_text_tokens ON row_text USING gin (tokens)")
            for model in ENTITIES:
                _make_walks(model)
    return [model._meta.table_name for model in changed]


def _name(model: type[Entity]) -> str:
    return f"row_text_{model._meta.table_name}"


def _signature(model: type[Entity]) -> str:
    return " ".join(field.column_name for field in columns_of(model))


def _triggers(is_sqlite: bool) -> dict[str, str]:
    """{name: columns} of the triggers that stand; the columns are kept in a comment, by which a change is seen."""
    if is_sqlite:
        rows = database.execute_sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'row_text_*'"
        ).fetchall()
        return {name: sql.rpartition("/* ")[2].partition(" */")[0] for name, sql in rows}
    rows = database.execute_sql(
        "SELECT tgname, encode(tgargs, 'escape') FROM pg_trigger"
        " WHERE starts_with(tgname, 'row_text_') AND NOT tgisinternal"
    ).fetchall()
    return {name: " ".join(args.split("\\000")[1:-1]) for name, args in rows}


def _install_sqlite(model: type[Entity]) -> None:
    table, first = model._meta.table_name, number_of(model) << SHIFT
    names = [field.column_name for field in columns_of(model)]

    def said(row: str) -> str:
        return "hall_tokens(" + " || ' ' || ".join(f"coalesce({row}\"{name}\", '')" for name in names) + ")"

    def put(row: str) -> str:
        return f"INSERT INTO row_text (rowid, tokens) VALUES ({first} + {row}id, {said(row)});"

    # An index without content is told what to forget.
    forget = f"INSERT INTO row_text (row_text, rowid, tokens) VALUES ('delete', {first} + old.id, {said('old.')});"
    of = ", ".join(f'"{name}"' for name in ["id", *names])
    acts = {
        "": (f'AFTER INSERT ON "{table}"', put("new.")),
        "_u": (f'AFTER UPDATE OF {of} ON "{table}"', forget + put("new.")),
        "_d": (f'AFTER DELETE ON "{table}"', forget),
    }
    for ending, (when, what) in acts.items():
        database.execute_sql(f'DROP TRIGGER IF EXISTS "{_name(model)}{ending}"')
        database.execute_sql(
            f'CREATE TRIGGER "{_name(model)}{ending}" {when} BEGIN /* {_signature(model)} */ {what} END'
        )
    database.execute_sql(
        f'INSERT INTO row_text (rowid, tokens) SELECT {first} + id, {said("")} FROM "{table}" ORDER BY id'
    )


def _is_filled(model: type[Entity]) -> bool:
    first = number_of(model) << SHIFT
    asked = "SELECT 1 FROM row_text_docsize WHERE id BETWEEN ? AND ? LIMIT 1"
    return database.execute_sql(asked, (first, first + (1 << SHIFT) - 1)).fetchone() is not None


def _install_postgresql(model: type[Entity]) -> None:
    table, number = model._meta.table_name, number_of(model)
    names = [field.column_name for field in columns_of(model)]
    arguments = ", ".join(f"'{name}'" for name in [str(number), *names])
    of = ", ".join(f'"{name}"' for name in ["id", *names])
    database.execute_sql(f'DROP TRIGGER IF EXISTS "{_name(model)}" ON "{table}"')
    database.execute_sql(
        f'CREATE TRIGGER "{_name(model)}" AFTER INSERT OR DELETE OR UPDATE OF {of} ON "{table}"'
        f" FOR EACH ROW EXECUTE FUNCTION hall_keep_row({arguments})"
    )
    said = " || ' ' || ".join(f"coalesce(\"{name}\", '')" for name in names)
    database.execute_sql("DELETE FROM row_text WHERE number = %s", (number,))
    database.execute_sql(
        f"INSERT INTO row_text SELECT {number}, id, hall_pairs('{number}', {said} || ' ') FROM \"{table}\""
    )


def _make_walks(model: type[Entity]) -> None:
    """Indexes by which PostgreSQL walks columns of few values in order; those of SQLite end with the id anyway."""
    for field in model._meta.sorted_fields:
        few = field.choices or isinstance(field, peewee.BooleanField)
        if few and (field.index or field.unique) and not isinstance(field, peewee.ForeignKeyField):
            table, column = model._meta.table_name, field.column_name
            database.execute_sql(f'CREATE INDEX IF NOT EXISTS "{WALK}{table}_{column}" ON "{table}" ("{column}", id)')


# --- asking ----------------------------------------------------------------------------------------------


def ids(model: type[Entity], word: str, most: int) -> list[int] | None:
    """The ids of the rows in which the pairs of characters of `word` occur, in no order; None where more than `most`.

    Rows that merely have the same pairs are among them. One query.
    """
    found = [row[0] for row in database.execute_sql(*looking_up(model, word, most + 1)).fetchall()]
    return found if len(found) <= most else None


def looking_up(model: type[Entity], word: str, limit: int) -> tuple[str, list[Any]]:
    """The statement that finds at most so many of these ids, and its values."""
    pairs, fours = asked_of(word.lower())
    number, quads = number_of(model), [f"q{four}" for four in fours]
    if on_sqlite():
        tokens = [f'"{token}"' for token in [*map(_code, pairs), *quads]] or [f'"{_code(word.lower())}" *']
        first = number << SHIFT
        sql = f"SELECT rowid - {first} AS id FROM row_text WHERE row_text MATCH ? AND rowid BETWEEN ? AND ? LIMIT ?"
        return sql, [" AND ".join(tokens), first, first + (1 << SHIFT) - 1, limit]
    tokens = [*(f"p{pair.encode().hex()}" for pair in pairs), *quads] or [f"p{word.lower().encode().hex()}:*"]
    sql = "SELECT id FROM row_text WHERE tokens @@ %s::tsquery LIMIT %s"
    return sql, [" & ".join([f"k{number}", *tokens]), limit]


def holds(model: type[Entity]) -> int:
    """How many rows of `model` the index knows; for `doctor`."""
    first = number_of(model) << SHIFT
    if on_sqlite():
        asked = "SELECT COUNT(*) FROM row_text_docsize WHERE id BETWEEN ? AND ?"
        return int(database.execute_sql(asked, (first, first + (1 << SHIFT) - 1)).fetchone()[0])
    return int(
        database.execute_sql("SELECT COUNT(*) FROM row_text WHERE number = %s", (number_of(model),)).fetchone()[0]
    )
