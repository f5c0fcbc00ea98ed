"""Commands of operators, against a stand-in for Meta or the simulator itself."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from whatsapp import testing
from whatsapp.domain.retry import Failure, FailureClass
from whatsapp.domain.standard_templates import STANDARD_TEMPLATES
from whatsapp.models import BusinessNumber, Template

pytestmark = pytest.mark.django_db

REFUSED = Failure(failure_class=FailureClass.FATAL_MESSAGE, code=100, title="Invalid parameter")


class ApprovingGateway(testing.RecordingGateway):
    """Meta approves at the next look."""

    def list_templates(self, *, credentials):
        yield from super().list_templates(credentials=credentials)
        self.decide("APPROVED")


@pytest.fixture
def meta(settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "GATEWAY": f"{__name__}.ApprovingGateway"}
    return testing.gateway()


def run(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


class TestDemo:
    def test_number_and_approved_templates_are_there_afterwards(self, meta, settings):
        said = run("whatsapp_demo")

        number = BusinessNumber.objects.get()
        assert number.phone_number_id == "555000000000001"
        assert (number.waba_id, number.is_default) == ("777000000000001", True)
        assert number.display_number == "+40 300 000 000"
        assert Template.objects.approved().count() == len(STANDARD_TEMPLATES)
        assert "Template order_confirmed (ro): APPROVED" in said.splitlines()

    def test_second_run_changes_nothing(self, meta):
        run("whatsapp_demo")
        submitted = len(meta.submitted)

        run("whatsapp_demo")

        assert len(meta.submitted) == submitted == len(STANDARD_TEMPLATES)
        assert BusinessNumber.objects.count() == 1

    def test_templates_an_account_has_already_are_taken_over(self, meta):
        run("whatsapp_demo")
        Template.objects.all().delete()

        run("whatsapp_demo")

        assert len(meta.submitted) == len(STANDARD_TEMPLATES)
        assert Template.objects.approved().count() == len(STANDARD_TEMPLATES)

    def test_refusal_is_shown_and_fails_the_command(self, meta):
        meta.fail_next(REFUSED, call="submit_template")

        out = StringIO()
        with pytest.raises(CommandError, match="not submitted"):
            call_command("whatsapp_demo", stdout=out)

        assert "Invalid parameter" in out.getvalue()
        assert Template.objects.approved().count() == len(STANDARD_TEMPLATES) - 1

    def test_environment_without_a_number_is_refused(self, meta, settings):
        settings.WHATSAPP = {**settings.WHATSAPP, "PHONE_NUMBER_ID": ""}

        with pytest.raises(CommandError, match="WHATSAPP_PHONE_NUMBER_ID"):
            run("whatsapp_demo")

        assert not BusinessNumber.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_demo_gets_its_templates_approved_by_the_simulator(settings, simulator):
    settings.WHATSAPP = {**settings.WHATSAPP, "GRAPH_URL": simulator.url}

    run("whatsapp_demo")

    assert Template.objects.approved().count() == len(STANDARD_TEMPLATES)
    assert BusinessNumber.objects.get().health == "CONNECTED"


class TestTemplates:
    def test_push_makes_and_submits_what_is_missing(self, meta):
        BusinessNumber.objects.create(phone_number_id="555000000000001", is_default=True)

        said = run("whatsapp_templates", "push")

        assert len(meta.submitted) == len(STANDARD_TEMPLATES)
        assert "order_shipped" in said

    def test_papers_get_a_sample_before_meta_sees_them(self, meta):
        BusinessNumber.objects.create(phone_number_id="555000000000001", is_default=True)

        run("whatsapp_templates", "push")

        papers = [
            part
            for template in meta.submitted
            for part in template.components
            if part.get("format") == "DOCUMENT"
        ]
        handles = {part["example"]["header_handle"][0] for part in papers}
        assert handles == set(meta.samples)
        assert papers
        assert all(data.startswith(b"%PDF") for data in meta.samples.values())

    def test_push_into_one_account_leaves_the_others_alone(self, meta):
        BusinessNumber.objects.create(phone_number_id="555000000000001", is_default=True)
        other = BusinessNumber(phone_number_id="2", waba_id="888", access_token="t")
        other.save()

        run("whatsapp_templates", "push", "--account", "888")

        assert set(Template.objects.values_list("waba_id", flat=True)) == {"888"}

    def test_push_stops_where_metas_list_cannot_be_read(self, meta):
        BusinessNumber.objects.create(phone_number_id="555000000000001", is_default=True)
        meta.fail_next(REFUSED, call="list_templates")

        with pytest.raises(CommandError, match="Invalid parameter"):
            run("whatsapp_templates", "push")

        assert meta.submitted == []

    def test_push_that_meta_refuses_in_part_says_of_how_many(self, meta):
        BusinessNumber.objects.create(phone_number_id="555000000000001", is_default=True)
        meta.fail_next(REFUSED, call="submit_template")

        with pytest.raises(CommandError, match=f"1 of {len(STANDARD_TEMPLATES)} templates"):
            run("whatsapp_templates", "push")

        assert len(meta.submitted) == len(STANDARD_TEMPLATES) - 1

    @pytest.mark.parametrize("action", ["push", "pull"])
    def test_account_that_is_not_ours_is_named(self, meta, action):
        with pytest.raises(CommandError, match="No active business number"):
            run("whatsapp_templates", action, "--account", "999")

    def test_output_into_a_file_has_no_colours_and_no_bar(self, meta, capfd):
        BusinessNumber.objects.create(phone_number_id="555000000000001", is_default=True)

        said = run("whatsapp_templates", "push")

        assert "\x1b" not in said
        assert capfd.readouterr().err == ""

    def test_status_says_what_to_do(self, meta):
        body = {"type": "BODY", "text": "Comanda a plecat."}
        for account, name in (("1", "mine"), ("2", "theirs")):
            Template.objects.create(
                waba_id=account,
                name=name,
                language="ro",
                components=[body],
                status="REJECTED",
                rejected_reason="SCAM",
            )

        said = " ".join(run("whatsapp_templates", "status", "--account", "1").split())

        assert "mine" in said
        assert "fraud" in said
        assert "theirs" not in said

    def test_pull_shows_what_changed(self, meta):
        BusinessNumber.objects.create(phone_number_id="555000000000001", is_default=True)
        run("whatsapp_templates", "push")
        run("whatsapp_templates", "pull")  # Meta decides after this look

        said = run("whatsapp_templates", "pull")

        assert f"0 added, {len(STANDARD_TEMPLATES)} changed, 0 vanished." in said
        assert "APPROVED" in run("whatsapp_templates", "status")

    def test_pull_that_failed_says_why(self, meta):
        BusinessNumber.objects.create(phone_number_id="555000000000001", is_default=True)
        meta.fail_next(REFUSED, call="list_templates")

        with pytest.raises(CommandError, match="777000000000001: Invalid parameter"):
            run("whatsapp_templates", "pull")

    def test_ready_made_templates_are_sound(self):
        assert "sound" in run("whatsapp_templates", "lint")

    def test_lint_tells_a_warning_and_passes(self):
        body = {"type": "BODY", "text": "Aveți o ofertă la noi."}
        Template.objects.create(waba_id="1", name="ad", language="ro", components=[body])

        said = run("whatsapp_templates", "lint", "--account", "1")

        assert "warning" in said
        assert "ofertă" in said

    def test_lint_names_the_field_of_a_template_meta_would_refuse(self):
        body = {"type": "BODY", "text": "{{name}}"}
        Template.objects.create(waba_id="1", name="bad", language="ro", components=[body])

        out = StringIO()
        with pytest.raises(CommandError):
            call_command("whatsapp_templates", "lint", stdout=out)

        assert "body" in out.getvalue()
