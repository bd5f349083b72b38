"""How an edition becomes sound: what is said, who says it, and how loud it leaves the house."""
