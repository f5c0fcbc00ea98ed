"""What follows of one kind of news: customers' words and files, statuses of our messages."""
