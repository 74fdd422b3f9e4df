"""What the tests of imports share: a file that is handed in, checked and read, as somebody would do it by hand."""

import io
import re

from werkzeug.test import TestResponse

from hall import import_runs
from models import ImportRun
from tests.visitor import Visitor

FIRST = "编号,名称,英文名称\n"


def upload(visitor: Visitor, table: str, data: bytes | str, name: str = "rows.csv"):
    """Hand in a file; the answer leads to its import."""
    form = visitor.form(f"/admin/{table}/import/", having="once")
    data = data.encode() if isinstance(data, str) else data
    return visitor.client.post(form.action, data={**form.values, "file": (io.BytesIO(data), name)})


def checked(visitor: Visitor, table: str, data: bytes | str, name: str = "rows.csv", **columns: str) -> str:
    """Hand in a file and check it with the columns as they were guessed, but for `columns`. Gives its address."""
    answer = upload(visitor, table, data, name)
    assert answer.status_code == 302, re.findall(r'class="error".*', answer.text)
    path = answer.location
    form = visitor.form(path, having="c0")
    answer = followed(visitor, path, {**form.values, **columns, "do": "columns"})
    assert answer.status_code == 200, re.findall(r'class="error".*', answer.text)
    return path


def written(visitor: Visitor, path: str) -> str:
    """Let what was checked be done. Gives the last page."""
    form = visitor.form(path, having="seen")
    return followed(visitor, path, {**form.values, "do": "write"}).text


def followed(visitor: Visitor, path: str, said: dict) -> TestResponse:
    """Send `said` and go wherever the answer leads, sending it again where a browser would."""
    answer = visitor.client.post(path, data=said)
    while answer.status_code in (302, 307):
        again = answer.status_code == 307
        answer = visitor.client.post(answer.location, data=said) if again else visitor.get(answer.location)
    return answer


def run_at(path: str) -> ImportRun:
    return ImportRun.get_by_id(int(path.rpartition("/")[2]))


def counted(path: str) -> tuple[int, ...]:
    """How many rows are new, changed, same and wrong."""
    told = import_runs.counts(run_at(path))
    return told["new"], told["changed"], told["same"], told["wrong"]


def wrong_in(path: str) -> list[tuple[int, str]]:
    """What the check finds wrong, as (number of the row, why)."""
    run = run_at(path)
    found = import_runs.store_of(run).verdicts("checked", run.checked)
    return [(each["line"], str(each.get("told") or each["why"])) for each in found if each["verdict"] == "wrong"]
