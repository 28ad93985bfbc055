"""How people are told things."""
