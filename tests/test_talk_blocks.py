"""Who is bothered in a conversation closes it or reports it; a moderator reads what was reported, and nothing else."""

import functools
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hall import access, clock, conversations, events, lanes, notify, settings, talk_blocks, talk_reports, trust
from hall.words import Refused
from models import Block, Conversation, Event, Message, Notification, Person, TalkReport, TrustLevel
from tests import lost, stall
from tests.conftest import Campus
from tests.portal import SignIn
from tests.test_conversations import HELLO, bare, begun
from tests.test_notify_supervision import announce
from tests.test_repair_race import at_once, in_turns

RUDE = "你再不卖给我试试看"


def reported(talk: Conversation, by: Person, **more: Any) -> TalkReport:
    found: TalkReport = talk_reports.report(talk=talk, by=by, **{"code": "abuse", "note": "一直骂人", **more})
    return found


def heard(person: Person) -> list[str]:
    announce()
    return [message.text for message in notify.inbox(person)]


def silent(talk: Conversation, *people: Person) -> None:
    for person in people:
        before = Message.select().count()
        with pytest.raises(Refused, match="已关闭") as refused:
            conversations.say(talk, by=person, text="在吗")
        assert refused.value.stale
        assert Message.select().count() == before


# --- 不再接收 --------------------------------------------------------------------------------------------


def test_either_closes_it_for_both_and_lifts_their_own(campus: Campus) -> None:
    talk = begun(campus)
    for one, other in ((campus.A, campus.B), (campus.B, campus.A)):
        talk_blocks.block(talk, by=one)
        silent(talk, one, other)
        talk_blocks.unblock(talk, by=other)  # not theirs
        silent(talk, one, other)
        talk_blocks.unblock(talk, by=one)
        conversations.say(talk, by=other, text="在吗")
    talk_blocks.block(talk, by=campus.A)
    talk_blocks.block(talk, by=campus.B)
    talk_blocks.unblock(talk, by=campus.A)
    silent(talk, campus.A, campus.B)


def test_it_is_done_once(campus: Campus) -> None:
    talk = begun(campus)
    for _ in range(2):
        talk_blocks.block(talk, by=campus.A)
    assert Block.select().count() == 1
    for _ in range(2):
        talk_blocks.unblock(talk, by=campus.A)
    assert Block.select().count() == 0
    names = [event.name for event in reversed(events.timeline(talk))]
    assert names == ["say", "block", "unblock"]
    assert not events.broken_links(list(reversed(events.timeline(talk))))


def test_a_block_is_between_two_persons(campus: Campus) -> None:
    """Not about the next thing either, whoever owns it; with everybody else both talk on."""
    TrustLevel.update(listings_a_day=100).execute()
    listing, mine, older = stall.published(campus), stall.published(campus, campus.B), lost.published(campus)
    talk, side = begun(campus, listing), begun(campus, older)
    talk_blocks.block(talk, by=campus.A)
    silent(side, campus.A, campus.B)
    for thing, by in ((stall.published(campus), campus.B), (mine, campus.A)):
        with pytest.raises(Refused, match="不能和对方对话"):
            begun(campus, thing, by)
    with pytest.raises(Refused):
        begun(campus, listing, text="换个办法再问")
    assert Conversation.select().count() == 2
    begun(campus, listing, campus.W1)
    begun(campus, mine, campus.W1)
    talk_blocks.unblock(talk, by=campus.A)
    begun(campus, mine, campus.A)


def test_nothing_more_is_told(campus: Campus) -> None:
    talk = begun(campus)
    talk_blocks.block(talk, by=campus.A)
    assert not any("新消息" in text for text in heard(campus.A))
    assert not any("对话" in text for text in heard(campus.B))


def test_no_stranger_closes_a_conversation(campus: Campus, sign_in: SignIn) -> None:
    talk = begun(campus)
    for stranger in (campus.W1, campus.M, campus.X):
        for verb in (talk_blocks.block, talk_blocks.unblock):
            with pytest.raises(Refused):
                verb(talk, by=stranger)
    for who in ("W1", "M", "X"):
        assert sign_in(who).post(f"/messages/{talk.id}/block").status_code == 404
        assert sign_in(who).post(f"/messages/{talk.id}/report", code="abuse").status_code == 404
        assert sign_in(who).get(f"/messages/{talk.id}/report").status_code == 404
    assert not Block.select().exists()
    assert not TalkReport.select().exists()


def test_what_is_closed_while_somebody_speaks_stays_silent(campus: Campus) -> None:
    """Block and message at the same moment: after the block was done, nothing more is said; blocks are one."""
    TrustLevel.update(listings_a_day=100, talks_a_day=100).execute()
    a, b = campus.A, campus.B
    for _round in range(6):
        talk = begun(campus, stall.published(campus))
        acts = [functools.partial(talk_blocks.block, talk, by=a)] * 2
        acts += [functools.partial(conversations.say, talk, by=b, text=f"第 {n} 句") for n in range(3)]
        results = at_once(*acts)
        broken = [each for each in results if isinstance(each, Exception) and not isinstance(each, Refused)]
        assert not broken, broken
        chain = list(reversed(events.timeline(talk)))
        assert [event.seq for event in chain] == list(range(1, len(chain) + 1))
        assert [event.name for event in chain][-1] == "block"
        assert [event.name for event in chain].count("block") == 1
        assert Block.select().count() == 1
        talk_blocks.unblock(talk, by=a)


def test_both_close_it_at_once(campus: Campus) -> None:
    talk = begun(campus)
    a, b = campus.A, campus.B
    for _round in range(5):
        assert at_once(*[functools.partial(talk_blocks.block, talk, by=each) for each in (a, b)] * 2) == [None] * 4
        assert Block.select().count() == 2
        assert at_once(*[functools.partial(talk_blocks.unblock, talk, by=each) for each in (a, b)]) == [None] * 2
    assert not events.broken_links(list(reversed(events.timeline(talk))))


def test_closing_over_http(campus: Campus, sign_in: SignIn) -> None:
    listing = stall.published(campus)
    talk = begun(campus, listing)
    path, a, b = f"/messages/{talk.id}", sign_in("A"), sign_in("B")
    assert a.get(f"{path}/block").status_code == 405
    assert a.submit(path, action=f"{path}/block").status_code == 302
    of_a, of_b = a.get(path).text, b.get(path).text
    for page in (of_a, of_b):
        assert "这段对话已关闭，不能再发消息" in page
        assert 'name="text"' not in page
    assert f'action="{path}/unblock"' in of_a
    assert f'action="{path}/unblock"' not in of_b
    assert "您已不再接收" not in of_b
    assert b.post(path, text="在吗").status_code == 409
    other = stall.published(campus)
    address = f"/messages/about/listing/{other.number}"
    assert b.get(address).location == f"/market/{other.number}"
    assert b.post(address, text=HELLO).status_code == 409
    assert a.submit(path, action=f"{path}/unblock").status_code == 302
    assert b.submit(path, having="text", text="谢谢").status_code == 302


# --- 举报 ------------------------------------------------------------------------------------------------


def test_a_report_is_made_once_by_each_of_the_two(campus: Campus) -> None:
    talk = begun(campus)
    first = reported(talk, campus.A, once="one")
    assert (first.accused, first.status) == (campus.B, "waiting")
    assert reported(talk, campus.A, once="one") == first
    with pytest.raises(Refused, match="已经举报过"):
        reported(talk, campus.A, once="two")
    assert reported(talk, campus.B).accused == campus.A
    talk_reports.dismiss(first, by=campus.M)
    with pytest.raises(Refused, match="已经举报过"):
        reported(talk, campus.A)
    assert TalkReport.select().count() == 2
    for stranger in (campus.W1, campus.M, campus.X):
        with pytest.raises(Refused):
            reported(talk, stranger)
    for code in ("duplicate", "nonsense", ""):
        with pytest.raises(Refused):
            reported(begun(campus, by=campus.W1), campus.A, code=code)


def test_two_reports_at_once_are_one(campus: Campus) -> None:
    TrustLevel.update(listings_a_day=100, talks_a_day=100).execute()
    a, talks = campus.A, [begun(campus) for _ in range(5)]
    acts = [[functools.partial(reported, talk, a, once=f"{talk.id}-{n}") for n in range(4)] for talk in talks]
    rounds = in_turns(acts)
    for results in rounds:
        assert sum(isinstance(each, TalkReport) for each in results) == 1, results
    assert TalkReport.select().count() == 5


def test_only_what_is_reported_is_read(campus: Campus, sign_in: SignIn) -> None:
    TrustLevel.update(listings_a_day=100).execute()
    listing = stall.published(campus)
    talk, quiet = begun(campus, listing, text=RUDE), begun(campus, listing, campus.kept, text="这句没有人举报")
    same = begun(campus, stall.published(campus), text="同两人的另一段")
    everybody = (campus.M, campus.M2, campus.X, campus.W1, campus.leader, campus.keeper_of_lost)
    for person in everybody:
        for each in (talk, quiet, same):
            assert conversations.of(person, each.id) is None
    report = reported(talk, campus.A)
    for person in everybody:
        reads = person in (campus.M, campus.M2)
        assert [each.text for each in talk_reports.messages(report, person)[0]] == ([RUDE] if reads else [])
        assert access.sees(person, report) == reads
        assert conversations.of(person, talk.id) is None
    for who in ("M", "X", "W1", "A", "B", "leader"):
        visitor = sign_in(who)
        page = visitor.get(f"/admin/queue/talk_report/{report.number}")
        assert page.status_code == (200 if who == "M" else 404), who
        assert (RUDE in page.text) == (who == "M")
        assert "这句没有人举报" not in page.text
        assert "同两人的另一段" not in page.text
        for each, two in ((talk, "AB"), (quiet, "A"), (same, "AB")):
            assert visitor.get(f"/messages/{each.id}").status_code == (200 if who in two else 404)
    lists = ["/admin/talk_report/", "/admin/message/", "/admin/block/", f"/admin/talk_report/details/?id={report.id}"]
    for path in lists:
        page = sign_in("X").get(path)
        assert RUDE not in page.text
        assert report.number not in page.text
        assert sign_in("M").get(path).status_code == 404
    assert sign_in("M").get("/admin/queue/talk_report/JB0").status_code == 404


def test_a_report_that_was_not_right_closes_the_door_again(campus: Campus, sign_in: SignIn) -> None:
    talk = begun(campus, text=RUDE)
    report = talk_reports.dismiss(reported(talk, campus.A), by=campus.M)
    assert talk_reports.messages(report, campus.M) == ([], None)
    page = sign_in("M").get(f"/admin/queue/talk_report/{report.number}")
    assert page.status_code == 200
    assert RUDE not in page.text
    conversations.say(talk, by=campus.B, text="没事了")
    assert talk_reports.flow.steps_for(report, campus.M) == []


def test_an_upheld_report_closes_it_for_good(campus: Campus) -> None:
    talk = begun(campus)
    usual = trust.level_of(campus.B)
    report = talk_reports.uphold(reported(talk, campus.A), by=campus.M, finding="辱骂")
    assert (report.decided_by, report.finding) == (campus.M, "辱骂")
    silent(talk, campus.A, campus.B)
    for each in (campus.A, campus.B):
        talk_blocks.block(talk, by=each)
        talk_blocks.unblock(talk, by=each)
    silent(talk, campus.A, campus.B)
    with pytest.raises(Refused, match="已关闭"):
        begun(campus, conversations.about(talk), text="再问一次")
    with pytest.raises(Refused):
        talk_reports.dismiss(report, by=campus.M2)
    assert trust.level_of(campus.B) == usual  # has the lowest anyhow


def test_trust_sinks_for_a_while(campus: Campus) -> None:
    TrustLevel.delete().execute()
    low = TrustLevel.create(name="新", least_published=0, listings_a_day=99)
    high = TrustLevel.create(name="熟", least_published=1, listings_a_day=99)
    stall.published(campus, campus.B)
    stall.published(campus, campus.A)
    talk = begun(campus)
    report = reported(talk, campus.A)
    assert trust.level_of(campus.B) == high
    talk_reports.uphold(report, by=campus.M)
    assert trust.level_of(campus.B) == low
    assert trust.level_of(campus.A) == high
    with clock.at(clock.now() + timedelta(days=settings.value("talk.hidden_days") + 1)):
        assert trust.level_of(campus.B) == high
    other = begun(campus, by=campus.W1)
    talk_reports.dismiss(reported(other, campus.W1), by=campus.M)
    assert trust.level_of(campus.A) == high


def test_who_is_one_of_the_two_does_not_judge(campus: Campus, sign_in: SignIn) -> None:
    talk = begun(campus, by=campus.M)
    for by in (campus.A, campus.M):
        report = reported(talk, by)
        assert talk_reports.messages(report, campus.M) == ([], None)
        for verb in (talk_reports.uphold, talk_reports.dismiss):
            with pytest.raises(Refused, match="有您"):
                verb(report, by=campus.M)
        assert sign_in("M").get(f"/admin/queue/talk_report/{report.number}").status_code == 404
        assert sign_in("M").post(f"/admin/queue/talk_report/{report.number}/dismiss").status_code == 404
    assert not any("有人举报一段对话" in text for text in heard(campus.M))
    assert any("有人举报一段对话" in text for text in heard(campus.M2))
    assert lanes.waiting(TalkReport, lanes.LANES["talk_report"][0], campus.M).count() == 0
    assert lanes.waiting(TalkReport, lanes.LANES["talk_report"][0], campus.M2).count() == 2
    for person in (campus.X, campus.A, campus.W1):
        with pytest.raises(Refused):
            talk_reports.uphold(report, by=person)


def test_both_hear_how_it_ended_and_nobody_who_reported(campus: Campus) -> None:
    talk = begun(campus)
    report = reported(talk, campus.A)
    assert any(report.number in text for text in heard(campus.M))
    assert not any("举报" in text for text in heard(campus.B))
    talk_reports.uphold(report, by=campus.M, finding="内部意见")
    assert any("举报成立" in text for text in heard(campus.A))
    of_b = heard(campus.B)
    assert any("经审核已关闭" in text for text in of_b)
    assert not any("举报" in text or campus.A.name in text for text in of_b)
    other = begun(campus, by=campus.W1)
    talk_reports.dismiss(reported(other, campus.W1), by=campus.M)
    before = len(heard(campus.A))
    assert any("举报不成立" in text for text in heard(campus.W1))
    assert len(heard(campus.A)) == before
    assert not any("内部意见" in message.text for message in Notification.select())
    links = {message.person.number: message.link for message in Notification.select() if "举报" in message.text}
    assert links[campus.A.number] == f"/messages/{talk.id}"
    assert links[campus.M.number].startswith("/admin/queue/talk_report/JB")


def test_the_other_one_sees_no_trace_of_a_report(campus: Campus, sign_in: SignIn) -> None:
    talk = begun(campus)
    path, b = f"/messages/{talk.id}", sign_in("B")
    before = [bare(b.get(each)) for each in (path, "/messages", f"{path}/pulse", f"{path}/report", "/inbox")]
    report = reported(talk, campus.A, note="这是我的说明")
    after = [bare(b.get(each)) for each in (path, "/messages", f"{path}/pulse", f"{path}/report", "/inbox")]
    once = re.compile(r'name="once"[^>]*>')
    assert [once.sub("", page) for page in before] == [once.sub("", page) for page in after]
    talk_reports.uphold(report, by=campus.M)
    announce()
    for each in (path, "/messages", "/inbox"):
        text = b.get(each).text
        assert "这是我的说明" not in text
        assert campus.A.name not in text
        assert report.number not in text


def test_reporting_over_http(campus: Campus, sign_in: SignIn) -> None:
    talk = begun(campus, text=RUDE)
    path, a, m = f"/messages/{talk.id}", sign_in("A"), sign_in("M")
    answer = a.submit(f"{path}/report", having="code", note="<script>alert(1)</script>")
    assert answer.status_code == 400
    assert a.submit(f"{path}/report", having="code", code="abuse", note="<script>alert(1)</script>").status_code == 302
    assert "审核员会看" in a.get(path).text
    assert a.get(f"{path}/report").status_code == 302
    assert a.post(f"{path}/report", code="abuse").status_code == 409
    report = TalkReport.get()
    lane = m.get("/admin/queue/talk_report/")
    assert report.number in lane.text
    assert "<script>alert" not in lane.text
    there = f"/admin/queue/talk_report/{report.number}"
    assert "<script>alert" not in m.get(there).text
    assert RUDE in m.get(f"{there}/uphold").text
    assert m.submit(f"{there}/uphold", having="finding", finding="").status_code == 302
    assert TalkReport.get().status == "upheld"
    assert "您的举报成立" in a.get(path).text
    assert "这段对话经审核已关闭" in sign_in("B").get(path).text


def test_pages_of_reports_cost_the_same(campus: Campus, sign_in: SignIn, queries: Any) -> None:
    TrustLevel.update(listings_a_day=100, talks_a_day=100).execute()
    m, costs, first = sign_in("M"), [], None
    for n in (2, 10):
        for _each in range(n):
            talk = begun(campus)
            report = reported(talk, campus.A)
            first = first or (talk, report)
        for k in range(n * 4):
            conversations.say(first[0], by=campus.A, text=f"第 {k} 句")
        paths = ["/admin/queue/talk_report/", f"/admin/queue/talk_report/{first[1].number}"]
        for path in paths:
            with queries() as asked:
                assert m.get(path).status_code == 200
            costs.append(len(asked))
    assert costs[:2] == costs[2:]
    assert max(costs) <= 10, costs


def test_a_moderator_pages_back(campus: Campus, sign_in: SignIn) -> None:
    talk = begun(campus, text="最早的一句")
    for n in range(55):
        conversations.say(talk, by=campus.A, text=f"第 {n} 句")
    report, m = reported(talk, campus.A), sign_in("M")
    there = f"/admin/queue/talk_report/{report.number}"
    page = m.get(there).text
    assert "最早的一句" not in page
    earlier = re.search(r'href="([^"]*before=\d+)"', page)
    assert earlier
    assert "最早的一句" in m.get(earlier[1].replace("&amp;", "&")).text


def test_two_moderators_decide_at_once(campus: Campus) -> None:
    TrustLevel.update(listings_a_day=100, talks_a_day=100).execute()
    m, m2 = campus.M, campus.M2
    reports = [reported(begun(campus), campus.A) for _ in range(5)]
    acts: list[list[Callable[[], Any]]] = [
        [functools.partial(talk_reports.uphold, each, by=m), functools.partial(talk_reports.dismiss, each, by=m2)]
        for each in reports
    ]
    for results in in_turns(acts):
        assert sum(isinstance(each, TalkReport) for each in results) == 1, results
    assert Event.select().where(Event.subject_type == "talk_report").count() == 10
