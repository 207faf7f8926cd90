"""Builds the parts of the documentation that are tables: the reference of all operations, and its index for machines."""
