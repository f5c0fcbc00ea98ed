"""The agents' desk: what the conversation pages of the admin read, show and do."""
