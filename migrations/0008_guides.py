"""The two guides that the hall begins with: how to report a repair, and how to praise, suggest, ask or complain."""

from datetime import UTC, datetime
from pathlib import Path

from peewee import BooleanField, CharField, DateTimeField, IntegerField, Model, TextField

FOLDER = Path(__file__).parent / "guides"
CODES = ("repair", "supervision")
PUBLISH = datetime(2026, 1, 1)


def up(migrator, db):
    class Article(Model):
        code, kind, title, title_en = CharField(), CharField(), CharField(), CharField()
        summary, summary_en, text, text_en = CharField(), CharField(), TextField(), TextField()
        publish, created, updated = DateTimeField(), DateTimeField(), DateTimeField()
        is_pinned, position, version = BooleanField(), IntegerField(), IntegerField()

        class Meta:
            database = db
            table_name = "article"

    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    for position, code in enumerate(CODES, start=1):
        title, summary, text = _read(code, "zh")
        title_en, summary_en, text_en = _read(code, "en")
        Article.create(
            code=code,
            kind="guide",
            title=title,
            title_en=title_en,
            summary=summary,
            summary_en=summary_en,
            text=text,
            text_en=text_en,
            publish=PUBLISH,
            created=now,
            updated=now,
            is_pinned=False,
            position=position,
            version=1,
        )


def down(migrator, db):
    for code in CODES:
        db.execute_sql(f"DELETE FROM article WHERE code = '{code}'")


def _read(code: str, language: str) -> tuple[str, str, str]:
    """Title (`# …`), summary (`> …`) and text of a guide."""
    title, summary, text = (FOLDER / f"{code}.{language}.md").read_text("utf-8").split("\n", 2)
    return title.removeprefix("# "), summary.removeprefix("> "), text.strip()
