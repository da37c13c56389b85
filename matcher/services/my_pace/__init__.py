"""What a person says and does by themselves: words, pauses, taking along what is kept, and having it erased."""
