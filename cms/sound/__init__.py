"""Listening approvals and recordings: what an editor hears, and what people have read aloud."""
