"""Being told by mail: what comes, in whose language, when, and to whom nothing comes."""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from hall import channels, clock, notify, repairs
from hall.channels import letters, mail, times, words
from models import ContactSettings, Delivery, DeliveryItem, Notification, Person, RepairOrder
from tests import postbox
from tests.conftest import Campus
from tests.postbox import Postbox, post, reader, states, tell
from tests.story import Story

HOUSE = Path(__file__).parent.parent


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[Postbox]:
    with postbox.opened() as (made, port):
        postbox.use(port, monkeypatch)
        yield made


def part(message: EmailMessage, kind: str) -> str:
    found: Any = message.get_body((kind,))
    return found.get_content().replace("\r\n", "\n")


def test_it_works(campus: Campus, box: Postbox) -> None:
    reader(campus.lead, "lead@mail.example", language="en")
    reader(campus.A)
    order = Story(campus).report()
    repairs.accept(order, by=campus.lead)
    assert post() == 2
    [english], [chinese] = box.to("lead@mail.example"), box.to("a@mail.example")
    assert english["Subject"].startswith(f"New repair {order.number}: ")
    assert not re.search(r"[\u4e00-\u9fff]", english["Subject"])  # the tap and the house have English names
    assert chinese["Subject"] == f"{order.number} 已由{order.group.name}受理"
    link = f"http://127.0.0.1:8000/admin/queue/repair/{order.number}"
    assert f"See the details: {link}\n" in part(english, "plain")
    assert f'<a href="{link}"' in part(english, "html")
    assert part(chinese, "plain").startswith(f"{campus.A.name}，您好：\n\n{order.number} 已由")
    assert "\n水龙头漏水 · 南区学生公寓4号楼 304 · " in part(chinese, "plain")
    assert '<html lang="zh-Hans">' in part(chinese, "html")
    assert chinese["From"] == "后勤服务大厅 <hall@hall.example>"
    assert (chinese["Auto-Submitted"], english["Content-Language"]) == ("auto-generated", "en")
    assert chinese["List-Unsubscribe"] == "<http://127.0.0.1:8000/me/contact>"
    assert (post(), channels.pass_on()) == (0, 0)
    assert {row.subject for row in Delivery.select()} == {english["Subject"], chinese["Subject"]}


@pytest.mark.parametrize(
    "wishes",
    [
        {"confirmed": None},
        {"by_mail": False},
        {"muted": ["property_notice", "repair_order"]},
        {"email": ""},
        {"closed": True},
        None,
    ],
    ids=str,
)
def test_who_gets_no_mail(campus: Campus, box: Postbox, wishes: dict[str, Any] | None) -> None:
    if wishes is not None:
        reader(campus.lead, **{name: wish for name, wish in wishes.items() if name != "closed"})
        Person.update(is_closed="closed" in wishes).where(Person.id == campus.lead.id).execute()
    Story(campus).report()
    while notify.announce():
        pass
    assert post() == 0
    assert not box.tried
    assert not Delivery.select().exists()
    # It was decided on once: who says yes tomorrow does not get the mail of yesterday.
    assert not Notification.select().where(Notification.passed_on.is_null()).exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"by_mail": False}, "已关闭邮件通知"),
        ({"email": "other@mail.example"}, "邮箱已更改"),
        ({"confirmed": None}, "邮箱还没有确认"),
    ],
)
def test_who_says_no_before_it_goes_gets_none(
    campus: Campus, box: Postbox, change: dict[str, Any], reason: str
) -> None:
    reader(campus.A)
    tell(campus.A)
    channels.pass_on()
    ContactSettings.update(change).execute()
    assert mail.send_due() == 0
    assert states() == [("failed", 1, reason)]
    assert not box.tried


def test_a_hall_without_mail_keeps_nothing_for_later(
    campus: Campus, box: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader(campus.A)
    tell(campus.A)
    with monkeypatch.context() as patched:
        patched.setattr(letters.site, "mail", None)
        assert post() == 0
    assert post() == 0


# --- when ------------------------------------------------------------------------------------------


def campus_time(day: int, hour: int, minute: int = 0) -> datetime:
    return clock.utc(datetime(2026, 11, day, hour, minute))


NIGHT = {"quiet_from": time(22), "quiet_until": time(7, 30)}
NOON = {"quiet_from": time(12), "quiet_until": time(14)}


@pytest.mark.parametrize(
    ("wishes", "at", "comes"),
    [
        (NIGHT, (22, 21, 59), (22, 21, 59)),
        (NIGHT, (22, 22, 0), (23, 7, 30)),
        (NIGHT, (23, 0, 0), (23, 7, 30)),
        (NIGHT, (23, 7, 29), (23, 7, 30)),
        (NIGHT, (23, 7, 30), (23, 7, 30)),
        (NOON, (22, 11, 59), (22, 11, 59)),
        (NOON, (22, 13, 0), (22, 14, 0)),
        (NOON, (22, 14, 0), (22, 14, 0)),
        ({}, (22, 3, 0), (22, 3, 0)),
    ],
)
def test_quiet_hours(wishes: dict[str, Any], at: tuple[int, int, int], comes: tuple[int, int, int]) -> None:
    assert times.after_quiet(ContactSettings(**wishes), campus_time(*at)) == campus_time(*comes)


def test_mail_waits_for_the_morning_and_a_second_try_too(campus: Campus, box: Postbox, freeze: Any) -> None:
    reader(campus.A, **NIGHT)
    freeze(campus_time(22, 21, 59))
    tell(campus.A)
    box.before_answer = lambda: "451 later"
    post()
    freeze(campus_time(22, 23))
    tell(campus.A)
    box.before_answer = lambda: postbox.OK
    assert post() == 0
    assert {row.due for row in Delivery.select()} == {campus_time(23, 7, 30)}
    freeze(campus_time(23, 7, 30))
    assert post() == 2
    assert {tries for _, tries, _ in states()} == {1, 2}


def test_a_digest_once_a_day_and_what_is_urgent_at_once(campus: Campus, box: Postbox, freeze: Any) -> None:
    reader(campus.lead, "lead@mail.example", digest_at=time(8), **NIGHT)
    story = Story(campus)
    freeze(campus_time(22, 9))
    first = story.report()
    post()
    tell(campus.lead, link="/repairs/JD2611220001")
    assert post() == 1  # what one has asked for oneself is no work
    freeze(campus_time(22, 23))
    burst = story.report()
    RepairOrder.update(priority="紧急").where(RepairOrder.id == burst.id).execute()
    assert post() == 1
    assert box.taken[1]["Subject"].startswith(f"【紧急】新报修 {burst.number}")
    last = story.report()
    assert post() == 0
    freeze(campus_time(23, 8))
    tomorrow = story.report()
    assert post() == 1
    digest = part(box.taken[2], "plain")
    assert box.taken[2]["Subject"] == "后勤服务大厅每日汇总：2 条通知"
    assert [number in digest for number in (first.number, burst.number, last.number, tomorrow.number)] == [
        True,
        False,
        True,
        False,
    ]
    assert f"· 11月22日 09:00  新报修 {first.number}" in digest
    assert f'href="http://127.0.0.1:8000/admin/queue/repair/{last.number}"' in part(box.taken[2], "html")
    assert [row.due for row in Delivery.select().where(Delivery.status == "waiting")] == [campus_time(24, 8)]
    assert DeliveryItem.select().count() == Notification.select().where(Notification.person == campus.lead.id).count()


# --- what stands in it -----------------------------------------------------------------------------


def test_what_people_write_stays_what_they_wrote(campus: Campus, box: Postbox) -> None:
    """No second header, no markup, no template, however it is worded."""
    odd = "新报修 $link\r\nBcc: victim@mail.example\u2028\u202e<b>“$name”</b>"
    Person.update(name="甲\r\nBcc: victim@mail.example").where(Person.id == campus.A.id).execute()
    reader(campus.A)
    tell(campus.A, odd, link="//evil.example/\r\nX: y")
    assert post() == 1
    [message] = box.taken
    assert message["Subject"] == "新报修 $link Bcc: victim@mail.example <b>“$name”</b>"
    assert message["Bcc"] is None
    assert box.tried == ["a@mail.example"]
    assert "新报修 $link Bcc: victim@mail.example &lt;b&gt;“$name”&lt;/b&gt;" in part(message, "html")
    assert "<b>" not in part(message, "html")
    assert "查看详情：http://127.0.0.1:8000/inbox\n" in part(message, "plain")


def test_every_template_is_there_in_both_languages_and_knows_its_words() -> None:
    folder = HOUSE / "templates/mail"
    files = {file.relative_to(folder).as_posix() for file in folder.rglob("*.txt")}
    wanted = {"one", "urgent", "digest", "confirm", "duty"}
    assert files == {f"{language}/{name}.txt" for language in ("zh", "en") for name in wanted}
    delivery = Delivery(
        person=Person(id=1, name="甲"), address="a@b.example", template="one", subject="x", created=datetime.now(UTC)
    )
    known = {*letters._values(delivery, []), "lines"}
    for file in files:
        used = set(letters.Template((folder / file).read_text("utf-8")).get_identifiers())
        assert used <= known, file


def test_english_needs_no_compiled_catalogue(campus: Campus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "en/LC_MESSAGES"
    target.mkdir(parents=True)
    shutil.copy(HOUSE / "translations/en/LC_MESSAGES/messages.po", target)
    monkeypatch.setattr(words, "CATALOGUES", tmp_path)
    words._catalogue.cache_clear()
    assert words.spoken("JD2611220001 有新留言", "en") == "JD2611220001 has a new comment"
    assert words.spoken("JD2611220001 有新留言", "zh") == "JD2611220001 有新留言"
    words._catalogue.cache_clear()


# --- how much it costs -----------------------------------------------------------------------------


def test_a_thousand_readers_without_mail_cost_next_to_nothing(campus: Campus, box: Postbox, queries: Any) -> None:
    event = tell(campus.B).event
    people = Person.select().where(Person.id != campus.B.id).limit(1_200)
    rows = [{"person": each, "event": event, "text": "x", "link": "", "created": clock.now()} for each in people]
    Notification.insert_many(rows).execute()
    with queries() as asked:
        assert channels.pass_on() == 0
    assert len(asked) <= 24
    assert not Notification.select().where(Notification.passed_on.is_null()).exists()


def test_a_late_announcer_is_caught_up_with(campus: Campus, box: Postbox) -> None:
    reader(campus.A)
    for number in range(30):
        tell(campus.A, f"JD26112200{number:02} 有新留言")
    with clock.at(clock.now() + timedelta(days=3)):
        assert post() == 30
    assert box.connections == 1
