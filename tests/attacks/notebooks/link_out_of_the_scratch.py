"""Leaves links to keys and reports in its folder, deep folders and closed ones, for whoever cleans up."""
# ruff: noqa: F821

# %%
import os

for name in ("keys", "grades", "submissions", "home"):
    os.symlink(PLACES[name], name)
os.symlink("/", "root")
os.makedirs("closed/inside")
os.chmod("closed", 0)
for _ in range(1500):
    os.mkdir("deeper")
    os.chdir("deeper")
