"""Another host: other kinds of keys, and a label that sorts after ours."""
