"""What is asked about an account: who you are, a new password, a phone number."""

from typing import Any

import wtforms
from wtforms import validators

from forms import Form
from forms.fields import REQUIRED, phone_field
from hall.words import N_


class SignInForm(Form):
    number = wtforms.StringField(
        N_("学号或工号"),
        [REQUIRED, validators.Length(max=40)],
        render_kw={"autocomplete": "username", "autocapitalize": "characters", "spellcheck": "false", "maxlength": 40},
    )
    password = wtforms.PasswordField(
        N_("密码"),
        [REQUIRED, validators.Length(max=200, message=N_("密码太长了"))],
        description=N_("初始密码是身份证后 6 位；尾号是字母的，是字母前的 6 位数字"),
        render_kw={"autocomplete": "current-password", "maxlength": 200},
    )
    remember = wtforms.BooleanField(N_("记住我，下次不用再登录（请只在自己的设备上勾选）"))


class PasswordForm(Form):
    """A new password of one's own; the rules are the hall's (`accounts.change_password`)."""

    old = wtforms.PasswordField(
        N_("原密码"),
        [REQUIRED, validators.Length(max=200, message=N_("密码太长了"))],
        render_kw={"autocomplete": "current-password", "maxlength": 200},
    )
    new = wtforms.PasswordField(
        N_("新密码"),
        [REQUIRED],
        description=N_("至少 8 位，不能是初始密码，也不要含学号或工号"),
        render_kw={"autocomplete": "new-password", "minlength": 8, "maxlength": 200},
    )
    again = wtforms.PasswordField(
        N_("再输一遍新密码"),
        [REQUIRED, validators.EqualTo("new", message=N_("两次输入的新密码不一样"))],
        render_kw={"autocomplete": "new-password", "maxlength": 200},
    )

    def answers(self) -> dict[str, Any]:
        return {"old": self.old.data, "new": self.new.data}


class PhoneForm(Form):
    phone = phone_field()

    def answers(self) -> dict[str, Any]:
        return {"phone": self.phone.data}
