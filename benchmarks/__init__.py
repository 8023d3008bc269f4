"""Benchmarks: figures as ratios against a named baseline that runs beside them. They talk to loopback only and stop."""
