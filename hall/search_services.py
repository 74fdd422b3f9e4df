"""What the hall does, found by what people call it: the services of the site and what the operator adds to them."""

from dataclasses import dataclass
from typing import NamedTuple

from hall import applications, archive, freshness
from hall.folding import Folded, fold
from hall.search_words import Phrase, initials_of
from hall.words import N_
from models import ServiceLink


@dataclass(frozen=True)
class Service:
    """A page where something is done; `called` is what people look for when they mean it."""

    link: str
    icon: str
    name: str
    text: str
    called: str


# fmt: off
SERVICES = [
    Service("/repairs/new", "tools", N_("我要报修"), N_("自动派到负责你这栋楼的维修组"),
            "网络报修 维修 修理 坏了 漏水 停电 灯 水管 空调 门锁 报障 repair fix broken maintenance report"),
    Service("/repairs", "clipboard-check", N_("我的报修"), N_("进度、验收、评价都在这里"),
            "报修进度 维修单 工单 验收 催办 撤销 评价 my repairs progress order status"),
    Service("/supervision", "chat-square-text", N_("服务监督"), N_("建议、表扬、咨询、投诉，公开答复"),
            "投诉 意见 反馈 举报 食堂 complaint feedback suggestion praise question supervision"),
    Service("/lost-found", "box2-heart", N_("失物招领"), N_("丢了东西来找，捡到东西来登记"),
            "寻物 招领 丢失 遗失 捡到 校园卡 钥匙 lost found property card keys"),
    Service("/market", "bag", N_("二手市场"), N_("校内面交，联系方式不外露"),
            "闲置 转让 买卖 出售 跳蚤市场 毕业季 second-hand market buy sell used"),
    Service("/me", "person", N_("我的"), N_("资料、通知方式、设备、下载和注销"),
            "账号 个人中心 邮箱 手机号 修改密码 注销 account profile settings password"),
    Service("/password", "key", N_("修改密码"), N_("换一个只有您知道的密码"),
            "忘记密码 初始密码 登录 password sign in log in login"),
]
# fmt: on


class _Known(NamedTuple):
    """A service with its name and text in one language, and what it is found by."""

    shown: tuple[Service, str, str]
    said: Folded
    initials: list[str]


def matching(phrases: tuple[Phrase, ...], english: bool, limit: int = 3) -> list[tuple[Service, str, str]]:
    """The services that are called by every one of `phrases`, with name and text; `english` for what operators add.

    The names of the hall's own are sentences to translate.
    """
    return [each.shown for each in _known(english) if all(_is_called(each, phrase) for phrase in phrases)][:limit]


@freshness.Lasting
def _known(english: bool) -> list[_Known]:
    shown = archive.without(ServiceLink.select()).where(ServiceLink.is_shown == True)  # noqa: E712
    known = [(each, each.name, each.text) for each in SERVICES]
    for edition in applications.open_editions(None):
        called = f"{edition.name} {edition.name_en} {edition.text} {edition.text_en}"
        name = edition.name_en if english and edition.name_en else edition.name
        text = edition.text_en if english and edition.text_en else edition.text
        known.append((Service(f"/services/{edition.service.code}", edition.icon, name, text, called), name, text))
    for link in shown.order_by(ServiceLink.position):
        called = f"{link.name} {link.name_en} {link.text} {link.text_en}"
        name = link.name_en if english and link.name_en else link.name
        text = link.text_en if english and link.text_en else link.text
        known.append((Service(link.link, link.icon, name, text, called), name, text))
    return [_found_by(*each) for each in known]


def _found_by(service: Service, name: str, text: str) -> _Known:
    said = fold(f"{service.name} {service.text} {service.called}")
    return _Known((service, name, text), said, initials_of(f"{service.name} {service.called}"))


def _is_called(known: _Known, phrase: Phrase) -> bool:
    if phrase.pattern.search(known.said.plain):
        return True
    return bool(phrase.initials) and any(token[1:].startswith(phrase.initials) for token in known.initials)
