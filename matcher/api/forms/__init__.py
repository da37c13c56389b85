"""The JSON forms of people, opportunities and histories: JSON in, domain values out, and back."""
