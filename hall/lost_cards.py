"""Cards that were lost and found: their number is asked and never kept, and a keyed hash of it finds the owner."""

import contextlib
import hashlib
import hmac
import re
import unicodedata
from typing import Any

from hall import lost_matching, site
from hall.lost_flow import flow
from hall.words import N_, Refused
from models import ItemKind, Person, PropertyNotice

NUMBER_LEAST, NUMBER_MOST = 4, 30
SAME_NUMBER = N_("证件号码一致")
_SEPARATORS = re.compile(r"[\s\-‐-―_·.]+")
_LIKE_A_NUMBER = re.compile(r"[A-Z0-9](?:[\s\-‐-―_·.]{0,3}[A-Z0-9]){3,29}")


def normalised(number: str) -> str:
    """The number of a card as it is compared: NFKC, without blanks and dashes, upper case."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", number or "")).upper()


def clean_number(number: str) -> str:
    """The number as it is compared, "" where none was given. Raises Refused for what is no number of a card."""
    clean = normalised(number)
    if clean and (not clean.isascii() or not clean.isalnum() or not NUMBER_LEAST <= len(clean) <= NUMBER_MOST):
        raise Refused(N_("请填写卡上的号码，只有数字和字母"), field="card_number")
    return clean


def card_hash(kind: ItemKind, number: str) -> str:
    """What is kept of a number: nobody gets back from it without the secret of the installation. "" for none."""
    if not number:
        return ""
    said = f"card:{kind.code}:{number}".encode()
    return hmac.new(site.secret, said, hashlib.sha256).hexdigest()


def says_number(text: str, kind: ItemKind, known: str) -> bool:
    """Whether `text` says the number whose hash is `known`; the number itself is not needed to find that out."""
    if not known:
        return False
    said = unicodedata.normalize("NFKC", text).upper()
    found = [normalised(match[0]) for match in _LIKE_A_NUMBER.finditer(said)]
    found += re.findall(r"[A-Z0-9]{4,30}", said)
    return any(hmac.compare_digest(card_hash(kind, number), known) for number in found)


def own_number(kind: ItemKind, number: str, by: Person) -> str:
    """The number of a lost card: that of an account card is known, and nobody looks for a stranger's."""
    if not kind.is_account_card:
        return number
    if number and number != normalised(by.number):
        raise Refused(N_("这种卡的号码就是学号或工号，只能登记您自己的"), field="card_number")
    return normalised(by.number)


def owner_of(kind: ItemKind, number: str, by: Person) -> Person | None:
    """Whose found card this is: the account's that has the number, else of who lost a card with it first.

    Raises Refused where `by` has found their own.
    """
    if not number:
        return None
    account = Person.get_or_none(Person.number == number) if kind.is_account_card else None
    if account is not None and account.id == by.id:
        raise Refused(N_("这是您自己的卡"), field="card_number")
    if account is not None:
        return None if account.is_closed else account
    lost = _open_notices("lost", card_hash(kind, number)).where(PropertyNotice.author != by.id)
    first = lost.order_by(PropertyNotice.id).first()
    return first.author if first is not None and not first.author.is_closed else None


def _open_notices(kind: str, known: str) -> Any:
    """The notices of this side about the card with this hash that are not over, whatever a moderator makes of them."""
    dropped = ["rejected", "hidden", "withdrawn"]
    same = (PropertyNotice.card_hash == known) & (PropertyNotice.kind == kind)
    over = PropertyNotice.status.in_(["returned", "disposed"])
    return PropertyNotice.select().where(same, ~over, PropertyNotice.moderation.not_in(dropped))


def join(notice: PropertyNotice, by: Person) -> None:
    """Keep that `notice`, new in the caller's transaction, and those of the other side are about one card.

    Where it is a lost one, the owner is written to the found ones, and the finder and the owner hear of it.
    """
    if not notice.card_hash:
        return
    other = "found" if notice.kind == "lost" else "lost"
    for each in list(_open_notices(other, notice.card_hash).where(PropertyNotice.author != by.id)):
        lost_matching.keep(notice, each, 1.0, [(SAME_NUMBER, {})])
        if notice.kind == "lost":
            _tell_owner(each, notice)


def _tell_owner(found: PropertyNotice, lost: PropertyNotice) -> None:
    with contextlib.suppress(Refused):  # it may just have been given back
        flow.perform(found, "match_card", by=None, lost=lost)
