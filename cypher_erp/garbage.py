"""The garbage collector, told what a web process is like."""

import gc

YOUNG = 20_000  # objects made and not freed before it looks; Python's 700 are eight webhooks


def spare_what_is_loaded() -> None:
    """Look rarely, and never again at what lives as long as the process.

    For the end of start-up. Under a flood of webhooks a tenth of the door's time went to it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)
