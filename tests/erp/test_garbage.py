"""What web processes tell the garbage collector."""

import gc

from cypher_erp import asgi, garbage


def test_web_process_never_looks_again_at_what_it_loaded():
    assert asgi.application is not asgi.erp
    assert gc.get_freeze_count() > 50_000
    assert gc.get_threshold()[0] == garbage.YOUNG
