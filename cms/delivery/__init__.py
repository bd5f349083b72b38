"""What offices and operators take by a program, and what they tell back: the API, receipts, print runs, webhooks."""
