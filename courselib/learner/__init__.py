"""The learner's side: a workspace with the notebooks, its updates, progress, and what is handed in."""
