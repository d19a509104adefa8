"""The reference pages and the program that writes them."""
