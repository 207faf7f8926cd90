"""Credentials: hooks that sign a request, and the choice between them."""
