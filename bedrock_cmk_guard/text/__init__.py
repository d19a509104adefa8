"""Text with places: what is read here knows on which line and in which column it stood."""
