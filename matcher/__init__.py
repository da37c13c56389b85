"""Matcher finds withdrawn people a next step that is near, small and quiet enough, and asks gently."""
