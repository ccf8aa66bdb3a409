"""Answers with data that breaks the rules of the format in many ways, one after the other."""

# %%
import json

from IPython.display import publish_display_data

import courselib.grading.probe as probe

array = {"kind": "array", "dtype": "<f8", "shape": [1], "data": "AAAAAAAAAAA="}
values = [
    {**array, "shape": [10**12]},
    {**array, "shape": [-1, -1]},
    {**array, "shape": {"a": 1}},
    {**array, "dtype": "O"},
    {**array, "dtype": "(f8"},
    {**array, "dtype": "f8,(2,"},
    {**array, "data": 7},
    {"kind": "int", "value": "9" * 5000},
    {"kind": ["list"], "items": []},
    {"kind": "list", "items": 5},
    {"kind": "dict", "items": [[1]]},
    [],
    None,
]
number = 0


def malformed(request):
    global number
    data = json.loads(request)
    answers = [{"value": values[(number + i) % len(values)]} for i in range(len(data["cases"]))]
    number += len(answers)
    answer = {"nonce": data["nonce"], "defined": True, "answers": answers}
    publish_display_data({probe.ANSWERS_MIME: answer, "text/plain": ""})


probe.answer_in_kernel = malformed
