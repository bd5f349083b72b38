"""The newsroom: the Wagtail site where articles, facts and offices are written and products are watched."""
