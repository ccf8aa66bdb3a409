"""The one exception that a user of courselib should meet: bad input, said in one line."""


class CourselibError(Exception):
    """Bad input: a file, an option or a source that courselib cannot work with.

    The message is one line that says what is wrong, what was expected, what was received and how to fix it. The
    command line prints it without a traceback and exits with a non-zero status.
    """

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback through courselib."""
        return [f"{type(self).__name__}: {self}"]
