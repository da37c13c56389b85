"""What a caseworker sees: today, one person, the steps of a ladder, the team in calm numbers, and what is missing here."""
