"""Matcher finds a next step that is near, small and quiet enough, and asks gently."""
