"""Decision tables: requests, the decisions a rendered policy owes them, and gates that keep them whole."""
