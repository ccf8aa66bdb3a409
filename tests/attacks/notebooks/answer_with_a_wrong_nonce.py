"""Answers with nonces that it guesses, and with the one of the question before."""

# %%
import json

from IPython.display import publish_display_data

import courselib.grading.probe as probe

seen = ["0" * 32, "", None]


def guess(request):
    data = json.loads(request)
    for nonce in seen:
        answers = [{"value": {"kind": "float", "value": "1.0"}} for _ in data["cases"]]
        answer = {"nonce": nonce, "defined": True, "answers": answers}
        publish_display_data({probe.ANSWERS_MIME: answer, "text/plain": ""})
    seen.append(data["nonce"])


probe.answer_in_kernel = guess
