"""A template of ours with its parameters, as a message keeps it."""

from __future__ import annotations

from collections.abc import Mapping

from whatsapp.domain import template as rules
from whatsapp.domain.content import TemplateCall
from whatsapp.models import Template


def call_of(*, template: Template, parameters: Mapping[str, str]) -> TemplateCall:
    """Check the parameters against the template; raises TemplateValidationError."""
    values = rules.check_parameters(
        components=template.components,
        parameter_format=template.parameter_format,
        parameters=parameters,
    )
    return TemplateCall(
        name=template.name,
        language=template.language,
        components=rules.call_components(
            components=template.components,
            parameter_format=template.parameter_format,
            parameters=values,
        ),
        rendered=template.render(values).text,
    )
