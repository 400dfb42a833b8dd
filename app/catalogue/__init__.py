"""What an action is and what can be asked of the catalogue: pure values and rules."""
