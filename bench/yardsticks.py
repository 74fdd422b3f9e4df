"""What the hall is measured beside: bare Flask, and Flask-Admin as it comes, as applications for a web server.

`bench.yardsticks:hello`, `:rows` and `:admin` are made when a server asks for them, so that a bare page is bare.
BENCH_DATABASE names the SQLite file of the latter two. `python -m bench.yardsticks <folder> <rows>` fills the folder
with what `admin` shows: the hall's campus and its repair orders.
"""

import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask import Flask, request

HOUSE = Path(__file__).resolve().parent.parent
ROWS = 100_000
MADE = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < ?)"
PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8"><title>列表</title><h1>列表</h1><ul>
{% for id, title, text in rows %}<li><a href="/{{ id }}">{{ title }}</a> <small>{{ id }}</small><p>{{ text }}</p></li>
{% endfor %}</ul><a href="?after={{ rows[-1][0] }}">下一页</a></html>"""


def make_hello() -> Flask:
    """One sentence."""
    app = Flask(__name__)

    @app.get("/")
    def index() -> str:
        return "hello"

    return app


def make_rows() -> Flask:
    """Twenty rows by key out of SQLite, in a page."""
    app, known = Flask(__name__), threading.local()
    page = app.jinja_env.from_string(PAGE)  # compiled once, like a template in a file

    @app.get("/")
    def index() -> str:
        if not hasattr(known, "connection"):
            known.connection = sqlite3.connect(os.environ["BENCH_DATABASE"])
        after = request.args.get("after", ROWS, int)
        sql = "SELECT id, title, text FROM thing WHERE id < ? ORDER BY id DESC LIMIT 20"
        return page.render(rows=known.connection.execute(sql, (after,)).fetchall())

    return app


def fill_rows(file: Path) -> None:
    """Make the table that `rows` reads."""
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE thing (id integer PRIMARY KEY, title text, text text)")
        said = "'食堂排队太久 ' || id, '二食堂晚上排队太久，希望多开一个窗口。' || id"
        connection.execute(f"INSERT INTO thing {MADE} SELECT id, {said} FROM n", (ROWS,))


def make_admin() -> Flask:
    """Flask-Admin on the hall's repair orders as it comes, open to everybody, with filters of two columns."""
    import peewee
    from flask_admin import Admin
    from flask_admin.contrib.peewee import ModelView
    from flask_babel import Babel

    import models

    class Orders(ModelView):
        column_filters = FILTERED

    models.database.initialize(peewee.SqliteDatabase(os.environ["BENCH_DATABASE"], pragmas={"journal_mode": "wal"}))
    app = Flask(__name__)
    app.config["SECRET_KEY"] = "b" * 32
    Babel(app)
    Admin(app).add_view(Orders(models.RepairOrder))
    return app


# Where the list stands, and its filters as Flask-Admin numbers them: the first column's come first, "equals" is third.
LIST, FILTERED = "/admin/repairorder/", ("status", "room_number")
CLOSED = "?flt0_2=closed"


def lists(rows: int) -> dict[str, str]:
    """{case: address} of the list of `admin` with so many rows: the first page, with a filter, the last page."""
    last = f"{LIST}?page={-(-rows // 20) - 1}"
    return {"stock-admin": LIST, "stock-admin-filtered": LIST + CLOSED, "stock-admin-last": last}


def fill_admin(folder: Path, rows: int) -> None:
    """Put the campus and so many repair orders into `folder`/hall.db."""
    import app as house_app
    import commands
    import demo
    from bench import filling
    from config import Settings
    from hall import roster

    house_app.open_house(Settings.from_environ({"HALL_DATA": str(folder), "HALL_SECRET": "b" * 32}))
    commands.bring_up_to_date()
    roster.load_folder(demo.CAMPUS)
    filling.fill_orders(rows)


def fill_apart(folder: Path, rows: int) -> None:
    """The same in a process of its own, which has another database open than this one, where it is not there yet."""
    if not (folder / "hall.db").exists():
        subprocess.run([sys.executable, "-m", "bench.yardsticks", str(folder), str(rows)], cwd=HOUSE, check=True)


MAKERS = {"hello": make_hello, "rows": make_rows, "admin": make_admin}


def __getattr__(name: str) -> Any:
    """The application called `name`, for whoever asks for it."""
    if name not in MAKERS:
        raise AttributeError(name)
    return globals().setdefault(name, MAKERS[name]())


if __name__ == "__main__":
    fill_admin(Path(sys.argv[1]), int(sys.argv[2]))
