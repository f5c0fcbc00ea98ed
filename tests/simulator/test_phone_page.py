"""The phone page, driven by a real browser."""

import pytest

from tests.simulator.bodies import body_of, send
from tests.simulator_process import NUMBER_ID

pytestmark = pytest.mark.browser


@pytest.fixture
def phone(page, sim):
    """A page that keeps what went wrong in it, beside a customer who reads only what is open."""
    sim.settings(read_after=-1)
    page.set_default_timeout(10_000)
    page.faults = []
    page.on("console", lambda m: page.faults.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    return page


def buttons(text: str, *titles: str) -> dict[str, object]:
    replies = [{"type": "reply", "reply": {"id": t.lower(), "title": t}} for t in titles]
    action = {"buttons": replies}
    return body_of("interactive", {"type": "button", "body": {"text": text}, "action": action})


def test_a_customer_reads_taps_a_button_and_answers_with_the_keyboard(sim, receiver, phone):
    sim.inbound_text("+40712000001", "Unde e coletul?", name="Ana Popescu")
    _, sent = send(sim, buttons("A ajuns coletul?", "Da", "Nu"))
    wamid = sent["messages"][0]["id"]
    phone.goto(sim.url)
    phone.wait_for_selector("#chats button")
    sim.wait_for(lambda: len(receiver.statuses(wamid)) == 2)

    phone.focus("#search")
    phone.keyboard.press("ArrowDown")
    phone.keyboard.press("Enter")
    phone.wait_for_selector("text=A ajuns coletul?")
    sim.wait_for(lambda: len(receiver.statuses(wamid)) == 3)
    phone.click("text=Da")
    phone.fill("#text", "Mulțumesc!")
    phone.press("#text", "Enter")

    sim.wait_for(lambda: len(receiver.messages()) == 3)
    _, tap, text = receiver.messages()
    assert receiver.statuses(wamid)[-1]["status"] == "read"
    assert tap["interactive"]["button_reply"] == {"id": "da", "title": "Da"}
    assert tap["context"]["id"] == wamid
    assert text["text"]["body"] == "Mulțumesc!"
    assert phone.faults == []


def test_a_customer_reacts_edits_deletes_and_sends_other_kinds_by_hand(sim, receiver, phone):
    sim.inbound_text("+40712000001", "Vreau 5", name="Ana Popescu")
    phone.goto(f"{sim.url}/phone/40712000001?number={NUMBER_ID}")

    def on_the_message(label: str) -> None:
        phone.hover("article")
        phone.click("article .act")
        phone.click(f"#acts button:has-text('{label}')")

    on_the_message("👍")
    phone.wait_for_selector("article .reaction:has-text('👍')")
    on_the_message("Take the reaction back")
    phone.wait_for_selector("article .reaction", state="detached")
    on_the_message("Edit")
    phone.fill("#acts textarea", "Vreau 50")
    phone.click("#acts button:has-text('Save')")
    phone.wait_for_selector("article .text:has-text('Vreau 50')")
    on_the_message("Delete for everyone")
    phone.wait_for_selector("article.deleted")
    phone.click("#more")
    phone.click("#acts button:has-text('Basket')")
    phone.wait_for_selector("article >> text=PANTOFI-42")

    sim.wait_for(lambda: len(receiver.messages()) == 6)
    kinds = [message["type"] for message in receiver.messages()]
    assert kinds == ["text", "reaction", "reaction", "edit", "revoke", "order"]
    assert phone.faults == []


def test_a_new_message_appears_within_a_second(sim, phone):
    sim.inbound_text("+40712000001", "Bună", name="Ana Popescu")
    phone.goto(f"{sim.url}/phone/40712000001?number={NUMBER_ID}")
    phone.wait_for_selector("text=Bună")

    send(sim, body_of("text", {"body": "*Gata* <b>coletul</b>"}))

    phone.wait_for_selector("article strong:has-text('Gata')", timeout=1000)
    assert phone.inner_text("article:last-of-type .text") == "Gata <b>coletul</b>"
    assert phone.faults == []
