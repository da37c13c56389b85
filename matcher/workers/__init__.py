"""What reacts to events: the broker wakes workers up, the database says what is due."""
