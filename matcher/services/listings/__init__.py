"""What organisations offer: posting it, importing and mending it, and whether the organisation may be matched at all."""
