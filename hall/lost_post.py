"""What people bring to lost and found: a notice of what they lost or found, or what somebody brought to the desk."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from hall import clock, doubts, lost_cards, lost_matching, moderation, questions, sensitive, settings, trust
from hall.answers import choice, text
from hall.likeness_words import families
from hall.lost_flow import (
    DETAIL_MOST,
    MOST_TAGS,
    PLACE_MOST,
    QUESTION_MOST,
    TAG_MOST,
    TEXT_MOST,
    TITLE_LEAST,
    TITLE_MOST,
    flow,
)
from hall.numbers import next_number
from hall.photos import Prepared, attach
from hall.question_values import PREFIX
from hall.submissions import DOUBTFUL
from hall.words import N_, Refused
from models import (
    LIVE_NOTICES,
    NOTICE_KINDS,
    Building,
    ItemKind,
    Person,
    PropertyNotice,
)

_CARDS = {"card", "identity", "bank"}  # families of likeness_words


@flow.start(
    "发启事",
    target=["submitted", "open"],
    need="property.post",
    who="师生",
    recorded="寻物或招领、类别、标题、描述、地点、时间、照片；隐藏特征和证件号码不进记录",
)
def _post(*, by: Person, kind: str, **answers: Any) -> tuple[PropertyNotice, dict[str, Any]]:
    trust.hold_to_limit(PropertyNotice, by, trust.level_of(by).notices_a_day)
    notice = made(by, choice(kind, NOTICE_KINDS, "kind"), **answers)
    hand_in_for_review(notice, by)
    return notice, told(notice)


def post(**answers: Any) -> PropertyNotice:
    """Write what was lost or found; it waits for a moderator, but for a card whose owner is known.

    Takes `by`, `kind` (NOTICE_KINDS), `title`, `item_kind`, `text`, `building`, `place`, `happened` (naive UTC, now if
    left out), `tags` (apart by blanks), `question`, `hidden_detail`, `card_number`, `answered` (the lost notice that a
    finder answers), `photos` from `photos.prepare`, `given` (hall/questions.py) and `once`. Raises Refused with the
    field that is wrong.
    """
    notice: PropertyNotice = moderation.let_through(_post(**answers))
    return notice


def made(
    by: Person,
    kind: str,
    *,
    title: str,
    item_kind: ItemKind,
    text: str = "",
    building: Building | None = None,
    place: str = "",
    happened: datetime | None = None,
    tags: str = "",
    question: str = "",
    hidden_detail: str = "",
    card_number: str = "",
    answered: PropertyNotice | None = None,
    photos: Sequence[Prepared] = (),
    given: Mapping[str, Any] | None = None,
) -> PropertyNotice:
    """A new notice with its photos, not saved since, inside the caller's transaction; a known owner makes it private.

    Raises Refused with the field that is wrong.
    """
    is_found = kind == "found"
    words = {"title": title, "text": text, "place": place, "tags": tags, "question": question if is_found else ""}
    number = _card_number(item_kind, card_number, is_found, by)
    if item_kind.is_card and photos:
        raise Refused(N_("证件和卡片不要上传照片，号码会被别人看到"), field="photos")
    notice = PropertyNotice(
        kind=kind,
        author=by,
        created=clock.now(),
        item_kind=item_kind,
        building=building,
        happened=_when(happened),
        card_hash=lost_cards.card_hash(item_kind, number),
        hidden_detail=_detail(hidden_detail),
    )
    clean = clean_notice(words, notice)
    if is_found and building is None and not clean["place"]:
        raise Refused(N_("请选择在哪栋楼捡到，或者写明地点"), field="place")
    for name, value in clean.items():
        setattr(notice, name, value)
    notice.answered = _answered(answered, kind, by)
    # Before the owner is looked for: who has the next number waits here, and then sees this one, or is seen by it.
    notice.number = next_number("LF")
    notice.card_owner = lost_cards.owner_of(item_kind, number, by) if is_found else None
    said = {PREFIX + code: answer for code, answer in (given or {}).items() if isinstance(answer, str)}
    if notice.card_owner is not None and _is_harmless(clean | said):
        notice.moderation, notice.status = "private", "open"
    notice.save(force_insert=True)
    notice.photos = [photo.name for photo in attach(notice, photos, by=by)]
    told = questions.keep(notice, questions.for_subject(notice), given or {}, by=by)
    _keeps_secrets({PREFIX + each.question.code: each.text() for each in told}, notice)
    return notice


def hand_in_for_review(notice: PropertyNotice, by: Person) -> None:
    """Let a moderator read it, but not a card of which its owner hears at once; find its counterparts."""
    notice.save()
    if notice.moderation == "pending":
        moderation.submit(notice, by=by)
        lost_matching.reckon(notice)
    if notice.answered is not None:
        lost_matching.answer(notice, notice.answered)
    lost_cards.join(notice, by)


def told(notice: PropertyNotice) -> dict[str, Any]:
    """What everybody who reads of it may know."""
    answered = notice.answered.number if notice.answered is not None else ""
    said = {"kind": notice.kind, "photos": notice.photos, "answered": answered}
    return {name: value for name, value in said.items() if value}


def _is_harmless(words: dict[str, str]) -> bool:
    """Whether the owner of a card may read it at once; what a stranger is told with it, a moderator reads before."""
    screening = sensitive.screen(words)
    if screening.refused:
        sentence = N_("这里有不能发布的词“%(word)s”，请修改后再提交")
        raise Refused(sentence, field=screening.refused.column, word=screening.refused.word)
    return screening.risk < DOUBTFUL


def _card_number(kind: ItemKind, number: str, is_found: bool, by: Person) -> str:
    """The number as it is compared; "" where the kind is no card or none was given."""
    if not kind.is_card:
        return ""
    clean = lost_cards.clean_number(number)
    return clean if is_found else lost_cards.own_number(kind, clean, by)


def _when(happened: datetime | None) -> datetime:
    moment, now = happened or clock.now(), clock.now()
    if moment > now:
        raise Refused(N_("时间不能在将来"), field="happened")
    if moment < now - timedelta(days=settings.value("lost_found.oldest_days")):
        raise Refused(N_("时间最早可以填一年以前"), field="happened")
    return moment


def _detail(said: str) -> str:
    return text(said, "hidden_detail", most=DETAIL_MOST)


def _answered(lost: PropertyNotice | None, kind: str, by: Person) -> PropertyNotice | None:
    if lost is None:
        return None
    known = kind == "found" and lost.kind == "lost" and moderation.is_disclosed(lost)
    if not known or lost.status not in LIVE_NOTICES or lost.author_id == by.id:
        raise Refused(N_("对应的寻物启事已经结束或没有公开"), field="answered")
    return lost


# --- the words of a notice ---------------------------------------------------------------------------


def clean_notice(content: dict[str, Any], notice: PropertyNotice | None) -> dict[str, Any]:
    """The words of a notice as they may be; they say neither the hidden detail nor the number of a card.

    Raises Refused.
    """
    if notice is not None and notice.status in ("returned", "disposed"):
        raise Refused(N_("已经结束的启事不能再改"))
    clean = {
        "title": text(content.get("title", ""), "title", least=TITLE_LEAST, most=TITLE_MOST),
        "text": text(content.get("text", ""), "text", most=TEXT_MOST),
        "place": text(content.get("place", ""), "place", most=PLACE_MOST),
        "tags": clean_tags(content.get("tags", "")),
        "question": text(content.get("question", ""), "question", most=QUESTION_MOST),
    }
    if notice is not None:
        _keeps_secrets(clean, notice)
    return clean


def doubt(notice: PropertyNotice, content: dict[str, Any]) -> str:
    """What a moderator should look at: a card under another kind, whose photo may show its number. In Chinese."""
    if notice.item_kind.is_card or not families(content.get("title", "")) & _CARDS:
        return ""
    return doubts.CARD % {"kind": notice.item_kind.name}


def photos_of(notice: PropertyNotice) -> tuple[int, int | None]:
    """The least and the most photos; of a card none, for its number is on it."""
    return (0, 0) if notice.item_kind.is_card else (0, None)


def clean_tags(said: str) -> str:
    """Tags apart by one blank, each once, as they stand in a row. Raises Refused."""
    for mark in "，,、;；#＃":
        said = (said or "").replace(mark, " ")
    tags = list(dict.fromkeys(text(said, "tags").split()))
    if len(tags) > MOST_TAGS or any(len(tag) > TAG_MOST for tag in tags):
        raise Refused(
            N_("最多 %(most)s 个标签，每个最多 %(length)s 个字"), field="tags", most=MOST_TAGS, length=TAG_MOST
        )
    return " ".join(tags)


def _keeps_secrets(words: dict[str, str], notice: PropertyNotice) -> None:
    detail = _plain(notice.hidden_detail)
    for name, said in words.items():
        if len(detail) > 1 and detail in _plain(said):
            raise Refused(N_("这里写出了隐藏特征，别人就能冒领；请删去"), field=name)
        if lost_cards.says_number(said, notice.item_kind, notice.card_hash):
            raise Refused(N_("请不要在这里写卡号，号码只填在“卡号”一栏，不会公开"), field=name)


def _plain(said: str) -> str:
    return "".join(said.split()).casefold()
