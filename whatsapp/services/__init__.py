"""Use cases. The modules here are the public face: what doors and the host call by name.

Behind it are rooms, each for one thing; docs/architecture.md says which, and who may use whom.
"""
