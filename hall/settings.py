"""The figures of the hall that an operator may change: what each means, its bounds, its default, its value now.

Whoever needs one asks `value(code)` when it needs it and keeps nothing. Changes are verbs of `hall/setting_changes.py`.
"""

from dataclasses import dataclass
from typing import Any

from hall.freshness import Lasting
from hall.words import N_
from models import Setting, database, tuples

DAYS, WORKING_DAYS, HOURS, MINUTES = N_("天"), N_("个工作日"), N_("小时"), N_("分钟")
TIMES, PIECES, PHOTOS = N_("次"), N_("条"), N_("张")
AREAS = {
    "repair": N_("报修", "nav"),
    "supervision": N_("服务监督"),
    "lost_found": N_("失物招领"),
    "market": N_("二手市场"),
    "applications": N_("在线服务"),
    "talk": N_("消息与照片"),
    "account": N_("账号"),
}


@dataclass(frozen=True)
class Limit:
    """One figure: `label` is what it is called, `help` what it does, in `unit`; `touches` says whom a change meets."""

    label: str
    help: str
    unit: str
    default: int
    least: int
    most: int
    touches: str


_NEW = N_("只影响以后新做的；已经定下时间的不变。")
_AT_ONCE = N_("马上对所有人生效。")
_NEXT_RUN = N_("几分钟内按新的天数处理，已经到期的会马上处理。")

LIMITS: dict[str, Limit] = {
    "repair.inspect_days": Limit(
        N_("自动验收"), N_("完工后报修人这么久没有答复，系统自动验收"), DAYS, 7, 1, 60, _NEXT_RUN
    ),
    "repair.rating_days": Limit(
        N_("自动结单"), N_("完工后过了这么久，已决算的报修单自动结单"), DAYS, 15, 1, 180, _NEXT_RUN
    ),
    "repair.urge_hours": Limit(
        N_("两次催办的间隔"), N_("报修人催办后，这么久以内不能再催"), HOURS, 24, 1, 168, _AT_ONCE
    ),
    "repair.follow_up_days": Limit(
        N_("回访名单"), N_("回访员的待办里列出最近这么多天完工的报修单"), DAYS, 30, 1, 180, _AT_ONCE
    ),
    "repair.similar_days": Limit(
        N_("提醒重复报修"), N_("填写报修时，提示同一处最近这么多天里类似的报修单"), DAYS, 14, 1, 90, _AT_ONCE
    ),
    "repair.free_labour_minutes": Limit(
        N_("免决算工时"), N_("没有用料、工时不超过这么久的，系统自动决算"), MINUTES, 30, 0, 480, _NEW
    ),
    "supervision.answer_days": Limit(
        N_("答复时限"), N_("转办后，部门要在这么多个工作日内答复"), WORKING_DAYS, 5, 1, 30, _NEW
    ),
    "supervision.return_days": Limit(
        N_("退件时限"), N_("转办后，部门可以在这么多个工作日内退件"), WORKING_DAYS, 2, 1, 10, _NEW
    ),
    "supervision.reopened_days": Limit(
        N_("重办时限"), N_("作者要求重办后，部门要在这么多个工作日内答复"), WORKING_DAYS, 3, 1, 30, _NEW
    ),
    "supervision.level_days": Limit(
        N_("督办升级"), N_("逾期后每过这么多个工作日，督办升一级"), WORKING_DAYS, 2, 1, 10, _NEXT_RUN
    ),
    "supervision.rating_days": Limit(
        N_("自动办结"), N_("答复后作者这么久没有评价，系统办结"), DAYS, 7, 1, 60, _NEXT_RUN
    ),
    "supervision.posts_a_day": Limit(N_("每天发帖"), N_("每人每天最多发多少个帖子"), PIECES, 10, 1, 1000, _AT_ONCE),
    "supervision.comments_a_day": Limit(N_("每天跟帖"), N_("每人每天最多跟帖多少条"), PIECES, 50, 1, 1000, _AT_ONCE),
    "lost_found.idle_days": Limit(N_("认领搁置"), N_("认领这么久没有进展，系统取消认领"), DAYS, 14, 1, 90, _NEXT_RUN),
    "lost_found.denials": Limit(
        N_("认领未通过"), N_("同一个人对同一件物品几次没有通过，就不能再认领"), TIMES, 3, 1, 10, _AT_ONCE
    ),
    "lost_found.claims_a_day": Limit(N_("每天认领"), N_("每人每天最多认领多少次"), TIMES, 10, 1, 100, _AT_ONCE),
    "lost_found.oldest_days": Limit(
        N_("多久以前的事"), N_("启事写的时间最早可以是多久以前"), DAYS, 365, 7, 1500, _AT_ONCE
    ),
    "market.sale_days": Limit(N_("上架时长"), N_("物品上架或续期后挂多久"), DAYS, 30, 1, 180, _NEW),
    "market.reminder_days": Limit(N_("到期提醒"), N_("到期前多久提醒卖家续期"), DAYS, 3, 1, 30, _NEXT_RUN),
    "market.renewal_days": Limit(N_("可以续期"), N_("到期前多久可以续期"), DAYS, 7, 1, 60, _AT_ONCE),
    "market.reserved_hours": Limit(
        N_("预订保留"), N_("物品为买家保留多久，到时没有成交自动取消"), HOURS, 72, 1, 336, _NEW
    ),
    "market.rating_days": Limit(N_("互评期限"), N_("成交后多久以内可以评价对方"), DAYS, 14, 1, 90, _AT_ONCE),
    "market.prices_a_day": Limit(N_("每天改价"), N_("一件物品一天最多改几次价格"), TIMES, 5, 1, 50, _AT_ONCE),
    "market.searches": Limit(N_("订阅搜索"), N_("每人最多订阅多少个搜索"), PIECES, 20, 1, 100, _AT_ONCE),
    "applications.a_day": Limit(N_("每天申请"), N_("每人每天最多提交多少份服务申请"), PIECES, 20, 1, 200, _AT_ONCE),
    "talk.messages_a_day": Limit(N_("每天消息"), N_("每人每天最多发多少条消息"), PIECES, 200, 10, 5000, _AT_ONCE),
    "talk.hidden_days": Limit(
        N_("信用记录"), N_("内容被屏蔽、举报成立后，多少天内影响此人的信任等级"), DAYS, 90, 1, 1000, _AT_ONCE
    ),
    "photos.most": Limit(N_("一次上传照片"), N_("一份表单最多放几张照片"), PHOTOS, 6, 1, 6, _AT_ONCE),
    "photos.a_day": Limit(N_("每天上传照片"), N_("每人每天最多上传多少张照片"), PHOTOS, 60, 6, 1000, _AT_ONCE),
    "account.session_hours": Limit(N_("登录保持"), N_("登录后多久要重新登录"), HOURS, 12, 1, 72, _NEW),
    "account.remembered_days": Limit(N_("记住登录"), N_("勾选“不用再登录”后，多久要重新登录"), DAYS, 30, 1, 90, _NEW),
    "account.initial_days": Limit(N_("初始密码有效期"), N_("导入名册后，初始密码多久失效"), DAYS, 180, 7, 720, _NEW),
}
IN_AREA = {"photos": "talk"}


def value(code: str) -> int:
    """What a figure is now: as the operator has set it, else its default."""
    limit, said = LIMITS[code], _changed().get(code)
    # A bound may have become narrower since somebody chose the value.
    return limit.default if said is None else max(limit.least, min(said, limit.most))


def is_default(code: str) -> bool:
    """Whether nobody has changed it."""
    return value(code) == LIMITS[code].default


def area_of(code: str) -> str:
    """The key of AREAS that a figure belongs to."""
    first = code.partition(".")[0]
    return IN_AREA.get(first, first)


def _changed() -> dict[str, Any]:
    """What was changed, {code: value}, of the database that is open."""
    # While nobody has opened a hall, the defaults hold.
    return _read() if database.obj is not None else {}


_read = Lasting(lambda: dict(tuples(Setting.select(Setting.code, Setting.value))))
