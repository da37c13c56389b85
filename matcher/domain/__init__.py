"""Values, states, events and errors: the words everybody shares; standard library only."""
