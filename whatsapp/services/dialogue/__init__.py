"""The thread between a contact and a number: found, joined, timed, searched."""
