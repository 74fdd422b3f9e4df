"""A house in which everything has happened: what every page needs to show something, for tests that look at all pages.

Every repair, thread, notice and listing stands in each of its states; every table has a row.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import peewee

import models
from hall import (
    clock,
    conversations,
    editions,
    floods,
    front_tiles,
    import_runs,
    lost_found,
    market,
    marks,
    moderation,
    notify,
    photos,
    questions,
    repairs,
    rules,
    setting_changes,
    supervision,
    talk_reports,
    wording,
)
from models import (
    Article,
    Attachment,
    ContactSettings,
    Department,
    DutyContact,
    Entity,
    Event,
    Rule,
    RuleHit,
    SensitiveWord,
    ServiceLink,
    Thread,
)
from tests import applying, asking, board, lost, stall
from tests.conftest import Campus
from tests.portal import picture, reported
from tests.story import STARS, Story
from tests.test_lost_flow import announced, notice_in, past_its_time, proposed
from tests.test_market_flow import listing_in

LONG = "二食堂一楼西侧窗口的例汤晚上六点以后总是凉的，希望能够加装保温台并且公布每天的测温记录"

MARKDOWN = """## 什么时候

1. 上午 **八点** 停水
2. 下午六点恢复

| 楼 | 时间 |
|---|---|
| 南区 4 号楼 | 8:00 |

[报修](/repairs/new)
"""


def furnish(campus: Campus) -> None:
    """Let everything happen to the cast, day after day, so that no daily limit is in the way."""
    days: list[Callable[[Campus], Any]] = [_orders, _threads, _worked_on, _found, _waiting_at_the_desk]
    days += [partial(notice_in, state=state) for state in lost_found.flow.states]
    days += [partial(listing_in, state=state) for state in market.flow.states]
    days += [_on_sale, _talks, _website, _applications, _asked, _configured]
    today = clock.now()
    for nth, act in enumerate(days, 1):
        with clock.at(today - timedelta(hours=25 * (len(days) - nth))):
            act(campus)
    floods.note_failure("T1001", "192.0.2.7")
    while notify.announce():
        pass
    for entity in models.ENTITIES:
        if not entity.select().exists():
            add_row(entity)


def _orders(campus: Campus) -> None:
    told = Story(campus)
    for state in repairs.flow.states:
        order = told.order(state)
        if state in ("reported", "finished", "closed"):
            photos.attach(order, photos.prepare([("leak.png", picture()[0])]), by=campus.A)
        if state == "closed":
            repairs.rate(order, by=campus.A, **STARS, words="来得快，修得好")
    repairs.urge(repairs.comment(told.order("repairing"), by=campus.A, words="几点来？"), by=campus.A)


def _threads(campus: Campus) -> None:
    canteens = Department.get(Department.code == "HQ-YS")
    board.posted(campus.A, title=LONG[:40], photos=photos.prepare([("soup.png", picture()[0])]))
    SensitiveWord.create(word="加微信")
    board.posted(campus.B, text=f"{LONG}，加微信 wx_soup2026 或打 13912345678，住南区 4 号楼 304。")
    for row, decision, more in (
        (board.posted(campus.B), "send_back", {"note": "请写明是哪一天"}),
        (board.posted(campus.A), "reject", {"code": "untrue"}),
        (board.posted(campus.A), "keep_private", {}),
        (board.posted(campus.kept), "publish", {}),
    ):
        board.decided(row, decision, campus.M, **more)
    supervision.return_thread(
        board.forwarded(campus, campus.kept), by=campus.handler, ground="不归我们管", suggested=None
    )
    main = board.published(campus, campus.kept)
    supervision.merge(board.published(campus, campus.kept, kind="suggestion"), by=campus.M, main=main)
    supervision.forward(main, by=campus.M, department=canteens)
    supervision.talk(main, by=campus.handler, method="phone", summary="已经问过食堂")


def _worked_on(campus: Campus) -> None:
    board.drafted(campus, board.forwarded(campus))
    late = board.forwarded(campus, campus.B, title=LONG[:40], text=LONG)
    Thread.update(due=clock.now() - timedelta(days=3)).where(Thread.id == late.id).execute()
    board.drafted(campus, board.forwarded(campus, kind="question", title="校园卡丢了去哪里补办"))
    answered = board.answered(campus, board.forwarded(campus, campus.B), promised=clock.today() + timedelta(days=30))
    supervision.support(answered, by=campus.A)
    board.decided(board.commented(campus, answered, by=campus.A), "publish", campus.M)
    board.decided(board.commented(campus, answered, by=campus.B), "send_back", campus.M, note="请不要重复")
    board.commented(campus, answered)
    moderation.report(answered, by=campus.A, code="untrue")
    supervision.satisfied(board.answered(campus), by=campus.A, score=models.SCORES[-1][0])
    hidden = board.published(campus, campus.kept)
    moderation.report(hidden, by=campus.B, code="untrue")
    board.decided(hidden, "hide", campus.M, code="untrue")


def _found(campus: Campus) -> None:
    for kind in ("campus_card", "phone"):
        lost.published(campus, campus.B, kind="lost", item_kind=kind, hidden_detail="", question="")
    edited = lost.published(campus, campus.kept, title="在北区操场看台捡到一串钥匙，挂着一只绿色小恐龙")
    moderation.edit(edited, by=campus.kept, content={"title": "捡到一串钥匙"})


def _waiting_at_the_desk(campus: Campus) -> None:
    for make in (past_its_time, announced, proposed):
        make(campus)
    lost.registered(campus)
    lost.claimed(campus, lost.kept(campus))
    lost.accepted(campus, lost.kept(campus))


def _configured(campus: Campus) -> None:
    duty = DutyContact.create(name="值班手机", phone="13900000000", email="duty@example.edu")
    third = [{"field": "repeats", "is": "at_least", "value": 3, "days": 60}]
    params = {"mark": "重复报修", "mark_en": "Repeated", "audience": ["role:lead", f"duty:{duty.id}"], "text": "请看"}
    said = {"name": "同一处第三次", "flow": "repair", "step": "report", "action": "mark"}
    rule = rules.save(Rule(**said, conditions=third, params=params), by=campus.X)
    order = Story(campus).report()
    event = Event.get(Event.subject_type == "repair_order", Event.subject_id == order.id)
    RuleHit.create(rule=rule, event=event, subject_type="repair_order", subject_id=order.id, said="打标记“重复报修”")
    marks.put(order, "重复报修", "Repeated", rule=rule)
    setting_changes.change("talk.messages_a_day", value=201, by=campus.X)
    wording.change("tile:supervision.log:text", text="每一个决定", text_en="Every decision", by=campus.X)
    front_tiles.arrange({"supervision.log": (11, True)}, by=campus.X)


def _on_sale(campus: Campus) -> None:
    market.change_price(stall.published(campus, campus.B, category="books"), by=campus.B, price_fen=20_000)
    market.favourite(stall.published(campus, campus.kept, category="books", title="高等数学第七版上下册"), by=campus.A)
    market.save_search(by=campus.A, name="教材", wanted={"category": "books"})


def _talks(campus: Campus) -> None:
    talk = conversations.start(stall.published(campus), by=campus.B, text="还在吗？周六下午可以看车吗")
    conversations.say(talk, by=campus.A, text="在的，两点以后都行")
    Story(campus).order("repairing")
    talk_reports.report(by=campus.B, talk=talk, code="abuse", note="说话很难听")


def _website(campus: Campus) -> None:
    said = {"text": MARKDOWN, "text_en": MARKDOWN, "summary": "请提前储水", "publish": clock.now(), "author": campus.X}
    water = Article.create(
        code="water", kind="notice", title="11 月 24 日南区停水检修通知", title_en="Water off", **said
    )
    Article.create(code="cards", kind="guide", title="校园卡补办", title_en="A new campus card", **said)
    link = {"text": "校车时刻与站点", "text_en": "Times and stops", "link": "/services", "is_on_front": True}
    ServiceLink.create(name="校车时刻", name_en="Shuttle bus", icon="bus-front", **link)
    Attachment.create(article=water, name="a" * 32, filename="停水范围.pdf", mime="application/pdf", size=123_456)
    import_runs.start(Department, "departments.csv", b"Code,Name\nD9,New department\n", by=campus.X)
    ContactSettings.create(person=campus.A, email="a@example.edu", confirmed=clock.now())


def _applications(campus: Campus) -> None:
    edition = applying.made(campus, asks_place=True)
    for state in ("checking", "back", "issuing", "issued", "denied", "gone"):
        applying.walked(campus, edition, state)
    asked = {"asked_of": "service_step", "about": f"{edition.id}:hand_out", "kind": "text", "required": True}
    models.Question.create(**asked, code="pass", label_text="通行证编号", label_en="Number of the pass")
    editions.draft_of(edition.service, by=campus.X)


def _asked(campus: Campus) -> None:
    asking.lamp(campus)
    asking.asked(campus.X, "since", "date", about="D01", label_text="哪天开始的", label_en="Since when", most=0)
    retired = asking.asked(campus.X, "smell", "yes_no", about="D01", label_text="有没有焦味", label_en="Any smell")
    questions.retire(retired, by=campus.X)
    said = {"label_text": "哪个窗口", "label_en": "Which window"}
    asking.asked(campus.X, "window", about="complaint", asked_of="thread", **said)
    said = {"label_text": "送车锁吗", "label_en": "With a lock"}
    asking.asked(campus.X, "lock", "yes_no", "bicycle", asked_of="listing", **said)
    reported(campus.A, "D01", given={"lamp": "ceiling", "lamps": "2"})
    board.posted(campus.kept, given={"window": "三号窗口"})


def add_row(entity: type[Entity], **said: Any) -> Entity:
    """A row of an entity of which nothing has happened, with something in every column, or what is `said` of it."""
    columns = [column for column in entity._meta.sorted_fields if not column.primary_key and column.name not in said]
    return entity.create(**said, **{column.name: _something(column) for column in columns})


def _something(column: peewee.Field) -> Any:
    """A value that `column` holds: its default, its first choice, a row that there is, else a few words."""
    if isinstance(column, peewee.ForeignKeyField):
        return column.rel_model.select().first() or (None if column.null else add_row(column.rel_model))
    if column.default is not None:
        return column.default() if callable(column.default) else column.default
    if column.choices:
        return column.choices[0][0]
    now = clock.now()
    if isinstance(column, peewee.DateTimeField):
        return now
    if isinstance(column, peewee.DateField):
        return now.date()
    if isinstance(column, peewee.TimeField):
        return now.time()
    if isinstance(column, peewee.CharField | peewee.TextField):
        return (f"{column.name}@hall" if column.unique else "例如这些文字")[: getattr(column, "max_length", None) or 99]
    return 1
