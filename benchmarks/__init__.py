"""What this library costs beside others: `python -m benchmarks`, or `nox -s bench`. See README.md."""
