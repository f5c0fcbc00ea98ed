"""Order notices: what a rule makes of an order, whether it is told, and what if that fails."""
