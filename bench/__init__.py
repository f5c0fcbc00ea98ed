"""Measurements of the whole system, side by side with what it is compared to: `make bench`."""
