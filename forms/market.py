"""What people bring to the second-hand market: something for sale, what they look for, a word after the deal."""

import unicodedata
from collections.abc import Mapping
from typing import Any

import wtforms
from wtforms import validators

from forms import Form, Part
from forms.fields import CHOSEN, REQUIRED, at_most, files, judged_by, lines, photos_field
from forms.questions import Asks
from hall import archive, market_flow, photos, questions, settlement
from hall.market_flow import TEXT_MOST, TITLE_MOST, WORDS_MOST
from hall.words import N_
from models import CONDITIONS, ListingCategory, Person, Question, SafePlace

SCORES = [(score, "★" * score) for score in range(1, 6)]


def price(typed: str, field: str = "price_fen") -> int:
    """A price in yuan as people type it (`120`, `¥1,200`, `１２.５元`), as whole 分. Raises Refused."""
    plain = unicodedata.normalize("NFKC", typed).strip().lstrip("¥").rstrip("元").replace(",", "")
    return market_flow.price(settlement.fen(plain, field), field)


def in_yuan(fen: int) -> str:
    """The same the other way, for a field: 12000 → 120, 1250 → 12.50."""
    return f"{fen // 100}" if fen % 100 == 0 else f"{fen / 100:.2f}"


def price_field(label: str = N_("价格（元）"), description: str = "") -> wtforms.StringField:
    return wtforms.StringField(
        label,
        [REQUIRED, judged_by(price)],
        description=description,
        render_kw={"inputmode": "decimal", "autocomplete": "off", "maxlength": 12},
    )


def _has_photo(form: Any, field: wtforms.Field) -> None:
    if not files(field.data):
        raise validators.ValidationError(N_("请至少放一张照片"))


class OfferForm(Asks):
    """我要转让: the photos first, then as little as possible. `person` sits at the form, None before the sign-in."""

    chooses = True

    photos = photos_field()
    title = wtforms.StringField(
        N_("标题"),
        [REQUIRED, at_most(TITLE_MOST)],
        description=N_("牌子、型号、是什么，例如“捷安特 ATX 山地车 26 寸”"),
        render_kw={"maxlength": TITLE_MOST, "autocomplete": "off"},
    )
    price_fen = price_field(description=N_("填 0 表示免费送"))
    is_negotiable = wtforms.BooleanField(N_("可以议价"))
    category = wtforms.RadioField(N_("类别"), [CHOSEN], validate_choice=False)
    condition = wtforms.RadioField(N_("成色"), [CHOSEN], choices=CONDITIONS)
    text = wtforms.TextAreaField(
        N_("物品描述"),
        [REQUIRED, at_most(TEXT_MOST)],
        filters=[lines],
        description=N_("用了多久、有什么毛病、为什么转让。不要写电话和微信，买家会在大厅里发消息给您"),
        render_kw={"rows": 5, "maxlength": TEXT_MOST},
    )
    place = wtforms.RadioField(N_("在哪里见面"), [CHOSEN], validate_choice=False)
    is_graduation = wtforms.BooleanField(N_("毕业转让，放进毕业季专场"))

    def __init__(self, formdata: Any = None, *, person: Person | None = None, **kwargs: Any) -> None:
        self.person = person
        super().__init__(formdata, **kwargs)
        self.photos.validators, self.photos.flags.required = [_has_photo], True
        self.categories = list(
            archive.without(ListingCategory.select()).order_by(ListingCategory.position, ListingCategory.id)
        )
        self.places = list(archive.without(SafePlace.select()).order_by(SafePlace.position, SafePlace.id))
        self.category.choices = [(each.code, each.name) for each in self.categories]
        self.place.choices = [(str(each.id), each.name) for each in self.places]

    def to_ask(self, typed: Mapping[str, str]) -> list[Question]:
        return questions.offered("listing", typed.get("category", "")[:40])

    def answers(self) -> dict[str, Any]:
        return {
            **super().answers(),
            "category": next((each for each in self.categories if each.code == self.category.data), None),
            "place": next((each for each in self.places if str(each.id) == self.place.data), None),
            "price_fen": price(self.price_fen.data or ""),
            "photos": photos.prepare(files(self.photos.data), by=self.person),
        }


class RateForm(Form):
    """评价 of the other one after a deal."""

    score = wtforms.RadioField(N_("这次交易怎么样"), [CHOSEN], choices=SCORES, coerce=int)
    text = wtforms.TextAreaField(
        N_("想对对方说的话（可不填）"),
        [at_most(WORDS_MOST)],
        filters=[lines],
        description=N_("只有你们两个人看得到；星级会算进对方的平均分"),
        render_kw={"rows": 3, "maxlength": WORDS_MOST},
    )

    def answers(self) -> dict[str, Any]:
        return {**super().answers(), "text": self.text.data or ""}


class SearchForm(Part):
    """What somebody looks for, as the address of a list says it; only a price can be wrong, the rest means nothing."""

    q = wtforms.StringField()
    category = wtforms.StringField()
    condition = wtforms.StringField()
    place = wtforms.StringField()
    campus = wtforms.StringField()
    least = wtforms.StringField(N_("最低价"), [validators.Optional(), judged_by(lambda typed: price(typed, "least"))])
    most = wtforms.StringField(N_("最高价"), [validators.Optional(), judged_by(lambda typed: price(typed, "most"))])
    negotiable = wtforms.BooleanField()
    sort = wtforms.StringField()

    def said(self, name: str, among: Any) -> str:
        """The answer to `name` if it is one of `among`, else ""."""
        typed = self._fields[name].data or ""
        return typed if typed in among else ""

    def fen(self, name: str) -> int | None:
        """A price as whole 分; None where it is not given or wrong."""
        field = self._fields[name]
        return price(field.data) if (field.data or "").strip() and not field.errors else None
