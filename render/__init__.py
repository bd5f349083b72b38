"""The pipeline: from a policy article to finished, checked and published products."""
