"""What the sandbox offers to those who run it, beside X's API: a record, a page, and an API to control it."""
