"""Who is on the other end: people, their identifiers and wishes, two who turn out to be one."""
