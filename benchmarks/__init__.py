"""Matcher side by side with what somebody would pick instead. Every number printed was measured in the run that prints it."""
