"""Lost and found and the market tell nobody what is not theirs: by no address, list, search, queue, export or photo.

A brings it all, `kept` claims and buys, `helper` claims beside. Every text that strangers must not read holds a word
of its own (faults 1, 2, 3, 5, 6); what is written for two people alone is not even in the panel of who reads all.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

import models
from hall import access, clock, conversations, events, lost_cards, lost_found, market, moderation, photos, sensitive
from hall.market_reading import SORTS
from models import Claim, Listing, Moderated, Person, Photo, PropertyNotice
from tests import lost, stall
from tests.addresses import entity_of, rules, takes
from tests.board import decided
from tests.conftest import Campus
from tests.limits import limit
from tests.portal import SignIn, picture
from tests.visitor import Visitor

STRANGERS = ("visitor", "B", "W1", "lead", "finance")
SIGN = "暗号"  # every secret begins with it
STATES = ("pending", "needs_changes", "rejected", "appealed", "hidden", "withdrawn", "private")
CARD, ROOM = "QX7392014655K", "6228480012345678901"
BOARDS = [model for model in models.ENTITIES if model.area == "boards"]
# What the two of a claim, a deal or a talk write for each other stands in no list of the panel.
BETWEEN_TWO = ("hidden", "answer", "talk", "rating", "card", "code")


def shot(colour: str = "teal") -> list[photos.Prepared]:
    return photos.prepare([("a.png", picture(colour)[0])])


@dataclass
class Secrets:
    """Words that strangers may not find, by what they are, and where one would look for them."""

    campus: Campus
    words: dict[str, list[str]] = field(default_factory=dict)
    notices: list[PropertyNotice] = field(default_factory=list)
    listings: list[Listing] = field(default_factory=list)
    unseen: list[Moderated] = field(default_factory=list)

    def word(self, about: str) -> str:
        """A word that stands nowhere else."""
        place = sum(map(len, self.words.values()))
        self.words.setdefault(about, []).append(f"{SIGN}{chr(0x4E00 + 97 * (place + 1))}{chr(0x6E00 + 31 * place)}")
        return self.words[about][-1]

    def all(self, *about: str) -> list[str]:
        return [word for kind, words in self.words.items() for word in words if not about or kind in about]

    def notice(self, **more: Any) -> PropertyNotice:
        """One that waits; what it says is secret until it is published."""
        said = {"title": f"{self.word('text')}的标题", "text": f"{self.word('text')}，写得足够长一些", "photos": shot()}
        said |= {"place": f"{self.word('text')}旁", "hidden_detail": f"{self.word('hidden')}在里面", "tags": ""}
        self.notices.append(lost.posted(self.campus.A, **{**said, **more}))
        return self.notices[-1]

    def listing(self, **more: Any) -> Listing:
        said = {"title": f"{self.word('text')}的标题", "text": f"{self.word('text')}，写得足够长一些", "photos": shot()}
        self.listings.append(stall.offered(self.campus.A, **{**said, **more}))
        return self.listings[-1]

    def public_notice(self, **more: Any) -> PropertyNotice:
        given = {"hidden_detail": f"{self.word('hidden')}在里面", **more}
        self.notices.append(lost.published(self.campus, photos=shot(), **given))
        return self.notices[-1]

    def public_listing(self, **more: Any) -> Listing:
        self.listings.append(stall.published(self.campus, **more))
        return self.listings[-1]

    def hide(self, row: Moderated, state: str) -> None:
        """Lead a fresh text to a state in which strangers do not read it."""
        campus = self.campus
        self.unseen.append(row)
        if state in ("needs_changes", "rejected", "appealed"):
            step = "send_back" if state == "needs_changes" else "reject"
            row = decided(row, step, campus.M, code="privacy", note=self.word("reason"))
        if state == "appealed":
            moderation.appeal(row, by=campus.A, words=f"{self.word('reason')}，请再看一次")
        if state in ("hidden", "withdrawn"):
            row = decided(row, "publish", campus.M)
        if state == "hidden":
            moderation.hide(row, by=campus.M, code="privacy", note=self.word("reason"))
        if state == "withdrawn":
            moderation.withdraw(row, by=row.author)
        if state == "private":
            decided(row, "keep_private", campus.M, note=self.word("reason"))


def all_secrets(campus: Campus) -> Secrets:
    kept = Secrets(campus)
    most = {"listings_a_day": 1000, "notices_a_day": 1000, "talks_a_day": 1000}
    models.TrustLevel.update(**most).execute()
    with pytest.MonkeyPatch.context() as patched:
        limit(patched, "photos.a_day", 1000)
        for state in STATES:
            kept.hide(kept.notice(kind="lost" if state == "rejected" else "found"), state)
            if state != "private":
                kept.hide(kept.listing(), state)
        for more in (_edits, _claims, _cards, _at_the_desk, _deals):
            more(kept)
    people = (campus.A, campus.kept, campus.helper)
    kept.words["people"] = [value for person in people for value in (person.phone, person.name)]
    return kept


@pytest.fixture
def secrets(begun: Secrets) -> Secrets:
    return begun


def _edits(kept: Secrets) -> None:
    """A proposed text, and one that was refused, beside what is public."""
    for step in ("", "send_back", "reject"):
        for row in (kept.public_notice(), kept.public_listing()):
            content = {name: getattr(row, name) for name in row.reviewed if name != "photos"}
            content |= {"title": f"{kept.word('text')}的标题", "text": f"{kept.word('text')}，写得足够长一些"}
            row = moderation.edit(row, by=row.author, content=content, photos=shot("red"))
            if step:
                decided(row, step, kept.campus.M, code="privacy", note=kept.word("reason"))
    moderation.report(kept.listings[-1], by=kept.campus.kept, code="untrue", note=kept.word("reason"))


def _claims(kept: Secrets) -> None:
    campus = kept.campus

    def claim(notice: PropertyNotice, by: Person) -> PropertyNotice:
        said = {"answer": f"{kept.word('answer')}写在里面", "proof": kept.word("answer"), "photos": shot("blue")}
        return lost_found.claim(notice, by=by, **said)

    waits = claim(kept.public_notice(), campus.helper)
    waits = lost_found.deny_claim(waits, by=campus.A, reason=f"{kept.word('verdict')}不对")
    claim(waits, campus.kept)
    accepted = claim(kept.public_notice(), campus.kept)
    accepted = lost_found.accept_claim(accepted, by=campus.A, note=kept.word("verdict"))
    code = lost_found.code_of(accepted, campus.kept)
    kept.words["code"] = [" ".join(code), code, f"{code[:3]}</span><span>{code[3:]}"]  # as it is shown and said
    back = lost_found.accept_claim(claim(kept.public_notice(), campus.kept), by=campus.A)
    lost_found.hand_over(back, by=campus.A, code=lost_found.code_of(back, campus.kept))
    talk = conversations.start(kept.public_notice(), by=campus.kept, text=f"{kept.word('talk')}，您好")
    conversations.say(talk, by=campus.A, text=f"{kept.word('talk')}，好的")
    own = kept.public_notice(kind="lost")
    lost_found.found_it(own, by=campus.A, how=f"{kept.word('verdict')}找到的")


def _cards(kept: Secrets) -> None:
    """A card whose owner is known is told to them alone; one that nobody misses yet shows no number."""
    campus, bank = kept.campus, lost.kind_of("bank_card")
    given: dict[str, Any] = {"item_kind": "bank_card", "photos": [], "question": ""}
    missed = lost.posted(campus.kept, kind="lost", card_number=ROOM, title="银行卡丢了", item_kind="bank_card")
    kept.notices.append(decided(missed, "publish", campus.M))
    found = kept.notice(card_number=ROOM, **given)
    assert (found.moderation, found.card_owner_id) == ("private", campus.kept.id)
    kept.unseen.append(found)
    alone = kept.notice(card_number=CARD, **given)
    decided(alone, "publish", campus.M)
    for about in ("title", "text", "place"):  # of this one they are public
        kept.words["text"].remove(re.search(f"{SIGN}..", getattr(alone, about))[0])  # type: ignore[index]
    hashes = [lost_cards.card_hash(bank, number) for number in (CARD, ROOM)]
    kept.words["card"] = [CARD, ROOM, CARD[-6:], ROOM[-6:], *hashes]


def _at_the_desk(kept: Secrets) -> None:
    """What lies at the desk but was not reviewed is announced without a word of it."""
    campus = kept.campus
    notice = lost_found.register(
        by=campus.keeper_of_lost,
        title=f"{kept.word('text')}的标题",
        text=f"{kept.word('text')}，写得足够长一些",
        place=f"{kept.word('text')}旁",
        item_kind=lost.kind_of("umbrella"),
        point=lost.point(),
        shelf=kept.word("shelf"),
        hidden_detail=f"{kept.word('hidden')}在里面",
        photos=shot(),
    )
    with clock.at(clock.now() + timedelta(days=31)):
        lost_found.announce(notice, by=campus.keeper_of_lost)
    kept.notices.append(notice)
    kept.unseen.append(notice)


def _deals(kept: Secrets) -> None:
    campus = kept.campus
    for ends in ("reserved", "released", "sold"):
        listing = kept.public_listing()
        talk = conversations.start(listing, by=campus.kept, text=f"{kept.word('talk')}，还在吗")
        conversations.say(talk, by=campus.A, text=f"{kept.word('talk')}，还在")
        listing = market.reserve(listing, by=campus.A, buyer=campus.kept)
        if ends == "released":
            market.release(listing, by=campus.A, reason=f"{kept.word('reason')}不卖了")
        if ends == "sold":
            listing = stall.sold(campus, listing)
            market.rate(listing, by=campus.kept, score=1, text=f"{kept.word('rating')}，不守时")
    market.save_search(by=campus.kept, name=kept.word("search"), wanted={"words": [kept.word("search")]})


pytestmark = pytest.mark.begins_after(made=all_secrets)


# --- where one would look ------------------------------------------------------------------------------


def public(app: Flask, kept: Secrets, *, steps: bool) -> Iterator[str]:
    """Every address of the public site that may tell of a board, by each filter and sort; `steps` of rows too."""
    yield from ("/", "/services", "/inbox", "/me", "/messages")
    for name, answers in {
        "kind": ("lost", "found"), "item_kind": ("umbrella", "bank_card"), "state": ("returned",),
        "period": ("day", "week", "month"), "building": ("TSG",), "q": (SIGN,),
    }.items():  # fmt: skip
        for kind in ("lost", "found"):
            yield from (f"/lost-found?kind={kind}&{name}={answer}" for answer in answers)
    for name, answers in {
        "sort": tuple(sort for sort, _label in SORTS), "category": ("bicycle",), "condition": ("good",),
        "least": ("1",), "place": (str(stall.place().id),), "most": ("9999",), "negotiable": ("1",), "q": (SIGN,),
    }.items():  # fmt: skip
        yield from (f"/market?{name}={answer}" for answer in answers)
    yield from (f"/market?q={SIGN}&sort={sort}" for sort, _label in SORTS)
    for rule in rules(app):
        if rule.endpoint.startswith(("lost_found.", "market.", "talk.")) and takes(rule, "GET"):
            yield from _filled(rule.rule, kept, steps)


def _filled(rule: str, kept: Secrets, steps: bool) -> Iterator[str]:
    if "<number>" not in rule:
        ids = [row.id for model in (models.Conversation, models.SavedSearch) for row in model.select()]
        yield from ([re.sub(r"<[^>]*>", str(row_id), rule) for row_id in ids] if "<" in rule else [rule])
        return
    if rule.count("<") > 1 and not steps:
        return
    rows: list[Moderated] = [*kept.listings] if rule.startswith("/market") else [*kept.notices]
    if rule.startswith("/messages"):
        rows = [*kept.listings, *kept.notices]
    named = ("claim", "edit", "hand_over") if rule.startswith("/lost-found") else ("edit", "reserve", "confirm")
    for row in rows:
        path = rule.replace("<number>", row.number).replace(":step>", ">")
        path = re.sub(r"<any[^>]*:kind>", events.subject_type(row), path)
        yield from ([path.replace("<step>", step) for step in named] if "<step>" in path else [path])


def panel(app: Flask, kept: Secrets, *, generated: bool = False) -> Iterator[str]:
    """The panel's addresses of the boards: lists with details, exports and history, queues, desk."""
    for rule in rules(app):
        entity, rest = entity_of(rule)
        model = next((each for each in BOARDS if entity == events.subject_type(each)), None)
        if not takes(rule, "GET") or (model is None and (generated or entity)):
            continue
        if model is not None:
            path = rule.rule.replace("<export_type>", "csv")
            ids = [row.id for row in model.select(model.id).order_by(model.id.desc()).limit(40)] or [1]
            one_by_one = rest in ("/details/", "/edit/", "/history/")
            yield from ([f"{path}?id={row_id}" for row_id in ids] if one_by_one else [f"{path}?search={SIGN}", path])
        elif rule.rule.startswith(("/admin/queue/<flow>", "/admin/lost-property")):
            for row in kept.notices if "<number>" in rule.rule else kept.notices[:1]:
                path = rule.rule.replace("<flow>", "property_notice").replace("<number>", row.number)
                yield path.replace("<step>", "deny_claim")
        elif rule.rule.startswith("/admin/desk"):
            path = re.sub(r"<[^>]*subject_type>", "listing", rule.rule)
            yield from (re.sub(r"<[^>]*>", str(row.id), path) for row in models.Submission.select())


def leaks(visitor: Visitor, who: str, asked: Iterable[str], words: list[str]) -> list[str]:
    wrong = []
    for path in dict.fromkeys(asked):
        answer = visitor.get(path)
        assert answer.status_code < 500, path
        wrong += [f"{who} reads {word} at {path}" for word in words if word in answer.text]
    return wrong


# --- nothing is there ----------------------------------------------------------------------------------


@pytest.mark.parametrize("who", STRANGERS)
def test_strangers_read_no_secret_anywhere(
    app: Flask, client: Visitor, sign_in: SignIn, secrets: Secrets, who: str
) -> None:
    visitor = client if who == "visitor" else sign_in(who)
    asked = [*public(app, secrets, steps=who == "B")]
    assert len(asked) > 80
    if who in ("W1", "finance"):
        asked += panel(app, secrets)
    elif who == "lead":
        asked += panel(app, secrets, generated=True)
    wrong = leaks(visitor, who, asked, secrets.all())
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("who", ["X", "keeper_of_lost"])
def test_not_even_who_reads_every_list_reads_what_is_between_two(
    app: Flask, sign_in: SignIn, secrets: Secrets, who: str
) -> None:
    """The generated panel: lists, details, exports and histories of every entity of the boards."""
    wrong = leaks(sign_in(who), who, panel(app, secrets, generated=True), secrets.all(*BETWEEN_TWO))
    assert not wrong, "\n".join(wrong)


def test_what_is_not_public_is_a_number_that_does_not_exist(client: Visitor, sign_in: SignIn, secrets: Secrets) -> None:
    def comparable(page: Any) -> tuple[int, str]:
        return page.status_code, re.sub(r'name="csrf_token" value="[^"]+"|<time .*?</time>', "", page.text)

    wrong = []
    for who, visitor in {"visitor": client, "B": sign_in("B"), "W1": sign_in("W1")}.items():
        for row in secrets.unseen:
            base, none = ("market", "ES2601010001") if isinstance(row, Listing) else ("lost-found", "LF2601010001")
            nobody = comparable(visitor.get(f"/{base}/{none}"))
            assert nobody[0] == 404
            for number in (row.number, row.number.lower()):
                if comparable(visitor.get(f"/{base}/{number}")) != nobody:
                    wrong.append(f"{who} /{base}/{number} ({row.moderation}) is not like nothing")
    assert not wrong, "\n".join(wrong)


def test_photos_of_claims_and_of_the_unpublished_are_for_nobody_else(
    client: Visitor, sign_in: SignIn, secrets: Secrets
) -> None:
    shown = {name for model in (PropertyNotice, Listing) for row in moderation.disclosed(model) for name in row.photos}
    unseen = [photo for photo in Photo.select() if photo.name not in shown]
    assert len(unseen) > 20
    assert {photo.subject_type for photo in unseen} == {"property_notice", "listing", "claim"}
    for who, visitor in {"visitor": client, **{who: sign_in(who) for who in STRANGERS[1:]}}.items():
        seen = [
            f"{who} {photo.subject_type} {size}"
            for photo in unseen
            for size in photos.SIZES
            if visitor.get(f"/photos/{photo.name}/{size}").status_code != 404
        ]
        assert not seen, "\n".join(seen)
    beside, owner = sign_in("helper"), sign_in("A")
    for claim in Claim.select():
        mine = claim.claimant.number == beside.number
        got = [visitor.get(f"/photos/{claim.photos[0]}/thumb").status_code for visitor in (beside, owner)]
        assert got == [200 if mine else 404, 200]


# --- who has a part in it reads that part --------------------------------------------------------------


def test_claimants_read_neither_the_hidden_detail_nor_each_other(app: Flask, sign_in: SignIn, secrets: Secrets) -> None:
    """`kept` and `helper` claim the same thing: each reads their own answer, neither the other's nor the detail."""
    claims = {
        who: Claim.select().where(Claim.claimant == getattr(secrets.campus, who).id) for who in ("kept", "helper")
    }
    for who, other in (("kept", "helper"), ("helper", "kept")):
        foreign = [value for claim in claims[other] for value in (claim.answer, claim.proof, claim.reason) if value]
        assert foreign
        wrong = leaks(sign_in(who), who, public(app, secrets, steps=False), foreign + secrets.all("hidden", "card"))
        assert not wrong, "\n".join(wrong)


def test_the_code_is_read_by_the_claimant_alone(app: Flask, sign_in: SignIn, secrets: Secrets) -> None:
    assert access.may(secrets.campus.keeper_of_lost, "property.see_all")
    for who in ("A", "helper", "keeper_of_lost", "M", "leader"):
        wrong = leaks(sign_in(who), who, _about(secrets), secrets.words["code"])
        assert not wrong, "\n".join(wrong)
    notice = next(row for row in secrets.notices if lost_found.code_of(_now(row), secrets.campus.kept))
    assert not [who for who in ("A", "helper", "M") if lost_found.code_of(_now(notice), getattr(secrets.campus, who))]
    assert secrets.words["code"][0] in sign_in("kept").get(f"/lost-found/{notice.number}").text


def _about(kept: Secrets) -> Iterator[str]:
    for row in kept.notices:
        yield f"/lost-found/{row.number}"
        yield f"/lost-found/{row.number}/hand_over"
        yield f"/admin/queue/property_notice/{row.number}"
        yield f"/admin/queue/property_notice/{row.number}/hand_over"


def _now(row: Any) -> Any:
    return type(row).get_by_id(row.id)


def test_a_talk_is_read_by_the_two_of_it(app: Flask, sign_in: SignIn, secrets: Secrets) -> None:
    for who in ("helper", "M", "X", "keeper_of_lost", "leader"):
        wrong = leaks(sign_in(who), who, public(app, secrets, steps=False), secrets.all("talk", "rating"))
        assert not wrong, "\n".join(wrong)
    for who in ("A", "kept"):
        visitor = sign_in(who)
        pages = "".join(visitor.get(f"/messages/{row.id}").text for row in models.Conversation.select())
        assert all(word in pages for word in secrets.words["talk"])


def test_a_rating_is_unseen_until_the_other_has_rated(sign_in: SignIn, secrets: Secrets) -> None:
    seller, sold = sign_in("A"), next(row for row in map(_now, secrets.listings) if row.status == "sold")
    (word,) = secrets.words["rating"]
    pages = ("/market/mine", f"/market/{sold.number}", f"/market/{sold.number}/rate", "/inbox", "/me")
    assert not leaks(seller, "A", pages, [word])
    market.rate(sold, by=secrets.campus.A, score=5, text="很好")
    assert leaks(seller, "A", pages, [word])


def test_a_phone_is_read_while_it_is_reserved_by_these_two(sign_in: SignIn, secrets: Secrets) -> None:
    """Neither before, nor by a buyer whose reservation is over."""
    campus = secrets.campus
    for who, other in (("A", campus.kept), ("kept", campus.A)):
        seen = {
            row.status
            for row in map(_now, secrets.listings)
            if row.moderation == "published"
            and re.search(other.phone, re.sub(r"\s", "", sign_in(who).get(f"/market/{row.number}").text))
        }
        assert seen == {"reserved"}, who


def test_nobody_looks_for_a_card_by_its_number(client: Visitor, sign_in: SignIn, secrets: Secrets) -> None:
    for visitor in (client, sign_in("B"), sign_in("kept")):
        for number in (CARD, ROOM, secrets.words["card"][-1]):
            for kind in ("lost", "found"):
                page = visitor.get(f"/lost-found?kind={kind}&q={number}").text
                assert not re.findall(r"/lost-found/LF\d+", page)
    back = leaks(sign_in("kept"), "kept", [f"/lost-found/{row.number}" for row in secrets.notices], secrets.all("card"))
    assert not back, "\n".join(back)


# --- and then it is ------------------------------------------------------------------------------------


@pytest.mark.begins_after(made=None)
def test_what_is_published_is_found_by_the_same_walk(app: Flask, client: Visitor, campus: Campus) -> None:
    """The other half: that the walk above would find something if there were something."""
    kept = Secrets(campus)
    words = []
    for row in (kept.notice(), kept.listing()):
        decided(row, "publish", campus.M)
        words.append(re.search(f"{SIGN}..", row.title)[0])  # type: ignore[index]
    found = leaks(client, "visitor", public(app, kept, steps=False), words)
    for path in ("/", f"/lost-found?kind=found&q={SIGN}", f"/market?q={SIGN}", "/market?sort=dear"):
        assert any(line.endswith(f" at {path}") for line in found), path
    for row in (*kept.notices, *kept.listings):
        for size in photos.SIZES:
            assert client.get(f"/photos/{_now(row).photos[0]}/{size}").status_code == 200
    assert not sensitive.marks({"title": words[0]})
