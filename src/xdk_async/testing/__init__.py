"""What helps to test programs that use this package. Importing it lets `respx` catch calls of the default transport."""

from xdk_async.testing.mocking import register_respx

register_respx()

__all__ = ["register_respx"]
