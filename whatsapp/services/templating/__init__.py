"""Templates beside their rows: checked, versioned, put into words, chosen, moved by Meta."""
