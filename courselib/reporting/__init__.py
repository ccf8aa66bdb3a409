"""What is made of the reports of a class: grades under a policy, statistics, pages, files for other systems."""
