"""Exercises of the toy assignment."""

from courselib.grading import Case, Exercise, Mistake


def cases(rng):
    yield Case("a number", (float(rng.integers(1, 100)) / 8,))
    yield Case("an image", (rng.integers(1, 9, size=(8, 8)) / 8,))
    yield Case("by keyword", kwargs={"x": rng.integers(-8, 0, size=3)})


exercises = [
    Exercise(
        "double",
        60,
        cases,
        [
            Mistake("triples", "2 * x", "3 * x", "It is three times x."),
            Mistake("in_place", "return 2 * x", "x *= 2\n    return x", "It changes its input."),
        ],
    ),
    Exercise("quadruple", 40, cases, [Mistake("only_twice", "double(double(x))", "double(x)", "It is twice x.")]),
]
