"""The index of the search in sections: for each kind what everybody may see, and the rest.

What a search of everybody has to look at lies together and in the order of time, so that the first page of a common
word costs no more among a million rows than among a thousand. `search_said` says what is to be kept of each entry:
it is what the index is made of, anew or one by one (hall/search_index.py).
"""

from peewee import SqliteDatabase

# As hall/search_query.py numbers them.
SECTION = (
    "CASE kind WHEN 'guide' THEN 5 WHEN 'notice' THEN 4 WHEN 'lost_found' THEN 3 WHEN 'market' THEN 2"
    " WHEN 'supervision' THEN 1 ELSE 0 END + CASE WHEN {} > 0 THEN 8 ELSE 0 END"
)
# In which stretches of ids an entry lies, because this index knows no order.
STRETCHES = "' u' || to_hex(id >> 11) || ' v' || to_hex(id >> 15) || ' y' || to_hex(id >> 19)"
SQLITE = (
    f"CREATE VIEW search_said AS SELECT id, ({SECTION.format('''INSTR(tokens || ' ', ' ap ')''')} << 40) + id AS place,"
    " tokens FROM search_entry ORDER BY place",
    "CREATE VIRTUAL TABLE search_text USING fts5"
    "(tokens, content='search_said', content_rowid='place', tokenize='ascii', prefix='6')",
    "INSERT INTO search_text (search_text) VALUES ('rebuild')",
)
POSTGRESQL = (
    f"CREATE VIEW search_said AS SELECT id, {SECTION.format('''STRPOS(tokens || ' ', ' ap ')''')} AS section,"
    f" to_tsvector('simple', tokens || {STRETCHES}) AS tokens FROM search_entry",
    # A table for each, so that PostgreSQL knows how common a word is in each.
    "CREATE TABLE search_text (rowid integer REFERENCES search_entry (id) ON DELETE CASCADE,"
    " section integer NOT NULL, tokens tsvector NOT NULL, PRIMARY KEY (rowid, section)) PARTITION BY LIST (section)",
    *(
        f"CREATE TABLE search_text_{section} PARTITION OF search_text FOR VALUES IN ({section})"
        for section in (*range(6), *range(8, 14))
    ),
    "INSERT INTO search_text SELECT * FROM search_said",
    "CREATE INDEX search_text_tokens ON search_text USING gin (tokens) WITH (fastupdate = off)",
    "ANALYZE search_text",
)


def up(migrator, db):
    if not isinstance(db, SqliteDatabase):
        db.execute_sql("SET LOCAL statement_timeout = 0")
    db.execute_sql("DROP TABLE search_text")
    for statement in SQLITE if isinstance(db, SqliteDatabase) else POSTGRESQL:
        db.execute_sql(statement)


def down(migrator, db):
    db.execute_sql("DROP TABLE search_text")
    db.execute_sql("DROP VIEW search_said")
    if isinstance(db, SqliteDatabase):
        db.execute_sql(
            "CREATE VIRTUAL TABLE search_text USING fts5"
            "(tokens, content='search_entry', content_rowid='id', tokenize='ascii', prefix='6')"
        )
        db.execute_sql("INSERT INTO search_text (search_text) VALUES ('rebuild')")
        return
    db.execute_sql("SET LOCAL statement_timeout = 0")
    db.execute_sql(
        "CREATE TABLE search_text (rowid integer PRIMARY KEY REFERENCES search_entry (id) ON DELETE CASCADE,"
        " tokens tsvector NOT NULL)"
    )
    db.execute_sql("INSERT INTO search_text SELECT id, to_tsvector('simple', tokens) FROM search_entry")
    db.execute_sql("CREATE INDEX search_text_tokens ON search_text USING gin (tokens) WITH (fastupdate = off)")
