"""What keeps the house in order: the night, commands that come twice, keys renewed, backups put back, and how it all is."""
