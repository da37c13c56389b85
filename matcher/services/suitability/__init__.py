"""Whether an opportunity suits a person: judged by the rules of scoring from the database, and who is worth judging."""
