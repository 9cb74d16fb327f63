"""Words and values that everything shares: records, changes, cursors, errors, config, clock. No I/O."""
