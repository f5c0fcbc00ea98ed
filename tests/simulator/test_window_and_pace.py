"""The 24-hour window, and how fast is too fast."""

import time

from tests.simulator.bodies import PHONE, call_of, code_of, send, text_to, wamid_of
from whatsapp.simulator.errors import GraphError
from whatsapp.simulator.pace import Pace
from whatsapp.simulator.settings import Settings
from whatsapp.simulator.world import Number

DAY = 24 * 3600


def test_free_text_without_a_window_fails_later(sim, receiver):
    status, answer = send(sim, text_to(biz_opaque_callback_data="u1:1"))

    assert status == 200
    sim.wait_for(lambda: receiver.statuses())
    (failed,) = receiver.statuses()
    assert failed["id"] == answer["messages"][0]["id"]
    assert (failed["status"], failed["errors"][0]["code"]) == ("failed", 131047)
    assert failed["biz_opaque_callback_data"] == "u1:1"


def test_free_text_without_a_window_can_be_refused_at_once(sim):
    sim.settings(window_error="sync")

    assert code_of(send(sim, text_to())) == (400, 131047)
    assert sim.ledger() == []


def test_the_window_closes_after_a_day(sim, receiver):
    sim.inbound_text(PHONE, "Bună")
    sim.clock(offset=DAY - 60)
    inside = wamid_of(send(sim, text_to()))
    sim.clock(advance=61)
    outside = wamid_of(send(sim, text_to()))

    sim.wait_until_idle()

    assert receiver.statuses(inside)[0]["status"] == "sent"
    assert [s["status"] for s in receiver.statuses(outside)] == ["failed"]


def test_an_old_message_opens_an_old_window(sim):
    sim.inbound_text(PHONE, "Bună", timestamp=int(time.time()) - DAY - 1)

    assert sim.chat(PHONE)["window_open"] is False


def test_a_template_needs_no_window_and_costs_outside(sim, receiver):
    sim.template("hello", "Comanda {{1}} a plecat astăzi din depozitul nostru.")

    wamid = wamid_of(send(sim, call_of("hello", "SO-1")))

    sim.wait_until_idle()
    assert receiver.statuses(wamid)[0]["pricing"]["type"] == "regular"
    assert receiver.statuses(wamid)[0]["pricing"]["category"] == "utility"


def test_more_than_the_rate_in_any_second_is_refused(sim):
    sim.inbound_text(PHONE, "Bună")
    sim.settings(rate=5, rate_status=429)

    answers = [send(sim, text_to()) for _ in range(7)]

    assert [status for status, _ in answers] == [200] * 5 + [429] * 2
    assert answers[-1][1]["error"]["code"] == 130429
    number = sim.stats()["numbers"]["555000000000001"]
    assert (number["accepted"], number["arrived"]) == (5, 7)
    assert number["largest_second_accepted"] == 5
    assert number["largest_second_arrived"] == 7


def test_the_pair_limit_is_a_burst_paid_back(sim):
    sim.inbound_text(PHONE, "Bună")
    sim.settings(pair_limit=True)

    answers = [send(sim, text_to()) for _ in range(46)]

    assert [status for status, _ in answers[:45]] == [200] * 45
    assert code_of(answers[45]) == (400, 131056)


def test_the_pair_limit_opens_when_the_whole_burst_is_paid():
    pace = Pace(settings=Settings(pair_limit=True, rate=0))
    number = Number(id="5", waba_id="7", display="+40 300 000 000", name="Magazin")

    def taken(at: float) -> bool:
        try:
            pace.check(number=number, to="40712345678", at=at)
        except GraphError:
            return False
        return True

    assert [taken(100.0) for _ in range(46)] == [True] * 45 + [False]
    assert [taken(106.0), taken(369.0), taken(370.0)] == [False, False, True]
