"""From one text file per assignment to the student notebook, the solution notebook and the answer keys."""
