"""Loops for ever and swallows every interrupt."""

# %% double
import signal


def double(x):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
