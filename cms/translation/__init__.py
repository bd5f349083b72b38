"""Translation: tasks by language, segments with their history, a second speaker's signature."""
