"""What is known of a batch's relations before they are read: rows, distinct values, widths of texts."""
