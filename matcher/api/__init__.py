"""The HTTP API and its JSON forms: thin; everything it does is a service's."""
