"""A pytest plugin, found by its entry point: with it, `respx` catches calls of the default transport by itself.

Nothing to do here: loading this module imports `xdk_async.testing`, which registers with respx.
"""
