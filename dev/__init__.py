"""Operators' scripts: set up, run, play through and test the whole system."""
