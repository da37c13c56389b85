"""What follows an invitation: an answer, an end, a change on the other side, a visit and what is learned from it."""
