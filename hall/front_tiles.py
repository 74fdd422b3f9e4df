"""The hall's own ways in on the front page and under 服务: their words, and in which order the operator shows them.

A face knows where each leads and how it looks; its code is the endpoint there.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from hall import access, events
from hall.freshness import Lasting
from hall.numbers import count_up
from hall.words import N_, Refused, Worded
from models import FrontTile, Person, database

NEED = "configure.edit"
Places = Mapping[str, tuple[int, bool]]
GROUPS = {"main": N_("大图标"), "short": N_("快捷入口"), "reading": N_("看一看")}


@dataclass(frozen=True)
class Tile:
    """One way in: the group it stands in, its title and what it does."""

    group: str
    title: Worded
    text: Worded


def _tile(code: str, group: str, title: str, text: str = "") -> tuple[str, Tile]:
    return code, Tile(group, Worded(title, f"tile:{code}"), Worded(text, f"tile:{code}:text"))


TILES: dict[str, Tile] = dict(
    [
        _tile("repairs.new", "main", N_("我要报修"), N_("自动派到负责你这栋楼的维修组")),
        _tile("supervision.new", "main", N_("服务监督"), N_("建议、表扬、咨询、投诉，公开答复")),
        _tile("lost_found.index", "main", N_("失物招领"), N_("丢了东西来找，捡到东西来登记")),
        _tile("market.index", "main", N_("二手市场"), N_("校内面交，联系方式不外露")),
        _tile("repairs.quick", "short", N_("快速报修")),
        _tile("repairs.index", "short", N_("我的报修")),
        _tile("articles.notices", "reading", N_("通知公告"), N_("停水、供暖、假期安排")),
        _tile("articles.guides", "reading", N_("办事指南"), N_("一步一步，配真实页面的图")),
        _tile("transparency.index", "reading", N_("公开数据"), N_("每月多快、是否守时、满意度")),
        _tile("supervision.log", "reading", N_("审核公示"), N_("审核员的每一个决定")),
    ]
)


def arranged() -> dict[str, tuple[int, bool]]:
    """Place and whether it is shown of every tile, by code, in order."""
    return _kept()


def shown(group: str) -> list[str]:
    """The codes of what a group shows, in order."""
    return [code for code, (_place, is_shown) in arranged().items() if is_shown and TILES[code].group == group]


def now() -> dict[str, tuple[int, bool]]:
    """The same as it stands in the table; one query."""
    rows = {row.code: row for row in FrontTile.select()}
    known = {
        code: (rows[code].position, rows[code].is_shown) if code in rows else (place, True)
        for place, code in enumerate(TILES, start=1)
    }
    return dict(sorted(known.items(), key=lambda pair: (list(GROUPS).index(TILES[pair[0]].group), pair[1][0])))


_kept = Lasting(now)


def fingerprint(places: Places) -> str:
    """What `places` say, as a short text that changes with it."""
    return f"{zlib.crc32(repr(sorted(places.items())).encode()):08x}"


def arrange(wanted: Places, *, by: Person, seen: str | None = None) -> int:
    """Give tiles their (place, whether shown), each change with its event; how many changed.

    The same again changes nothing. Raises Refused where `by` may not, or nothing would be left of the main group;
    stale where somebody else has arranged them since `seen`, a fingerprint, was shown.
    """
    role = access.role_for(by, NEED)
    if not role:
        raise Refused(N_("您没有权限修改首页入口"))
    changed = 0
    with database.atomic():
        # A tile that nobody has moved has no row to hold.
        count_up("front_tiles")
        before = now()
        if seen is not None and seen != fingerprint(before):
            raise Refused(N_("另一位同事刚刚改过，请核对后再保存"), stale=True)
        check({**before, **wanted})
        for code, (place, is_shown) in wanted.items():
            if before[code] == (place, is_shown):
                continue
            FrontTile.insert(code=code, position=before[code][0]).on_conflict_ignore().execute()
            row = FrontTile.get(FrontTile.code == code)
            row.position, row.is_shown = place, is_shown
            row.save()
            names = ("position", "is_shown")
            told = events.diff(dict(zip(names, before[code], strict=True)), {"position": place, "is_shown": is_shown})
            events.record(row, "edit", N_("修改首页入口"), by=by, role=role, details={"changes": told})
            changed += 1
    return changed


def check(wanted: Places) -> None:
    """Raise Refused where a code is unknown or no big tile would be left; what `wanted` does not name is shown."""
    if wanted.keys() - TILES.keys():
        raise Refused(N_("没有这个入口"))
    state = {**dict.fromkeys(TILES, (0, True)), **wanted}
    if not any(is_shown for code, (_place, is_shown) in state.items() if TILES[code].group == "main"):
        raise Refused(N_("大图标至少要留一个"))
