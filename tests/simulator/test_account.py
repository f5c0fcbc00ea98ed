"""Numbers, accounts, token: what a health check asks."""

from tests.simulator_process import ACCESS_TOKEN, NUMBER_ID, WABA_ID, running_simulator


def test_a_number_gives_the_fields_asked_for_and_its_id(sim):
    status, answer = sim.graph("GET", f"{NUMBER_ID}?fields=quality_rating,verified_name")

    assert status == 200
    assert answer == {
        "id": NUMBER_ID,
        "quality_rating": "GREEN",
        "verified_name": "Cypher Trading",
    }


def test_health_is_the_worst_of_its_entities(sim):
    _, answer = sim.graph("GET", f"{NUMBER_ID}?fields=health_status")

    assert answer["health_status"]["can_send_message"] == "AVAILABLE"
    kinds = [entity["entity_type"] for entity in answer["health_status"]["entities"]]
    assert kinds == ["PHONE_NUMBER", "WABA", "BUSINESS"]


def test_a_token_is_examined(sim):
    right = sim.graph("GET", f"debug_token?input_token={ACCESS_TOKEN}")[1]["data"]
    wrong = sim.graph("GET", "debug_token?input_token=other")[1]["data"]

    assert (right["is_valid"], right["expires_at"]) == (True, 0)
    assert wrong["is_valid"] is False


def test_an_override_must_pass_the_verification(sim, receiver, receiver_server):
    path = f"{WABA_ID}/subscribed_apps"
    url = f"http://127.0.0.1:{receiver_server.server_port}/other"

    refused = sim.graph("POST", path, {"override_callback_uri": url, "verify_token": "wrong"})
    taken = sim.graph(
        "POST", path, {"override_callback_uri": url, "verify_token": "test-verify-token"}
    )

    assert (refused[0], taken[0]) == (400, 200)
    assert sim.graph("GET", path)[1]["data"][0]["override_callback_uri"] == url


def test_an_unknown_object_is_error_100(sim):
    status, answer = sim.graph("GET", "123456")

    assert (status, answer["error"]["code"], answer["error"]["error_subcode"]) == (400, 100, 33)


def test_several_numbers_share_an_account():
    ids = "555000000000001,555000000000002"
    with running_simulator(phone_number_id=ids, display_number="+40300000000,+40300000001") as sim:
        _, answer = sim.graph("GET", f"{WABA_ID}/phone_numbers?fields=display_phone_number")
        sim.inbound_text("+40712000001", "Bună", number="555000000000002")

        assert [row["id"] for row in answer["data"]] == ids.split(",")
        assert sim.chat("40712000001", number="555000000000002")["window_open"] is True
        assert sim.chat("40712000001")["window_open"] is False
