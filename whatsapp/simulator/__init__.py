"""A stand-in for Meta: takes sends, posts signed webhooks back, and shows the customer's phone.

It runs as a process of its own (`python -m whatsapp.simulator`) and imports nothing else of the
app, so that the app and its counterpart cannot share one misreading of the Cloud API.
"""
