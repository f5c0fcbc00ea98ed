"""Messages counted by the hour, and what is told of the counts."""
