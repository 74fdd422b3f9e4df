"""What people look for on the market and want to hear of: the answers of a search, asked of each new listing."""

from typing import Any

from hall import settings, trust
from hall.answers import choice, text
from hall.board_search import LONGEST_SEARCH, MOST_WORDS
from hall.folding import Folded, fold
from hall.market_flow import MOST_FEN
from hall.market_reading import Sought
from hall.words import N_, Refused
from models import CONDITIONS, Listing, ListingCategory, Person, SafePlace, SavedSearch, database

NAME_MOST = 40


def save_search(*, by: Person, name: str, wanted: dict[str, Any], once: str | None = None) -> SavedSearch:
    """Keep a search of `by` under `name`, in place of one of the same name; they hear of what is published and fits.

    `wanted` is what `market_reading.Sought.as_dict` gives. Raises Refused where it asks for nothing, or for what is
    not there, or where there are as many as one may have. Saved twice (`once`), it is one.
    """
    if by.is_closed:
        raise Refused(N_("您没有权限进行“%(step)s”"), step=N_("订阅搜索"))
    name = text(name, "name", least=1, most=NAME_MOST)
    sought = Sought.from_dict(wanted)
    kept = {key: value for key, value in sought.as_dict().items() if key != "sort"}
    category = _checked(sought, kept)
    with database.atomic():
        trust.one_at_a_time(by)
        saved = SavedSearch.get_or_none(SavedSearch.person == by.id, SavedSearch.name == name)
        if saved is None:
            mine = SavedSearch.select(SavedSearch.id).where(SavedSearch.person == by.id)
            most = settings.value("market.searches")
            if mine.limit(most).count() >= most:
                raise Refused(N_("最多订阅 %(most)s 个搜索，请先删去一些"), most=most)
            saved, _is_new = SavedSearch.get_or_create(person=by, name=name)
        saved.wanted, saved.category = kept, category
        saved.save()
    return saved


def _checked(sought: Sought, kept: dict[str, Any]) -> ListingCategory | None:
    """The category that is sought, if one is. Raises Refused where an answer cannot be meant."""
    if not kept:
        raise Refused(N_("请至少选一个条件，或写一个词"), field="q")
    if len(sought.words) > MOST_WORDS or len(" ".join(sought.words)) > LONGEST_SEARCH:
        raise Refused(N_("搜索的词太多了"), field="q")
    if sought.condition:
        choice(sought.condition, CONDITIONS, "condition")
    for name in ("least_fen", "most_fen"):
        fen = getattr(sought, name)
        if fen is not None and not 0 <= fen <= MOST_FEN:
            raise Refused(N_("请填写 0 到 %(most)s 元之间的价格，最多两位小数"), field=name, most=MOST_FEN // 100)
    if not sought.category:
        return None
    category = ListingCategory.get_or_none(ListingCategory.code == sought.category)
    if category is None:
        raise Refused(N_("请从列出的选项中选择"), field="category")
    found: ListingCategory = category
    return found


def forget_search(search_id: int, *, by: Person) -> None:
    """Hear no more of it; nothing happens where it is not theirs."""
    SavedSearch.delete().where(SavedSearch.id == search_id, SavedSearch.person == by.id).execute()


def searches_of(person: Person) -> list[SavedSearch]:
    """What `person` has saved, by name, each with its category."""
    query = SavedSearch.select(SavedSearch, ListingCategory).left_outer_join(ListingCategory)
    return list(query.where(SavedSearch.person == person.id).order_by(SavedSearch.name, SavedSearch.id))


def searches_matching(listing: Listing) -> list[SavedSearch]:
    """The saved searches that `listing` fits, one a person, each with its person; never the seller's own.

    The category is compared in the database, the rest here. One query.
    """
    query = SavedSearch.select(SavedSearch, Person).join(Person)
    query = query.where(
        SavedSearch.category.is_null() | (SavedSearch.category == listing.category_id),
        SavedSearch.person != listing.author_id,
        Person.is_closed == False,  # noqa: E712
    )
    said = fold(f"{listing.title}\n{listing.text}")
    found: dict[int, SavedSearch] = {}
    for saved in query.order_by(SavedSearch.id).iterator():
        if saved.person_id not in found and fits(Sought.from_dict(saved.wanted), listing, said):
            found[saved.person_id] = saved
    return list(found.values())


def fits(sought: Sought, listing: Listing, said: Folded) -> bool:
    """Whether `listing`, of which `said` is title and text, is what is sought.

    The category is not looked at: the database has done it.
    """
    place: SafePlace = listing.place
    return (
        sought.condition in ("", listing.condition)
        and sought.place in ("", str(listing.place_id))
        and sought.campus in ("", str(place.campus_id))
        and (sought.least_fen is None or listing.price_fen >= sought.least_fen)
        and (sought.most_fen is None or listing.price_fen <= sought.most_fen)
        and (listing.is_negotiable or not sought.negotiable)
        and (listing.is_graduation or not sought.graduation)
        and all(_says(said, word) for word in sought.words)
    )


def _says(said: Folded, word: str) -> bool:
    """Whether a text holds a word, however it is written; where signs are part of it, as in C++, with these."""
    sought = fold(word)
    letters = len(sought.skeleton) == len(sought.plain.replace(" ", ""))
    return sought.skeleton in said.skeleton if letters else sought.plain in said.plain
