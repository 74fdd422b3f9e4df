"""An import goes on piece by piece: with and without a script, after a crash, by several at once, for one person."""

import io
import threading

import pytest

from admin import import_rows, importing
from hall import clock, import_runs
from models import Department, Event, Grant, ImportRun
from tests.filing import FIRST, checked, counted, followed, run_at, upload
from tests.visitor import Visitor

MANY = FIRST + "".join(f"M{row:03},第{row}个,\n" for row in range(40))


def many() -> int:
    return Department.select().where(Department.code.startswith("M0")).count()


def test_it_goes_on_by_itself_without_a_script(sign_in, monkeypatch):
    monkeypatch.setattr(import_runs, "PIECE", 3)
    monkeypatch.setattr(importing, "SECONDS", 0)  # one piece in each POST
    monkeypatch.setattr(importing, "MOST_HOPS", 5)
    visitor = sign_in("X")
    path = upload(visitor, "department", MANY).location
    form = visitor.form(path, having="c0")
    answer = visitor.client.post(path, data={**form.values, "do": "columns"})
    assert answer.status_code == 307 and answer.location.endswith("?hop=1") and run_at(path).checked == 3
    # A browser sends the same words again; they choose nothing a second time.
    answer = followed(visitor, answer.location, {**form.values, "do": "columns"})
    assert answer.status_code == 200 and run_at(path).checked == 18 and "继续" in answer.text
    for _click in range(2):
        answer = followed(visitor, path, {"csrf_token": visitor.token(), "do": "go"})
    assert counted(path) == (40, 0, 0, 0) and "还没有写入任何数据" in answer.text and many() == 0


def test_a_script_asks_for_one_piece_after_the_other(sign_in, monkeypatch):
    monkeypatch.setattr(import_runs, "PIECE", 3)
    monkeypatch.setattr(importing, "SECONDS", 0)
    visitor = sign_in("X")
    path = upload(visitor, "department", MANY).location
    form = visitor.form(path, having="c0")
    answer = visitor.client.post(path, data={**form.values, "do": "columns", "scripted": "1"})
    assert answer.status_code == 302 and run_at(path).state == "checking" and "正在检查" in visitor.get(path).text
    places, wanted = [], {"Accept": "application/json"}
    while run_at(path).state == "checking":
        told = visitor.client.post(path, data={"csrf_token": visitor.token(), "do": "go"}, headers=wanted).json
        places.append(told["done"])
    assert places == sorted(set(places)) and places[-1] == 40 and not told["running"]
    seen = visitor.form(path, having="seen").values
    answer = visitor.client.post(path, data={**seen, "do": "write", "scripted": "1"})
    assert answer.status_code == 302 and 0 < many() < 40
    answer = followed(visitor, path, {"csrf_token": visitor.token(), "do": "stop"})
    assert run_at(path).state == "stopped" and 0 < many() < 40 and "停止以前导入了" in answer.text


def test_a_process_that_dies_does_nothing_twice(sign_in, campus, monkeypatch):
    monkeypatch.setattr(import_runs, "PIECE", 7)
    visitor = sign_in("X")
    path = checked(visitor, "department", MANY)
    real, asked = import_rows.Rows._try, []

    def dying(rows, line, seen):
        asked.append(line.number)
        if len(asked) == 11:
            raise SystemExit("killed")
        return real(rows, line, seen)

    monkeypatch.setattr(import_rows.Rows, "_try", dying)
    form = visitor.form(path, having="seen")
    with pytest.raises(SystemExit):
        visitor.client.post(path, data={**form.values, "do": "write"})
    assert many() == 7 and run_at(path).written == 7
    followed(visitor, path, {"csrf_token": visitor.token(), "do": "go"})
    assert many() == 40 and run_at(path).state == "done" and run_at(path).written == 40
    made = [row.id for row in Department.select().where(Department.code.startswith("M0"))]
    assert Event.select().where(Event.subject_type == "department", Event.subject_id.in_(made)).count() == 40


def test_many_who_go_on_at_once_do_every_row_once(sign_in, app, campus, monkeypatch):
    monkeypatch.setattr(import_runs, "PIECE", 4)
    visitor = sign_in("X")
    path = checked(visitor, "department", MANY)
    token, seen = visitor.token(), visitor.form(path, having="seen").values["seen"]
    others = [sign_in("X") for _number in range(3)]
    tokens = [other.token() for other in others]
    answers = []

    def press(who: Visitor, mark: str) -> None:
        for said in ({"do": "write", "seen": seen}, {"do": "go"}):
            answer = followed(who, path, {"csrf_token": mark, **said})
            answers.append(answer.status_code)

    threads = [
        threading.Thread(target=press, args=pair) for pair in [(visitor, token), *zip(others, tokens, strict=True)]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {200, 409} and many() == 40 and run_at(path).state == "done"
    assert run_at(path).written == 40 and run_at(path).problems == 0
    assert Event.select().where(Event.subject_type == "import_run", Event.name == "finish").count() == 1


def test_what_was_not_seen_is_not_done(sign_in):
    visitor = sign_in("X")
    path = checked(visitor, "department", MANY)
    old = visitor.form(path, having="seen").values
    visitor.client.post(path, data={**old, "do": "again"})
    form = visitor.form(path, having="c0")
    followed(visitor, path, {**form.values, "c1": "", "c2": "name", "do": "columns"})
    answer = visitor.client.post(path, data={**old, "do": "write"})
    assert answer.status_code == 409 and many() == 0
    for what in ("columns", "again", "", "x"):
        assert visitor.client.post(path, data={"csrf_token": visitor.token(), "do": what}).status_code in (
            302,
            400,
            409,
        )


# --- whose it is -------------------------------------------------------------------------------------------


def test_only_who_may_edit_and_only_who_began(sign_in, campus):
    visitor = sign_in("X")
    path = checked(visitor, "department", MANY)
    Grant.create(person=campus.operator, role="administrator", scope="")
    for who in ("operator", "lead", "A"):
        other = sign_in(who)
        for address in (path, f"{path}/wrong.csv"):
            assert other.get(address).status_code == 404
        assert other.post(path, do="stop").status_code == 404
    for who, status in (("lead", 404), ("A", 404), ("operator", 200)):
        other = sign_in(who)
        assert other.get("/admin/department/import/").status_code == status
        assert other.get("/admin/file-imports/template/department.csv").status_code == status
    assert visitor.get("/admin/repair_order/import/").status_code == 404  # frozen: verbs only
    Grant.delete().where(Grant.person == campus.X).execute()
    assert visitor.get(path).status_code == 404 and visitor.post(path, do="write").status_code == 404
    assert many() == 0


def test_handing_in_twice_is_one_import(sign_in):
    visitor = sign_in("X")
    form = visitor.form("/admin/department/import/", having="once")
    for _time in range(2):
        file = (io.BytesIO(MANY.encode()), "x.csv")
        assert visitor.client.post(form.action, data={**form.values, "file": file}).status_code == 302
    assert ImportRun.select().count() == 1


def test_files_do_not_stay(sign_in, campus, freeze):
    visitor = sign_in("X")
    paths = [upload(visitor, "department", MANY).location for _number in range(import_runs.KEPT + 2)]
    kept = [path for path in paths if import_runs.store_of(run_at(path))]
    assert kept == paths[2:] and run_at(paths[0]).state == "stopped"
    assert visitor.get(paths[0]).status_code == 200 and visitor.get(f"{paths[0]}/wrong.csv").status_code == 404
    freeze(clock.now() + import_runs.LASTS * 2)
    import_runs.sweep()
    assert not any(import_runs.store_of(run_at(path)) for path in paths)
