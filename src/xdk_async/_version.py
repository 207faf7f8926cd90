"""The version, read by hatchling and sent in User-Agent."""

__version__ = "0.1.0"
