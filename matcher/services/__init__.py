"""One function a use case; each says what it commits, which events it emits, and whether a repeat is safe."""
