"""Pictures drawn on the server: pure functions from numbers to shapes, which templates print in the page's own colours."""
