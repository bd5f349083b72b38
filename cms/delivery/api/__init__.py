"""`/api/v1/`: what is published, for programs; and what offices and operators tell back."""
