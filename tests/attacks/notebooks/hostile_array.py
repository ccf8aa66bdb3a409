"""Returns objects that claim to be arrays: every protocol is there, and each lies or raises."""


# %% double
class Liar:
    dtype, shape, ndim, size = "float64", (8, 8), 2, 64
    __array_priority__ = 1e9

    def __array__(self, *args, **options):
        raise SystemExit

    @property
    def __array_interface__(self):
        return {"shape": (10**9,), "typestr": "<f8", "data": (1, False), "version": 3}

    def __array_function__(self, *args):
        return self

    def __array_ufunc__(self, *args, **options):
        return True

    def __getattr__(self, name):
        return self

    def __call__(self, *args, **options):
        return True


def double(x):
    return Liar()
