"""Sentences the risk check is held against; written for the tests, no real person's words."""
