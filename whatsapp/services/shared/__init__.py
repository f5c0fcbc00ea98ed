"""What every use case may stand on: accounts, the log of changes, who sees what, whom to tell."""
