"""Uses the notebook's own ways to run other programs and to read other files."""
# ruff: noqa: F821


# %% double
def double(x):
    shell = get_ipython()
    found = shell.getoutput(f"cat {PLACES['keys']}/* {PLACES['home']}/private.txt; ls {PLACES['submissions']}")
    try:
        shell.run_line_magic("load", f"{PLACES['keys']}/toy.key")
        found.append("expected")
    except Exception:
        pass
    if "canary-" in " ".join(found) or "expected" in " ".join(found):
        raise RuntimeError(f"LOOT {found}")
    return x
