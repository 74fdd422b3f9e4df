"""Lost and found as everybody reads it: the board, one notice, what is announced before its disposal.

What is one's own is in `portal/lost_own.py`, what people bring and do in `portal/lost_posting.py`, on this blueprint.
"""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for

import pieces
import templating
from forms.fields import building_choices
from forms.property_notices import ClaimForm, HandOverForm
from hall import access, archive, board_search, lost_found, lost_reading, moderation, notice_story, photos, threads
from hall.board_search import words_of
from hall.freshness import Lasting
from hall.lost_flow import is_kept
from hall.lost_reading import Sought
from hall.words import Refused
from models import (
    DISPOSALS,
    NOTICE_KINDS,
    ItemKind,
    LostPropertyDesk,
    Person,
    PropertyNotice,
)
from portal.supervision import address, me, pictures

bp = Blueprint("lost_found", __name__)

# While nobody has come forward it helps to see what is like it.
SOUGHT = ("submitted", "open", "kept")


# --- the board ---------------------------------------------------------------------------------------


@bp.get("/lost-found")
def index() -> tuple[str, int]:
    """What was lost or found, or given back, filtered and searched, a page by key."""
    kinds, buildings = item_kinds(), building_choices()
    sought, said, wrong = _sought(kinds, (code for group in buildings.values() for code, _name in group))
    after = request.args.get("after", "")
    rows, following = ([], "") if wrong else lost_reading.told_page(sought, after=after)
    rows_said, home_again = tuple(row.said for row in rows), lost_reading.good_news()

    def values() -> dict[str, Any]:
        return {
            "rows": rows,
            "rows_said": rows_said,
            "sought": sought,
            "said": said,
            "wrong": wrong,
            "kinds": kinds,
            "buildings": buildings,
            "periods": lost_reading.PERIODS,
            "good_news": home_again,
            "following": following,
            "to": _links(sought, said),
        }

    told = None if said else (rows_said, following, home_again, sought, after != "")
    return pieces.page("lost_found/index.html", told, values), 400 if wrong else 200


@Lasting
def item_kinds() -> list[ItemKind]:
    """The kinds of things in their order."""
    return list(archive.without(ItemKind.select()).order_by(ItemKind.position, ItemKind.id))


def _sought(kinds: Iterable[ItemKind], buildings: Iterable[str]) -> tuple[Sought, str, str]:
    """What is asked for, the words as they were typed, and what is wrong with them; other answers mean nothing."""
    said, wrong, words = " ".join(request.args.get("q", "").split()), "", ()
    try:
        words = words_of(said)
    except Refused as refused:
        wrong = templating.sentence(refused)
    sought = Sought(
        kind=_one_of("kind", dict(NOTICE_KINDS)) or "found",
        item_kind=_one_of("item_kind", (each.code for each in kinds)),
        building=_one_of("building", buildings),
        state=_one_of("state", ["returned"]),
        period=_one_of("period", dict(lost_reading.PERIODS)),
        words=words,
    )
    return sought, said[: board_search.LONGEST_SEARCH * 2], wrong


def _one_of(name: str, choices: Iterable[str]) -> str:
    said = request.args.get(name, "")
    return said if said and said in choices else ""


def _links(sought: Sought, said: str) -> Callable[..., str]:
    """Makes the address of this list with other answers."""
    asked = {name: getattr(sought, name) for name in ("kind", "item_kind", "building", "state", "period")} | {"q": said}

    def to(**changed: str) -> str:
        answers = {name: value for name, value in (asked | changed).items() if value}
        return url_for("lost_found.index", **answers)

    return to


@bp.get("/lost-found/announced")
def announced() -> str:
    """What was kept past its time, announced before anything becomes of it: kinds, places and days, nothing more."""
    rows, following = lost_reading.awaiting_disposal(request.args.get("after", ""))
    points = list(archive.without(LostPropertyDesk.select()).order_by(LostPropertyDesk.id))
    return render_template("lost_found/announced.html", rows=rows, following=following, points=points)


# --- a notice ----------------------------------------------------------------------------------------


def read(number: str) -> PropertyNotice:
    """The notice if the reader may see it, else the same 404 as for a number that does not exist."""
    return lost_reading.find(me(), number) or abort(404)


@bp.get("/lost-found/<number>")
def show(number: str) -> str:
    """One notice, with what its reader may know of it and do."""
    return render_template("lost_found/show.html", **shown(read(number)))


def shown(notice: PropertyNotice) -> dict[str, Any]:
    """All that the page of a notice says to who reads it."""
    person = me()
    own = person is not None and notice.author_id == person.id
    review = threads.reviews([notice])[notice.id] if own else (None, None)
    usual = moderation.usual_wait() if own and notice.moderation == "pending" else None
    title, text = notice_story.sentence(notice, person, review, usual)
    public = notice.moderation == "published"
    return {
        "notice": notice,
        "own": own,
        "keeps": person is not None and access.may(person, "property.keep"),
        "public": public,
        "title": templating.said(title),
        "text": templating.said(text),
        "refused": review[1] if review[1] is not None and _came_back(notice, *review) else None,
        "waits": review[0],
        "by": threads.role_of(notice.author),
        "question": lost_found.question_of(notice),
        "photos": album(notice),
        "matches": [_likely(each) for each in lost_found.matches(notice, person)] if notice.status in SOUGHT else [],
        "story": _story(notice, own),
        "points": _points(notice, own),
        "disposals": DISPOSALS,
        "address": address("lost_found.show", number=notice.number),
        "picture": _card_picture(notice),
        **_claims(notice, person),
    }


def _likely(match: lost_found.Match) -> tuple[PropertyNotice, list[str]]:
    """A counterpart and why it may be one."""
    return match.notice, [templating.said(reason) for reason in match.reasons]


def _came_back(notice: PropertyNotice, waiting: Any, decided: Any) -> bool:
    """Whether an edit was turned down, or a moderator wishes for one, while the notice itself is shown."""
    return (
        waiting is None
        and decided.decision in ("send_back", "reject")
        and notice.moderation in ("published", "private")
    )


def album(notice: PropertyNotice) -> list[dict[str, Any]]:
    """The photos with addresses and the size of the picture, so that a page knows their place before they are there."""
    sizes = {photo.name: (photo.width, photo.height) for photo in photos.for_subject(notice)} if notice.photos else {}
    named = zip(notice.photos, pictures(notice.photos), strict=True)
    return [
        each
        | {size: url_for("photos.show", name=name, size=size) for size in ("card", "medium")}
        | {"size": sizes.get(name, (4, 3))}
        for name, each in named
    ]


def _claims(notice: PropertyNotice, person: Person | None) -> dict[str, Any]:
    """What the reader, as claimant or as who judges, is told of claims; to anybody else there are none."""
    empty = {"claim": None, "claims": [], "mine": None, "code": "", "judges": False, "detail": "", "closed": ""}
    if person is None or notice.kind != "found" or notice.status == "submitted":
        return empty
    claims = lost_found.claims_of(notice, person)
    running = next((each for each in claims if each.status in ("waiting", "accepted")), None)
    mine = next((each for each in claims if each.claimant_id == person.id), None)
    judges = running is not None and lost_found.judges(notice, person)
    can_claim = notice.status in ("open", "kept")
    code = lost_found.code_of(notice, person) if notice.claimant_id == person.id else ""
    return {
        "claim": running if judges else None,
        "claim_pictures": pictures(running.photos) if judges and running is not None else [],
        "claims": [each for each in claims if each.claimant_id != person.id],
        "mine": mine,
        "code": code,
        "judges": judges,
        "detail": lost_found.detail_for(notice, person),
        "closed": lost_found.why_no_claim(notice, person) if can_claim else "",
        "claim_form": ClaimForm(subject=notice, person=person) if can_claim else None,
        "hand_over_form": HandOverForm(subject=notice, person=person) if judges else None,
    }


def _points(notice: PropertyNotice, own: bool) -> list[LostPropertyDesk]:
    """Where a finder may bring the thing."""
    brings = (
        own and notice.kind == "found" and notice.status in ("submitted", "open", "verifying") and not is_kept(notice)
    )
    return list(archive.without(LostPropertyDesk.select()).order_by(LostPropertyDesk.id).limit(5)) if brings else []


def _story(notice: PropertyNotice, own: bool) -> list[dict[str, Any]]:
    """What happened since somebody wrote it; before its first review that is nothing."""
    fresh = notice.status == "submitted" and notice.moderation == "pending"
    return [] if fresh else [_told(entry) for entry in notice_story.story(notice_story.history(notice, own=own))]


def _told(entry: Any) -> dict[str, Any]:
    return {**vars(entry), "text": templating.said(entry.text)}


def _card_picture(notice: PropertyNotice) -> str:
    if notice.photos:
        return address("photos.show", name=notice.photos[0], size="large")
    return address("static", filename="share.png")
