"""The index of the search. What words it finds stands in `search_text`, which each database keeps in its own way."""

from peewee import CharField, IntegerField, Model, SqliteDatabase, TextField

# Tokens are ASCII already (hall/search_words.py). Pairs of characters follow each other, so positions are kept; the
# prefix of six is one Chinese character.
SQLITE = (
    "CREATE VIRTUAL TABLE search_text USING fts5"
    "(tokens, content='search_entry', content_rowid='id', tokenize='ascii', prefix='6')"
)
POSTGRESQL = (
    "CREATE TABLE search_text (rowid integer PRIMARY KEY REFERENCES search_entry (id) ON DELETE CASCADE,"
    " tokens tsvector NOT NULL)",
    "CREATE INDEX search_text_tokens ON search_text USING gin (tokens) WITH (fastupdate = off)",
)


def up(migrator, db):
    class SearchEntry(Model):
        kind = CharField(max_length=20)
        subject_type = CharField(max_length=30)
        subject_id = IntegerField()
        tokens = TextField()

        class Meta:
            database = db
            table_name = "search_entry"
            indexes = ((("subject_type", "subject_id"), True),)

    db.create_tables([SearchEntry])
    for statement in (SQLITE,) if isinstance(db, SqliteDatabase) else POSTGRESQL:
        db.execute_sql(statement)


def down(migrator, db):
    db.execute_sql("DROP TABLE search_text")
    migrator.migrate(migrator.drop_table("search_entry"))
