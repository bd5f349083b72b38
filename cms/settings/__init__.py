"""Django settings: `cms.settings.base`, all of it from the environment with embedded defaults."""
