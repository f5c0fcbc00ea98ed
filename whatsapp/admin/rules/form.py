"""The form of a notice rule; what is wrong is said beside the field, and names the parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from whatsapp.admin.rules import mapping
from whatsapp.admin.rules.words import event_words, field_words
from whatsapp.conf import ORDER_EVENTS
from whatsapp.domain.notice_fields import PHONES
from whatsapp.models import NoticeRule
from whatsapp.services import notice_rules

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[NoticeRule]
else:
    _ModelForm = forms.ModelForm

LISTS = ("couriers", "customer_groups")


class Words(forms.CharField):
    """A list of words, written with commas between them."""

    widget = forms.TextInput(attrs={"class": "vTextField"})

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        parts = (part.strip() for part in (super().clean(value) or "").split(","))
        return list(dict.fromkeys(part for part in parts if part))


class NoticeRuleForm(_ModelForm):
    """The fields of a rule; what fills its templates comes beside, see ``mapping``."""

    event = forms.ChoiceField(label=gettext_lazy("Event"))
    template = forms.ChoiceField(label=gettext_lazy("Template"))
    fallback_template = forms.ChoiceField(
        label=gettext_lazy("Fallback template"),
        required=False,
        help_text=gettext_lazy("Used when Meta has paused, disabled, rejected or lost the first."),
    )
    recipient = forms.ChoiceField(
        label=gettext_lazy("To"),
        help_text=gettext_lazy("Where the order names nobody, it is the customer."),
    )
    couriers = Words(
        label=gettext_lazy("Couriers"),
        required=False,
        help_text=gettext_lazy("With commas between them; empty: any."),
    )
    customer_groups = Words(
        label=gettext_lazy("Customer groups"),
        required=False,
        help_text=gettext_lazy("With commas between them; empty: any."),
    )

    class Meta:
        model = NoticeRule
        fields = (
            *("name", "event", "is_active", "position", "template", "fallback_template"),
            *("number", "recipient", "delay_minutes", "minimum_total", "maximum_total"),
            *("couriers", "customer_groups", "other_channel_minutes"),
        )
        help_texts = {
            "position": gettext_lazy(
                "The first active rule of an event whose conditions hold tells the customer."
            ),
            "number": gettext_lazy("Empty: the default number."),
            "delay_minutes": gettext_lazy("0: at once. 60 is an hour, 1440 a day."),
            "other_channel_minutes": gettext_lazy(
                "Without a delivery by then, the ERP tells the customer by email or SMS; at once if"
                " the number is not on WhatsApp. Empty: never."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule = self.instance
        templates = mapping.template_choices(kept=rule.template_names)
        none = [("", "---------")]
        paths = dict.fromkeys((*PHONES, rule.recipient))
        self._offer("event", [(event, event_words(event)) for event in ORDER_EVENTS])
        self._offer("template", none + templates)
        self._offer("fallback_template", none + templates)
        self._offer("recipient", [(path, field_words(path)) for path in paths])
        self.parameter_errors: dict[str, str] = {}

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        if name in self.fields:  # the page without the right to change has none
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def _post_clean(self) -> None:
        """Take in the mapping, and let the service say what is wrong with the whole."""
        super()._post_clean()  # type: ignore[misc]
        rule = self.instance
        rule.parameters = mapping.read(given=self.data, rule=rule)
        for fault in notice_rules.faults(rule=rule):
            words = fault.why.said(translate=_)
            kind, _dot, parameter = fault.field.partition(".")
            if kind == "parameters":
                self.parameter_errors[parameter] = words
            self.add_error(kind if kind in self.fields else None, words)
