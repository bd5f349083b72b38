"""Topics, campaigns and the editorial calendar."""
