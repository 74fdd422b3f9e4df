"""What somebody says who lost or found something, and what the desk notes of what is handed in over the counter."""

from collections.abc import Mapping
from typing import Any

import wtforms
from wtforms import validators

from forms.fields import (
    CHOSEN,
    REQUIRED,
    at_most,
    building_choices,
    files,
    judged_by,
    lines,
    moment_field,
    photos_field,
    to_utc,
)
from forms.property_notices import fill_points, point_of
from forms.questions import Asks
from hall import archive, clock, lost_reading, photos, places, questions
from hall.lost_cards import clean_number
from hall.lost_custody import SHELF_MOST
from hall.lost_flow import DETAIL_MOST, PLACE_MOST, QUESTION_MOST, TEXT_MOST, TITLE_LEAST, TITLE_MOST
from hall.lost_post import clean_tags
from hall.words import N_, Refused
from models import NOTICE_KINDS, Building, ItemKind, Person, PropertyNotice, Question

CARD_MOST = 40  # characters typed, blanks and dashes among them


class NoticeForm(Asks):
    """Lost or found in one form. `person` sits at it, None before the sign-in; `kinds` are the kinds of things.

    A card is known by its number: for one, photos, question and hidden detail are not taken, for everything else the
    number is not.
    """

    chooses = True

    kind = wtforms.RadioField(N_("您要登记的是"), [CHOSEN], choices=NOTICE_KINDS)
    item_kind = wtforms.RadioField(N_("是什么东西"), [CHOSEN], validate_choice=False)
    card_number = wtforms.StringField(
        N_("卡号或证件号"),
        [judged_by(clean_number)],
        description=N_("只用来和失主的号码核对：不保存号码本身，也不会显示给任何人"),
        render_kw={
            "autocomplete": "off",
            "maxlength": CARD_MOST,
            "autocapitalize": "characters",
            "spellcheck": "false",
        },
    )
    photos = photos_field()
    title = wtforms.StringField(
        N_("标题"),
        [at_most(TITLE_MOST)],
        description=N_("一眼能认出来的说法，例如“黑色索尼降噪耳机”"),
        render_kw={"maxlength": TITLE_MOST, "autocomplete": "off"},
    )
    building = wtforms.SelectField(N_("在哪里"), validate_choice=False)
    place = wtforms.StringField(
        N_("具体位置"),
        [at_most(PLACE_MOST)],
        description=N_("例如：二楼靠窗的座位、3 路校车上；不在楼里的，写在这里"),
        render_kw={"maxlength": PLACE_MOST},
    )
    happened = moment_field(N_("什么时候"), required=True, description=N_("记不清就写大概的时间"))
    tags = wtforms.StringField(
        N_("特征（可不填）"),
        [judged_by(clean_tags)],
        description=N_("颜色、品牌、大小，用空格分开，例如“黑色 索尼 有划痕”"),
        render_kw={"maxlength": 60, "autocomplete": "off"},
    )
    text = wtforms.TextAreaField(
        N_("描述（可不填）"),
        [at_most(TEXT_MOST)],
        filters=[lines],
        description=N_("还有什么能帮忙认出它。不用写电话，大厅里可以互相发消息"),
        render_kw={"rows": 4, "maxlength": TEXT_MOST},
    )
    question = wtforms.StringField(
        N_("认领时要回答的问题（可不填）"),
        [at_most(QUESTION_MOST)],
        description=N_("不填就问：请说出一个照片和描述里看不到的特征"),
        render_kw={"maxlength": QUESTION_MOST, "autocomplete": "off"},
    )
    hidden_detail = wtforms.TextAreaField(
        N_("不公开的特征"),
        [at_most(DETAIL_MOST)],
        filters=[lines],
        description=N_(
            "只有您和值守点看得到，用来核对认领人的回答，例如“壳里夹着一张蓝色饭票”。公开的描述和照片里不要出现它"
        ),
        render_kw={"rows": 2, "maxlength": DETAIL_MOST},
    )
    answered = wtforms.HiddenField(validators=[validators.Length(max=20)])

    def __init__(self, formdata: Any = None, *, person: Person | None = None, **kwargs: Any) -> None:
        self.person = person
        self.kinds = list(archive.without(ItemKind.select()).order_by(ItemKind.position, ItemKind.id))
        super().__init__(formdata, **kwargs)
        self.item_kind.choices = [(each.code, each.name) for each in self.kinds]
        self.building.choices = {"": [("", N_("不在楼里，或者说不准"))], **building_choices()}
        now = clock.local(clock.now())
        self.happened.render_kw = {"max": f"{now:%Y-%m-%dT%H:%M}"}
        if self.once.raw_data is None and self.happened.data is None:
            self.happened.data = now

    def to_ask(self, typed: Mapping[str, str]) -> list[Question]:
        return questions.offered("property_notice", typed.get("item_kind", "")[:40])

    @property
    def chosen(self) -> ItemKind | None:
        """The kind of thing that is chosen."""
        return next((each for each in self.kinds if each.code == self.item_kind.data), None)

    @property
    def is_card(self) -> bool:
        return self.chosen is not None and self.chosen.is_card

    @property
    def side(self) -> str:
        """lost or found."""
        return str(self.kind.data or "")

    def validate_item_kind(self, field: wtforms.Field) -> None:
        if self.chosen is None:
            raise validators.ValidationError(N_("请从列出的选项中选择"))

    def validate_card_number(self, field: wtforms.Field) -> None:
        own = self.chosen is not None and self.chosen.is_account_card and self.side == "lost"
        if self.is_card and not own and not (field.data or "").strip():
            raise validators.ValidationError(N_("请填写卡上的号码，核对以后不保存"))

    def validate_title(self, field: wtforms.Field) -> None:
        if not self.is_card and len((field.data or "").strip()) < TITLE_LEAST:
            raise validators.ValidationError(N_("请写一句能认出它的话，至少 2 个字"))

    def validate_place(self, field: wtforms.Field) -> None:
        if not self.building.data and not (field.data or "").strip():
            raise validators.ValidationError(N_("请选择楼宇，或者写出大概的地方"))

    def validate_happened(self, field: wtforms.Field) -> None:
        moment = to_utc(field.data)
        if moment is not None and moment > clock.now():
            raise validators.ValidationError(N_("时间不能晚于现在"))

    def validate_hidden_detail(self, field: wtforms.Field) -> None:
        if self.side == "found" and self.chosen is not None and not self.is_card and not (field.data or "").strip():
            raise validators.ValidationError(N_("请写一个只有失主知道的特征，冒领的人答不上来"))

    def answers(self) -> dict[str, Any]:
        kind, is_card, is_found = self._kind(), self.is_card, self.side == "found"
        said = {name: answer or "" for name, answer in super().answers().items()}
        return {
            **said,
            "item_kind": kind,
            "title": (self.title.data or "").strip() or kind.name,
            "building": self._building(),
            "happened": to_utc(self.happened.data),
            "card_number": said["card_number"] if is_card else "",
            "question": "" if is_card or not is_found else self.question.data or "",
            "hidden_detail": "" if is_card or not is_found else self.hidden_detail.data or "",
            "answered": self._answered() if is_found else None,
            "photos": [] if is_card else photos.prepare(files(self.photos.data), by=self.person),
        }

    def _kind(self) -> ItemKind:
        if self.chosen is None:
            raise Refused(N_("请从列出的选项中选择"), field="item_kind")
        return self.chosen

    def _building(self) -> Building | None:
        if not self.building.data:
            return None
        building = places.building(self.building.data)
        if building is None:
            raise Refused(N_("请选择楼宇"), field="building")
        return building

    def _answered(self) -> PropertyNotice | None:
        return sought(self.person, self.answered.data or "")


def sought(person: Person | None, number: str) -> PropertyNotice | None:
    """The notice of somebody who still looks for the thing with this number, if `person` may read it."""
    found = lost_reading.find(person, number) if number else None
    return found if found is not None and found.kind == "lost" and found.is_live else None


class RegisterForm(NoticeForm):
    """Handed in at the desk: found by somebody who does not sit at the form, and kept from now on."""

    kind = None
    point = wtforms.SelectField(N_("值守点"), [CHOSEN], validate_choice=False)
    shelf = wtforms.StringField(
        N_("货架"), [REQUIRED, at_most(SHELF_MOST)], description=N_("例如 A-3"), render_kw={"maxlength": SHELF_MOST}
    )
    is_valuable = wtforms.BooleanField(N_("贵重物品"), description=N_("保管的时间更长"))

    def __init__(self, formdata: Any = None, *, person: Person | None = None, **kwargs: Any) -> None:
        super().__init__(formdata, person=person, **kwargs)
        fill_points(self.point)

    @property
    def side(self) -> str:
        return "found"

    def answers(self) -> dict[str, Any]:
        return {**super().answers(), "point": point_of(self.point.data), "is_valuable": bool(self.is_valuable.data)}
