"""Answers with what the probe itself sent: the encoded arguments in place of the results."""

# %%
import json

from IPython.display import publish_display_data

import courselib.grading.probe as probe


def echo(request):
    data = json.loads(request)
    values = [(case["args"] or [*case["kwargs"].values()])[0] for case in data["cases"]]
    answer = {"nonce": data["nonce"], "defined": True, "answers": [{"value": value} for value in values]}
    publish_display_data({probe.ANSWERS_MIME: answer, "text/plain": ""})


probe.answer_in_kernel = echo


# %% quadruple
def quadruple(x):
    return 4 * x
