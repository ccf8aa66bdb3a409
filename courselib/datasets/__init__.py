"""Data for the course: what scikit-learn and scikit-image bundle, what courselib renders, and your own folders."""
