"""Written Vietnamese to spoken Vietnamese, by rules; one module a theme."""
