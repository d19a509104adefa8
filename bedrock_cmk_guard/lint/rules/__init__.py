"""What lint looks for: each module declares its rules beside the check that finds them."""
