"""Webhook events as rows: committed together, given to whom they concern, looked through."""
