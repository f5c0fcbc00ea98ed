"""A template written in the editor, in a real browser."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.factories import BusinessNumberFactory, TemplateFactory, UserFactory
from whatsapp.models import Template

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("outside"),
]


@pytest.fixture
def page(transactional_db, live_server, browser: Browser, client):
    """A page in which a supervisor is logged in."""
    user = UserFactory(username="vlad", supervisor=True)
    user.language = "en"
    user.save()
    BusinessNumberFactory()
    client.force_login(user)
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1300, "height": 950})
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    page.set_default_timeout(8000)
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    yield page
    assert page.errors == []
    page.goto("about:blank")
    context.close()


def open_new(page: Page) -> None:
    page.goto("/admin/whatsapp/template/add/")
    expect(page.locator("#wa-editor.wa-ed-live")).to_be_visible()


def write(page: Page, body: str) -> None:
    page.locator("#id_name").fill("parcel_left")
    page.locator("#wa-body").fill(body)


def test_template_is_written_in_fields_and_kept_as_meta_takes_it(page):
    open_new(page)
    write(page, "Bună ziua, {{customer_name}}! Comanda {{order_number}} a plecat spre dvs.")
    page.locator("[data-name=customer_name]").fill("Ana")
    page.locator("[data-name=order_number]").fill("SO-1")
    page.locator("#wa-header-format").select_option("TEXT")
    page.locator("#wa-header-text").fill("Coletul dvs.")
    page.locator("#wa-footer").fill("Magazinul nostru")
    page.locator("#wa-add-button").select_option("URL")
    page.locator("[data-key=text]").fill("Urmăriți")
    page.locator("[data-key=url]").fill("https://magazin.ro/t/{{1}}")
    page.locator("[data-key=example]").fill("https://magazin.ro/t/SO-1")
    expect(page.locator("#wa-preview-body")).to_have_text(
        "Bună ziua, Ana! Comanda SO-1 a plecat spre dvs."
    )
    expect(page.locator("#wa-verdict")).to_have_text("Nothing that Meta would refuse.")

    page.get_by_role("button", name="Save as a draft").click()
    page.wait_for_url("**/change/")

    row = Template.objects.get()
    assert (row.name, row.language, row.status) == ("parcel_left", "ro", "DRAFT")
    assert row.components == [
        {"type": "HEADER", "format": "TEXT", "text": "Coletul dvs."},
        {
            "type": "BODY",
            "text": "Bună ziua, {{customer_name}}! Comanda {{order_number}} a plecat spre dvs.",
            "example": {
                "body_text_named_params": [
                    {"param_name": "customer_name", "example": "Ana"},
                    {"param_name": "order_number", "example": "SO-1"},
                ]
            },
        },
        {"type": "FOOTER", "text": "Magazinul nostru"},
        {
            "type": "BUTTONS",
            "buttons": [
                {
                    "type": "URL",
                    "text": "Urmăriți",
                    "url": "https://magazin.ro/t/{{1}}",
                    "example": ["https://magazin.ro/t/SO-1"],
                }
            ],
        },
    ]
    assert row.versions.get().author.username == "vlad"


def test_what_meta_would_refuse_is_told_while_one_types_and_leads_to_the_field(page):
    open_new(page)
    write(page, "Ofertă: {{customer_name}}")

    expect(page.locator("#wa-problems li.wa-tone-bad").first).to_contain_text(
        "A body must not begin or end with a variable."
    )
    expect(page.locator("#wa-problems li.wa-tone-wait")).to_contain_text("Ofertă")
    page.locator("#wa-problems button").first.click()
    expect(page.locator("#wa-body")).to_be_focused()
    write(page, "Comanda a plecat astăzi.")
    expect(page.locator("#wa-problems li")).to_have_count(0)


def test_numbers_in_place_of_names_and_text_of_the_raw_json_are_read(page):
    open_new(page)
    page.locator("#id_parameter_format").select_option("POSITIONAL")
    page.locator("#wa-add-variable").click()
    assert page.locator("#wa-body").input_value() == "{{1}}"

    page.locator(".wa-ed-raw summary").click()
    body = {"type": "BODY", "text": "Un *text* pentru *{{1}}* scris altfel."}
    page.locator("#id_components").fill(json.dumps([body]))

    expect(page.locator("#wa-body")).to_have_value(body["text"])
    expect(page.locator("#wa-preview-body b")).to_have_text(["text", "{{1}}"])
    page.locator("[data-name='1']").fill("Ana")
    kept = json.loads(page.locator("#id_components").input_value())
    assert kept == [{**body, "example": {"body_text": [["Ana"]]}}]


def test_sample_of_a_header_reaches_meta_and_its_handle_the_header(page, outside, tmp_path):
    picture = tmp_path / "poza.png"
    png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0])
    picture.write_bytes(png + bytes(40))
    open_new(page)
    page.locator("#wa-header-format").select_option("IMAGE")

    page.locator("#wa-sample").set_input_files(picture)

    expect(page.locator("#wa-sample-state")).to_contain_text("A sample is with Meta.")
    ((handle, data),) = outside.meta.samples.items()
    assert data == picture.read_bytes()
    header = json.loads(page.locator("#id_components").input_value())[0]
    assert header == {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": [handle]}}


def test_file_of_another_kind_is_refused_in_words(page, outside, tmp_path):
    text = tmp_path / "poza.png"
    text.write_text("no picture")
    open_new(page)
    page.locator("#wa-header-format").select_option("IMAGE")

    page.locator("#wa-sample").set_input_files(text)

    expect(page.locator("#wa-sample-state")).to_have_text(
        "WhatsApp does not take this kind of file."
    )
    assert outside.meta.samples == {}


def test_buttons_move_and_go(page):
    open_new(page)
    for text in ("Da", "Nu", "Poate"):
        page.locator("#wa-add-button").select_option("QUICK_REPLY")
        page.locator("[data-key=text]").last.fill(text)
    page.locator("[data-act=up]").last.click()
    page.locator("[data-act=remove]").first.click()

    expect(page.locator("#wa-preview-buttons")).to_have_text("↩ Poate↩ Nu")


def test_duplicate_begins_with_the_text_and_asks_for_the_language(page):
    row = TemplateFactory(name="order_shipped", language="ro")
    page.goto(f"/admin/whatsapp/template/{row.pk}/change/")

    page.get_by_role("link", name="Duplicate to another language").click()

    expect(page.locator("#id_name")).to_have_value("order_shipped")
    expect(page.locator("#id_language")).to_have_value("")
    expect(page.locator("#wa-body")).to_have_value(row.components[0]["text"])


def test_what_nobody_may_edit_is_shown_as_it_is(page):
    row = TemplateFactory(status="DISABLED")
    page.goto(f"/admin/whatsapp/template/{row.pk}/change/")

    expect(page.locator("#wa-preview-body")).to_contain_text("Comanda")
    expect(page.locator("#wa-body")).to_have_count(0)
    expect(page.get_by_text("Too many customers complained.")).to_be_visible()


def test_saved_and_submitted_at_once(page, outside):
    open_new(page)
    write(page, "Comanda dumneavoastră a plecat astăzi.")
    expect(page.locator("#wa-verdict")).to_have_text("Nothing that Meta would refuse.")

    page.get_by_role("button", name="Save and submit to Meta").click()
    page.wait_for_url("**/change/")

    assert [one.name for one in outside.meta.submitted] == ["parcel_left"]
    expect(page.locator(".wa-ed-standing")).to_contain_text("In review")
