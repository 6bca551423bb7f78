"""Files that grow: followed, searched and found their lines in, at any size."""
