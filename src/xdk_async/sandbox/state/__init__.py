"""The sandbox's state, written down: as one document, and in a file that survives."""
