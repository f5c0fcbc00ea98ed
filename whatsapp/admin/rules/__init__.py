"""The page of a notice rule: its form, the mapping of parameters, a preview on a real order."""
