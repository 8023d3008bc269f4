"""Wiring: settings, policy packs and the composition root. Nothing imports this package."""
