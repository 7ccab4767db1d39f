"""What a session shows: rows, figures, the page."""
