"""An operator makes a service without code, a student uses it, the desk decides it: in Chromium, from nothing on.

Then it is changed while somebody waits, who still gets what they began with.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest

from hall import notify
from models import Application, Edition, Service
from tests.conftest import CAST, Campus
from tests.test_boards_journey import phones, send  # noqa: F401
from tests.test_journey import check_width, sees

pytestmark = pytest.mark.browser
Phones = Callable[[str], Any]


def press(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.tap()
    page.wait_for_load_state()


def follow(page: Any, name: str) -> None:
    page.locator("main").get_by_role("link", name=re.compile(name)).first.tap()
    page.wait_for_load_state()


def test_a_service_is_made_used_and_decided(phones: Phones, campus: Campus) -> None:  # noqa: F811
    operator, student, clerk = phones("X"), phones("A"), phones("W1")
    student.goto("/")
    assert "车辆通行证" not in student.content()

    # The operator begins with a way that is there already, and reads what is still missing.
    operator.goto("/admin/builder/")
    follow(operator, "新建服务")
    operator.locator("[name=name]").fill("车辆通行证")
    press(operator, "建好，接着往下填")
    sees(operator, "还没有写一句话说明")
    check_width(operator)
    code = Service.get().code
    there = f"/admin/builder/{code}/draft"

    # Who decides: a team, and somebody in it.
    operator.goto(f"{there}/who")
    follow(operator, "新建组、加人")
    operator.locator("[name=name]").fill("校园交通组")
    press(operator, "新建")
    operator.locator("[name=number]").fill(CAST["W1"])
    press(operator, "加入")
    sees(operator, "已加入")
    operator.goto(f"{there}/who")
    operator.locator("[name=team]").select_option(label="校园交通组")
    send(operator)
    sees(operator, "都交给校园交通组")

    # What it says of itself, and what it asks.
    operator.goto(f"{there}/about")
    operator.locator("[name=text]").fill("机动车进校园的通行证")
    operator.locator("[name=icon][value=car-front]").check(force=True)
    send(operator)
    sees(operator, "已保存到草稿")
    follow(operator, "修改问题")
    follow(operator, "添加问题")
    follow(operator, "一行文字")
    operator.locator("[name=label_text]").fill("车牌号")
    operator.locator("[name=required]").check(force=True)
    send(operator)
    sees(operator, "已保存")
    operator.goto(there)
    sees(operator, "车牌号")
    follow(operator, "看看申请表")
    sees(operator, "填了也不会提交")

    # Walked before anybody can use it, then published; it has its tile at once.
    operator.goto(f"{there}/try")
    press(operator, "开始试办")
    sees(operator, "全部走通了")
    check_width(operator)
    assert not Application.select().exists()
    operator.goto(f"{there}/publish")
    press(operator, "发布")
    sees(operator, "已发布")

    student.goto("/")
    check_width(student)
    follow(student, "车辆通行证")
    sees(student, "机动车进校园的通行证")
    student.get_by_role("link", name="我要申请").first.tap()
    student.wait_for_load_state()
    student.locator("form.applying input[name^=q_]:not([type=hidden])").first.fill("京A12345")
    send(student)
    sees(student, "待审批")
    check_width(student)
    mine = Application.get()

    # A second one waits while the operator changes the service.
    student.goto(f"/services/{code}/new")
    student.locator("form.applying input[name^=q_]:not([type=hidden])").first.fill("京B67890")
    send(student)
    sees(student, "待审批")
    operator.goto(f"/admin/builder/{code}")
    press(operator, "修改这个服务")
    sees(operator, "发布以前，大家用的还是第 1 版")
    operator.goto(f"{there}/states/submitted")
    operator.locator("[name=name]").fill("待交通组审批")
    send(operator)
    sees(operator, "已保存到草稿")
    operator.goto(f"{there}/publish")
    sees(operator, "和现在用的第 1 版相比")
    sees(operator, "待交通组审批")
    press(operator, "发布")
    sees(operator, "已发布")
    assert [row.state for row in Edition.select().order_by(Edition.number)] == ["retired", "published"]

    # The desk decides both by the table that they began with.
    for application in (mine, Application.get(Application.id != mine.id)):
        clerk.goto("/admin/queue/application/")
        clerk.goto(f"/admin/queue/application/{application.number}")
        sees(clerk, "待审批")
        press(clerk, "通过")
        sees(clerk, "已办结")
        check_width(clerk)
    student.goto(f"/applications/{mine.number}")
    sees(student, "已办结")
    while notify.announce():
        pass
    student.goto("/inbox")
    sees(student, "您的申请已通过")
