"""Turns X's OpenAPI files into `src/xdk_async/api/`. Not shipped with the package."""
