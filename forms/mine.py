"""What is asked about oneself: where to reach you, how you want to be told, and whether you really want to go."""

from datetime import time
from typing import Any

import wtforms
from wtforms import validators

from forms import Form
from forms.fields import REQUIRED
from hall import contact
from hall.words import N_
from models import LANGUAGES, ContactSettings

_HOURS = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 30)]


def _time_field(label: str, unset: str, help_text: str = "") -> wtforms.SelectField:
    """A time of the day in half hours; the empty answer is called `unset`."""
    choices = [("", unset), *((hour, hour) for hour in _HOURS)]
    return wtforms.SelectField(label, choices=choices, description=help_text)


class EmailForm(Form):
    email = wtforms.EmailField(
        N_("邮箱"),
        [validators.Length(max=200, message=N_("邮箱太长了"))],
        description=N_("保存后会发一封确认邮件，打开里面的链接才生效；清空就不再发邮件"),
        render_kw={"autocomplete": "email", "maxlength": 200, "spellcheck": "false"},
    )

    def answers(self) -> dict[str, Any]:
        return {"email": self.email.data or ""}


class TellingForm(Form):
    """How to be told; who does not work in the panel is not asked for a digest."""

    language = wtforms.RadioField(N_("用哪种语言写给您"), choices=LANGUAGES)
    by_mail = wtforms.BooleanField(N_("有进展时也发邮件"))
    wanted = wtforms.SelectMultipleField(
        N_("哪些事发邮件"),
        choices=list(contact.KINDS.items()),
        description=N_("没有勾选的只在站内通知"),
        option_widget=wtforms.widgets.CheckboxInput(),
    )
    quiet_from = _time_field(
        N_("免打扰从"), N_("不设"), N_("这段时间里不发邮件，过后再发；站内通知和紧急报修的派工照常")
    )
    quiet_until = _time_field(N_("免打扰到"), N_("不设"))
    digest_at = _time_field(N_("每日汇总"), N_("不汇总，逐条发"), N_("工作上的通知每天合成一封，在这个时间发给您"))

    def __init__(self, formdata: Any = None, *, settings: ContactSettings, is_staff: bool, **kwargs: Any) -> None:
        times = {name: getattr(settings, name) for name in ("quiet_from", "quiet_until", "digest_at")}
        self.known = times["digest_at"]
        kwargs |= {name: f"{moment:%H:%M}" if moment else "" for name, moment in times.items()}
        kwargs |= {"language": settings.language, "by_mail": settings.by_mail}
        kwargs["wanted"] = [kind for kind in contact.KINDS if kind not in settings.muted]
        super().__init__(formdata, **kwargs)
        for name, moment in times.items():
            # What an earlier version or an import set may lie between the half hours.
            if moment and kwargs[name] not in _HOURS:
                self[name].choices = [*self[name].choices, (kwargs[name], kwargs[name])]
        if not is_staff:
            del self.digest_at

    def answers(self) -> dict[str, Any]:
        given = {name: _time(self[name].data) for name in ("quiet_from", "quiet_until")}
        digest = _time(self.digest_at.data) if "digest_at" in self else self.known
        muted = [kind for kind in contact.KINDS if kind not in (self.wanted.data or [])]
        return {
            "language": self.language.data,
            "by_mail": self.by_mail.data,
            "muted": muted,
            "digest_at": digest,
            **given,
        }


def _time(said: str | None) -> time | None:
    return time.fromisoformat(said) if said else None


class CloseForm(Form):
    password = wtforms.PasswordField(
        N_("您的密码"),
        [REQUIRED, validators.Length(max=200, message=N_("密码太长了"))],
        render_kw={"autocomplete": "current-password", "maxlength": 200},
    )
    sure = wtforms.BooleanField(
        N_("我知道注销以后不能恢复"), [validators.InputRequired(N_("请先勾选，表示您已经知道"))]
    )

    def answers(self) -> dict[str, Any]:
        return {"password": self.password.data}
