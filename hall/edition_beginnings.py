"""What a service can begin from: whole ways from 提交 to 办结, which an operator then changes; and its icons."""

from dataclasses import dataclass
from typing import Any

from hall.words import N_

DAY = 8 * 60  # minutes of a working day, as people promise "three days"

_ENDS = [
    {"code": "done", "kind": "granted", "name": "已办结", "name_en": "Completed"},
    {"code": "refused", "kind": "refused", "name": "未通过", "name_en": "Not approved"},
    {"code": "withdrawn", "kind": "withdrawn", "name": "已撤回", "name_en": "Withdrawn"},
]
_RETURNED = {
    "code": "returned",
    "kind": "applicant",
    "name": "待补充",
    "name_en": "More needed from you",
    "explain": "请按办理组的说明补充材料，再重新提交。",
    "explain_en": "Please add what the team asks for and submit again.",
}


def _state(code: str, name: str, name_en: str, explain: str, explain_en: str, days: int = 1) -> dict[str, Any]:
    said = {"name": name, "name_en": name_en, "explain": explain, "explain_en": explain_en}
    return {"code": code, "kind": "route", **said, "due_minutes": days * DAY}


def _step(code: str, name: str, name_en: str, sources: str, target: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "name": name, "name_en": name_en, "sources": sources.split(), "target": target, **more}


def _refuse(sources: str) -> dict[str, Any]:
    said = {"message": "您的申请未通过，原因见说明。", "message_en": "Your request was not approved; see the note."}
    return _step("refuse", "不通过", "Reject", sources, "refused", weight="danger", needs_note=True, **said)


def _ask_for_more(sources: str) -> dict[str, Any]:
    said = {"message": "请补充材料后重新提交。", "message_en": "Please add what is missing and submit again."}
    return _step("ask", "退回补充", "Ask for more", sources, "returned", needs_note=True, **said)


def _by_applicant(first: str, sources: str) -> list[dict[str, Any]]:
    own = {"taker": "applicant", "tells_applicant": False, "tells_team": True}
    again = _step("resubmit", "重新提交", "Submit again", "returned", first, weight="primary", needs_note=True, **own)
    return [again, _step("withdraw", "撤回", "Withdraw", f"{sources} returned", "withdrawn", weight="danger", **own)]


@dataclass(frozen=True)
class Beginning:
    """A way that a service can begin with: what it is called, what it is for, its states and steps in order."""

    label: str
    text: str
    states: tuple[dict[str, Any], ...]
    steps: tuple[dict[str, Any], ...]


_DONE = {"message": "您的申请已办结。", "message_en": "Your request is completed."}
_PASSED = {"message": "您的申请已通过。", "message_en": "Your request is approved."}
_WAITS = ("已收到您的申请，正在等待审批。", "Your request has arrived and waits for approval.")

BEGINNINGS: dict[str, Beginning] = {
    "approval": Beginning(
        N_("提交 → 审批 → 办结"),
        N_("办理组看过之后通过或不通过，例如会议室预约、车辆通行证。可以退回补充，申请人可以撤回。"),
        (_state("submitted", "待审批", "Waiting for approval", *_WAITS), _RETURNED, *_ENDS),
        (
            _step("approve", "通过", "Approve", "submitted", "done", weight="primary", **_PASSED),
            _ask_for_more("submitted"),
            _refuse("submitted"),
            *_by_applicant("submitted", "submitted"),
        ),
    ),
    "handling": Beginning(
        N_("提交 → 受理 → 办理 → 办结"),
        N_("先受理，办好之后再告诉申请人，例如开具证明、办卡。"),
        (
            _state("submitted", "待受理", "Waiting", "已收到您的申请，正在等待受理。", "Your request has arrived."),
            _state("handling", "办理中", "In progress", "正在为您办理，请等通知。", "We are working on it.", 2),
            _RETURNED,
            *_ENDS,
        ),
        (
            _step("accept", "受理", "Accept", "submitted", "handling", weight="primary"),
            _step("finish", "办结", "Complete", "handling", "done", weight="primary", **_DONE),
            _ask_for_more("submitted handling"),
            _refuse("submitted handling"),
            *_by_applicant("submitted", "submitted"),
        ),
    ),
    "twice": Beginning(
        N_("提交 → 初审 → 复审 → 办结"),
        N_("由两个组先后审批，例如要部门先同意、学校再批准的事。"),
        (
            _state("submitted", "待初审", "Waiting for first review", *_WAITS),
            _state("second", "待复审", "Waiting for second review", "初审已通过，正在复审。", "First review passed."),
            _RETURNED,
            *_ENDS,
        ),
        (
            _step("pass_on", "初审通过", "Pass first review", "submitted", "second", weight="primary", tells_team=True),
            _step("approve", "复审通过", "Approve", "second", "done", weight="primary", **_PASSED),
            _ask_for_more("submitted second"),
            _refuse("submitted second"),
            *_by_applicant("submitted", "submitted"),
        ),
    ),
    "plain": Beginning(
        N_("提交 → 办结"),
        N_("只要有人处理一下，例如登记、报备、领取。"),
        (_state("submitted", "待办理", "Waiting", "已收到，正在等待办理。", "Received, waiting."), *_ENDS),
        (
            _step("finish", "办结", "Complete", "submitted", "done", weight="primary", **_DONE),
            _refuse("submitted"),
            _step(
                "withdraw", "撤回", "Withdraw", "submitted", "withdrawn",
                taker="applicant", weight="danger", tells_applicant=False, tells_team=True,
            ),
        ),
    ),
}  # fmt: skip

ICONS = [
    ("file-earmark-text", N_("文件")),
    ("file-earmark-check", N_("证明")),
    ("patch-check", N_("认证")),
    ("calendar-check", N_("日历")),
    ("people", N_("会议")),
    ("door-open", N_("房间")),
    ("building", N_("楼")),
    ("house-door", N_("住宿")),
    ("key", N_("钥匙")),
    ("car-front", N_("汽车")),
    ("bicycle", N_("自行车")),
    ("truck", N_("搬运")),
    ("person-badge", N_("证件")),
    ("credit-card", N_("卡")),
    ("cup-hot", N_("餐饮")),
    ("droplet", N_("水")),
    ("lightning-charge", N_("电")),
    ("wifi", N_("网络")),
    ("tree", N_("绿化")),
    ("trash3", N_("清运")),
    ("shield-check", N_("安全")),
    ("box-seam", N_("物品")),
    ("cash-coin", N_("费用")),
    ("megaphone", N_("活动")),
]
