"""Never answers the probe."""

# %%
import courselib.grading.probe

courselib.grading.probe.answer_in_kernel = lambda request: print("All 3 cases pass.")
