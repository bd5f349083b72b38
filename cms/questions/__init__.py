"""Questions people ask, answered once."""
