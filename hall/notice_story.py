"""How something lost or found stands, as its page tells it: the sentence of its state, and the story of its events.

Everybody reads when which step was taken; never who took it, nor a word of an answer or of why one was turned down.
Who brought the notice reads of its review and of the claims beside. Sentences are (msgid, values), as in `progress`.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from hall import clock, events, forgetting
from hall.lost_flow import is_kept
from hall.progress import Entry, Said
from hall.review_story import REVIEW, reason_of, review_values, stage
from hall.words import N_
from models import DISPOSALS, Event, Person, PropertyNotice, Submission

AT_MOST = 100
LABELS = {
    "publish": N_("审核通过"),
    "register": N_("值守点收到"),
    "hand_in": N_("交到值守点"),
    "claim": N_("认领"),
    "accept_claim": N_("核验"),
    "deny_claim": N_("核验"),
    "give_up": N_("认领"),
    "end_claim": N_("认领"),
    "hand_over": N_("归还"),
    "found_it": N_("找回"),
    "announce": N_("处置前公示"),
    "dispose": N_("处置"),
    "post": N_("登记"),
    "keep_private": N_("审核通过"),
    "send_back": N_("退回修改"),
    "reject": N_("驳回"),
    "hide": N_("屏蔽"),
    "restore": N_("恢复公开"),
    "edit": N_("提交修改"),
    "resubmit": N_("重新提交"),
    "appeal": N_("申诉"),
}
TEXTS = {
    "publish": N_("已公开"),
    "publish edit": N_("内容有改动，重新审核后更新"),
    "register": N_("有人交到值守点，已登记保管"),
    "hand_in": N_("在值守点保管"),
    "claim": N_("有人认领，正在核验"),
    "hand_over": N_("已经还给失主"),
    "found_it": N_("失主已经找回"),
    "announce": N_("保管期满，处置前公示"),
    "dispose": N_("按规定处置"),
    "accept_claim": N_("对上了，等待交接"),
    "deny_claim": N_("没有对上，重新开放认领"),
    "give_up": N_("认领没有继续，重新开放"),
    "end_claim": N_("认领没有继续，重新开放"),
    "send_back": N_("原因：%(reason)s"),
    "reject": N_("原因：%(reason)s"),
    "hide": N_("原因：%(reason)s"),
    "edit": N_("新的内容等待审核"),
    "resubmit": N_("等待审核"),
    "appeal": N_("由另一位审核员处理"),
}
PUBLIC = (
    "publish", "register", "hand_in", "claim", "accept_claim", "deny_claim", "give_up", "end_claim", "hand_over",
    "found_it", "announce", "dispose",
)  # fmt: skip


def history(notice: PropertyNotice, *, own: bool) -> list[Event]:
    """The events that the story is made of, newest first; `own` where who brought it reads."""
    names = [*(LABELS if own else PUBLIC), "undo"]
    about = (Event.subject_type == events.subject_type(PropertyNotice)) & (Event.subject_id == notice.id)
    past = Event.select().where(about, Event.name.in_(names)).order_by(Event.seq.desc())
    return forgetting.veil(past.limit(AT_MOST), notice)


def story(past: Sequence[Event]) -> list[Entry]:
    """`history` as people read it, newest first, without what was taken back at once."""
    return [Entry(event.name, *_told(event), event.at, "", "") for event in _happened(past)]


def _happened(past: Iterable[Event]) -> Iterable[Event]:
    undone = set()
    for event in past:
        about = event.details.get("submission")
        if event.name == "undo":
            undone.add(about)
        elif about is None or about not in undone:
            yield event
        else:
            undone.discard(about)


def _told(event: Event) -> tuple[str, Said]:
    edited = event.name == "publish" and event.source == "published"
    text = TEXTS.get("publish edit" if edited else event.name, "")
    return LABELS[event.name], (text, {"reason": reason_of(event.details)} if "%(reason)s" in text else {})


# --- how it stands -----------------------------------------------------------------------------------

SENTENCES = {
    "lost open": (N_("还在寻找"), N_("您捡到了吗？说一声，失主会马上收到通知。")),
    "found open": (N_("在等失主"), N_("是您的吗？回答一个问题，核对上了就能取回。")),
    "kept": (N_("在%(point)s保管"), N_("保管到 %(until)s。是您的吗？回答一个问题，核对上了就能取回。")),
    "announced": (N_("保管期满，正在公示"), N_("%(from)s前没有人认领，将按规定处置。")),
    "verifying": (N_("有人认领，正在核验"), N_("如果对不上，会重新开放认领。")),
    "to_hand_over": (N_("已经找到失主"), N_("核验通过，等待交接。")),
    "lost returned": (N_("已经找回来了"), N_("%(returned)s 失主说找到了，谢谢每一位帮忙留意的人。")),
    "found returned": (N_("已经回家了"), N_("%(returned)s 还给了失主，谢谢每一位伸手的人。")),
    "disposed": (N_("已按规定处置"), N_("保管和公示期满没有人认领，处置方式：%(disposal)s。")),
}
# What only who brought it reads.
AUTHOR = REVIEW | {
    "lost open": (N_("大家在帮您留意"), N_("有像的东西出现会马上通知您；找到了请点“我找回来了”。")),
    "found open": (N_("谢谢您，正在等失主"), N_("有人认领会通知您来核对。不方便保管的，可以交到值守点。")),
    "found private": (N_("已经通知失主"), N_("这张卡不会公开。失主会来认领，您核对以后约好交接。")),
    "kept": (N_("已交到%(point)s，谢谢您"), N_("后面的核对和交接由值守点负责，还给失主时会告诉您。")),
    "verifying": (N_("有人认领，请您核对"), N_("把认领人的回答和您写的不公开特征对一对。")),
    "verifying kept": (N_("有人认领，值守点正在核对"), N_("还给失主时会告诉您。")),
    "to_hand_over": (N_("请和失主约好交接"), N_("见面时请对方出示六位交接码，输入以后就完成了。")),
    "to_hand_over kept": (N_("核验通过，等失主到值守点领取"), N_("还给失主时会告诉您。")),
    "found returned": (N_("已经回家了"), N_("%(returned)s 还给了失主，谢谢您。")),
    "lost returned": (N_("恭喜您，找回来了"), N_("%(returned)s 记为已找回。")),
}
# What who claims it reads, or whose card it is.
CLAIMANT = {
    "verifying": (N_("正在核对您的回答"), N_("捡到的人会对照没有公开的特征，结果会通知您。")),
    "verifying kept": (N_("正在核对您的回答"), N_("值守点会对照没有公开的特征，结果会通知您。")),
    "to_hand_over": (N_("核对上了，请去取回"), N_("和捡到的人约好时间地点，见面时出示下面的交接码。")),
    "to_hand_over kept": (N_("核对上了，请去取回"), N_("到%(point)s出示下面的交接码。")),
    "found returned": (N_("已经回到您手里"), N_("%(returned)s 交接完成。")),
}
OWNER = (N_("这张卡很可能是您的"), N_("它没有公开，只有您能看到。请认领，核对以后就能取回。"))
SHUT = (N_("没有公开"), N_("只有当事人和工作人员能看到。"))


def sentence(
    notice: PropertyNotice,
    person: Person | None,
    review: tuple[Submission | None, Submission | None] = (None, None),
    usual: timedelta | None = None,
) -> tuple[Said, Said]:
    """The title and the text that say how a notice stands for `person` and what comes next.

    `review` is what waits and what was decided last, `usual` how long a review takes; both matter to its author.
    """
    waiting, decided = review
    title, text = _sentence(notice, person, waiting, decided, usual)
    values: dict[str, Any] = {
        **review_values(waiting, decided, usual),
        "point": notice.point.name if notice.point is not None else N_("值守点"),
        "until": _day(notice.keep_until),
        "from": _day(notice.dispose_from),
        "returned": notice.returned,
        "disposal": dict(DISPOSALS).get(notice.disposal, ""),
    }
    return (title, values), (text, values)


def _day(moment: Any) -> Any:
    return clock.local(moment).date() if moment is not None else ""


def _sentence(
    notice: PropertyNotice,
    person: Person | None,
    waiting: Submission | None,
    decided: Submission | None,
    usual: timedelta | None,
) -> tuple[str, str]:
    own = person is not None and notice.author_id == person.id
    key = _state(notice)
    if notice.moderation not in ("published", "private"):
        return AUTHOR[stage(notice, waiting, decided, usual)] if own else SHUT
    if person is not None and notice.claimant_id == person.id and key in CLAIMANT:
        return CLAIMANT[key]
    if own:
        private = key == "found open" and notice.card_owner_id is not None
        return AUTHOR.get("found private" if private else key) or _public(key)
    if person is not None and notice.card_owner_id == person.id and notice.status in ("open", "kept"):
        return OWNER
    return _public(key)


def _state(notice: PropertyNotice) -> str:
    """The state as the sentences know it."""
    if notice.status in ("open", "returned"):
        return f"{notice.kind} {notice.status}"
    if notice.status == "kept" and notice.announced is not None:
        return "announced"
    held = notice.status in ("verifying", "to_hand_over") and is_kept(notice)
    return f"{notice.status} kept" if held else notice.status


def _public(key: str) -> tuple[str, str]:
    return SENTENCES.get(key) or SENTENCES.get(key.removesuffix(" kept")) or SHUT
