"""The elected sender at work: claimed rows looked at again, carried, their ends written down."""
