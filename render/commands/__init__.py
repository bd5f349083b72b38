"""The subcommands of `loa` that need no site, one module a group."""
