"""Standards in and out: files and feeds of others as listings, and listings as files and feeds."""
