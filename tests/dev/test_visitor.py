import pytest

from dev import visitor
from dev.processes import Failure

CHANGELIST = """
<ul class="messagelist"><li class="success">1 order is now <b>Confirmed</b>.</li>
<li class="warning">Fan &amp; Courier is slow.</li></ul>
<input type="hidden" name="csrfmiddlewaretoken" value="abc123">
<td class="action-checkbox"><input type="checkbox" name="_selected_action" value="7"
 class="action-select" aria-label="Select this object"></td>
<td class="action-checkbox"><input type="checkbox" name="_selected_action" value="12"></td>
"""


def test_the_token_of_a_form_is_found():
    assert visitor.hidden_token(CHANGELIST) == "abc123"


def test_a_page_without_a_form_is_said_to_have_none():
    with pytest.raises(Failure, match="no form"):
        visitor.hidden_token("<p>Server Error (500)</p>")


def test_the_rows_of_a_list_are_found_in_order():
    assert visitor.row_ids(CHANGELIST) == [7, 12]


def test_what_the_admin_says_is_read_without_markup():
    assert visitor.notices(CHANGELIST) == ["1 order is now Confirmed.", "Fan & Courier is slow."]


def test_a_silent_page_says_nothing():
    assert visitor.notices("<p>Orders</p>") == []


def test_nobody_listening_is_a_failure_in_words():
    stranger = visitor.Visitor(base="http://127.0.0.1:9")

    with pytest.raises(Failure, match="GET /healthz failed"):
        stranger.page("/healthz")
