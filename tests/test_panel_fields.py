"""From columns to form fields: what each kind shows, takes and refuses, without any entity of the hall."""

from datetime import date, datetime, time
from decimal import Decimal

import peewee
import pytest
from flask_admin.contrib.peewee.form import get_form
from flask_admin.form import BaseForm
from werkzeug.datastructures import MultiDict

from admin.fields import Converter, answerable, fill
from models import utcnow


class Everything(peewee.Model):
    number = peewee.IntegerField(verbose_name="数", constraints=[peewee.Check("number >= 1")])
    small = peewee.SmallIntegerField(verbose_name="小数", null=True)
    price = peewee.DecimalField(verbose_name="价", max_digits=8, decimal_places=2, null=True)
    share = peewee.DoubleField(verbose_name="份", null=True)
    at = peewee.DateTimeField(verbose_name="时刻", null=True)
    day = peewee.DateField(verbose_name="日子", null=True)
    opens = peewee.TimeField(verbose_name="开门", null=True)
    facts = peewee.JSONField(verbose_name="资料", default=dict)
    kind = peewee.IntegerField(verbose_name="类", choices=[(1, "一"), (2, "二")], default=1)
    word = peewee.CharField(verbose_name="词", max_length=5, default="")
    code = peewee.CharField(verbose_name="码", null=True, unique=True)
    yes = peewee.BooleanField(verbose_name="是否", default=True)
    made = peewee.DateTimeField(verbose_name="建立", default=utcnow)
    secret = peewee.CharField(default="")


MOMENT = datetime(2026, 11, 22, 1, 2, 3, 456)
HELD = {
    "number": 7,
    "at": MOMENT,
    "opens": time(8, 30),
    "facts": {"键": 1},
    "kind": 3,
    "word": "甲",
    "code": "C",
    "yes": True,
}


def form(**said):
    made = get_form(Everything, Converter(None), base_class=BaseForm, only=answerable(Everything))
    return made(MultiDict(said) if said else None, data={name: HELD.get(name) for name in answerable(Everything)})


def as_shown(shown) -> dict[str, str]:
    """What a browser would send if nothing was touched."""
    values = {field.name: field._value() for field in shown if hasattr(field, "_value")}
    return values | {"kind": str(shown.kind.data), "yes": "y"}


@pytest.fixture(autouse=True)
def _page(whole_app):
    with whole_app.test_request_context():
        yield


def test_stamped_and_unlabelled_columns_are_not_asked():
    assert not {"made", "secret", "id"} & set(answerable(Everything))


def test_what_is_not_touched_does_not_change():
    said = as_shown(form())
    assert said["at"] == "2026-11-22T09:02" and said["opens"] == "08:30" and "键" in said["facts"]
    row = Everything(**HELD)
    row._dirty.clear()
    sent = form(**said)
    assert sent.validate(), sent.errors
    fill(sent, row)
    assert not row.is_dirty() and row.at == MOMENT and row.kind == 3


def test_answers_reach_the_row():
    sent = form(
        number="１２", small="-3", price="12.50", share="0.25", at="2026-12-01T08:00", day="2026-12-01", opens="09:00",
        facts='{"a": [1, "二"]}', kind="2", word="  乙 ", code="",
    )  # fmt: skip
    assert sent.validate(), sent.errors
    row = Everything(**HELD)
    fill(sent, row)
    assert (row.number, row.small, row.price, row.share) == (12, -3, Decimal("12.50"), 0.25)
    assert (row.at, row.day, row.opens) == (datetime(2026, 12, 1), date(2026, 12, 1), time(9))
    assert (row.facts, row.kind, row.word, row.code, row.yes) == ({"a": [1, "二"]}, 2, "乙", None, False)


def test_what_is_left_out_stays():
    row = Everything(**HELD)
    sent = form(number="1", yes="y")
    assert sent.validate(), sent.errors
    fill(sent, row)
    assert (row.at, row.word, row.kind, row.facts) == (MOMENT, "甲", 3, {"键": 1})


def test_nothing_said_means_the_default():
    sent = form(number="1", word="", facts="", kind="", at="")
    assert sent.validate(), sent.errors
    row = Everything(**HELD)
    fill(sent, row)
    assert (row.word, row.facts, row.kind, row.small, row.at) == ("", {}, 1, None, None)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *(("number", text) for text in ("0", "", "-1", str(10**20), "1e3", "abc", "9" * 5000)),
        *(("small", text) for text in ("40000", "nan", "1.5")),
        *(("price", text) for text in ("nan", "Infinity", "1e400", "1.234", "1000000", "1,5")),
        *(("share", text) for text in ("nan", "inf", "1e400", "x")),
        *(("at", text) for text in ("0001-01-01T00:00", "9999-12-31T23:59", "2026-02-30T08:00", "昨天")),
        *(("day", text) for text in ("2026-02-30", "x", "99999-01-01")),
        *(("opens", text) for text in ("25:00", "x")),
        *(("facts", text) for text in ("{", "NaN", "[" * 100_000, '{"a": Infinity}')),
        *(("kind", text) for text in ("9", "x", str(10**20))),
        *(("word", text) for text in ("六个字太长了", "a\x01b", "\ud800")),
    ],
)
def test_garbage_is_refused_with_one_sentence(name, wrong):
    sent = form(**({"number": "1"} | {name: wrong}))
    assert not sent.validate() and list(sent.errors) == [name] and len(sent.errors[name]) == 1
    assert sent[name].errors[0].strip() and not sent[name].errors[0].isascii()


def test_a_column_that_no_form_can_have_is_refused_at_start():
    class Wrong(peewee.Model):
        data = peewee.CharField(verbose_name="数据")
        blob = peewee.BlobField(verbose_name="字节")

    for field, word in ((Wrong.data, "otherwise"), (Wrong.blob, "no form field")):
        with pytest.raises(ValueError, match=word):
            Converter(None).convert(Wrong, field, None)
