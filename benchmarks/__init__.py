"""Measurements of what the component promises, with real speech and a real player."""
