"""Messages as rows on their way out: queued with their files, waiting, called back."""
