"""Fields and readers that several questions of a repair share."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import wtforms
from wtforms import validators

from hall import accounts, answers, archive, clock, places, repair_flow, settings
from hall.freshness import Lasting
from hall.words import N_, Refused
from models import RepairItem

REQUIRED = validators.InputRequired(N_("请填写这一项"))
CHOSEN = validators.InputRequired(N_("请选择"))
DESCRIBE = N_("哪里、什么样子、从什么时候开始，例如“卫生间冷水龙头关不紧，一直滴水，已用盆接着”")
PHOTOS = N_("最多 %(most)s 张，手机可直接拍；照片里的位置信息会自动去掉")


def judged_by(check: Callable[[str], Any]) -> Callable[[wtforms.Form, wtforms.Field], None]:
    """A validator that asks the hall, so that whatever is wrong is told at once and not one thing after the other."""

    def ask(form: wtforms.Form, field: wtforms.Field) -> None:
        try:
            check(field.data or "")
        except Refused as refused:
            raise validators.ValidationError(refused) from refused

    return ask


def at_most(most: int) -> Callable[[wtforms.Form, wtforms.Field], None]:
    """A validator of length that says how long the text is now."""
    return judged_by(lambda typed: answers.text(typed, "", most=most))


def lines(typed: str | None) -> str | None:
    """Line ends as one character, the way a browser counts them against `maxlength`."""
    return typed.replace("\r\n", "\n") if typed else typed


@Lasting
def item_choices() -> dict[str, list[tuple[str, str, dict[str, str]]]]:
    """Repair items by family for a select box; each option carries its tip and urgency for the page to show."""
    families: dict[int, tuple[str, list[tuple[str, str, dict[str, str]]]]] = {}
    leaves = []
    for item in archive.without(RepairItem.select()).order_by(RepairItem.id):
        if item.parent_id is None:
            families[item.id] = (item.name, [])
        else:
            leaves.append(item)
    for item in leaves:
        told = {"data-tip": item.tip, "data-urgent": emergency(item) if item.is_urgent else ""}
        if item.parent_id in families:  # else the whole family was put away
            families[item.parent_id][1].append((str(item.id), item.name, {k: v for k, v in told.items() if v}))
    return {name: options for name, options in families.values() if options}


def emergency(item: RepairItem) -> str:
    """The sentence that an urgent item shows before anything else."""
    return item.emergency or N_("这是紧急项目：请先保证人身安全，同时拨打 24 小时抢修电话，再提交报修。")


@Lasting
def building_choices() -> dict[str, list[tuple[str, str]]]:
    """Buildings for a select box, grouped by campus and kind."""
    grouped: dict[str, list[tuple[str, str]]] = {}
    for building in places.buildings():
        grouped.setdefault(f"{building.campus.name} {building.kind}", []).append((building.code, building.name))
    return grouped


def phone_field(description: str = N_("维修师傅上门前会打这个电话")) -> wtforms.StringField:
    return wtforms.StringField(
        N_("联系电话"),
        [REQUIRED, judged_by(accounts.clean_phone)],
        description=description,
        render_kw={"inputmode": "tel", "autocomplete": "tel", "maxlength": 20},
    )


def description_field() -> wtforms.TextAreaField:
    return wtforms.TextAreaField(
        N_("故障描述"),
        [REQUIRED, judged_by(repair_flow.description)],
        filters=[lines],
        description=DESCRIBE,
        render_kw={"rows": 4, "maxlength": repair_flow.DESCRIPTION_MAXIMUM},
    )


class MultiplePhotosField(wtforms.MultipleFileField):
    """Photos, as many as the hall takes when the form is shown."""

    def __init__(self, label: str | None = None, validators: Any = None, **kwargs: Any) -> None:
        most = settings.value("photos.most")
        kwargs["render_kw"] = {"accept": "image/*", "data-photos": str(most), **kwargs.get("render_kw", {})}
        super().__init__(label, validators, **kwargs)
        self.description = (PHOTOS, {"most": most})


def photos_field(label: str = N_("照片")) -> wtforms.MultipleFileField:
    return MultiplePhotosField(label)


def item_field() -> wtforms.SelectField:
    return wtforms.SelectField(N_("报修项目"), [validators.InputRequired(N_("请选择报修项目"))], validate_choice=False)


def item_of(value: str) -> RepairItem:
    item = _items().get(int(value)) if is_key(value) else None
    if item is None:
        raise Refused(N_("请选择报修项目"), field="item")
    return item


@Lasting
def _items() -> dict[int, RepairItem]:
    """The items in use by id."""
    return {item.id: item for item in archive.without(RepairItem.select())}


def is_key(value: Any) -> bool:
    text = str(value or "")
    return text.isascii() and text.isdigit() and len(text) < 10


def files(uploads: Any) -> list[tuple[str, Any]]:
    return [(upload.filename, upload.stream) for upload in uploads or [] if getattr(upload, "filename", "")]


def reason_field(label: str = N_("原因"), description: str = "", most: int = 300) -> wtforms.TextAreaField:
    return wtforms.TextAreaField(
        label,
        [REQUIRED, at_most(most)],
        filters=[lines],
        description=description,
        render_kw={"rows": 3, "maxlength": most},
    )


def note_field(label: str = N_("说明")) -> wtforms.TextAreaField:
    return wtforms.TextAreaField(label, [at_most(300)], filters=[lines], render_kw={"rows": 2, "maxlength": 300})


def moment_field(label: str, required: bool = False, description: str = "") -> wtforms.DateTimeLocalField:
    return wtforms.DateTimeLocalField(
        label, [REQUIRED if required else validators.Optional()], description=description, format="%Y-%m-%dT%H:%M"
    )


def to_utc(moment: datetime | None) -> datetime | None:
    return clock.utc(moment) if moment else None
