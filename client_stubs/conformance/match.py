"""What a case expects, compared with what there is."""

import base64

_MISSING = object()


def mismatch(expected, actual, where=""):
    """Why it does not match, or None. Objects: the keys expected; lists: all of them, in order.
    {"$set": […]}: in any order. {"$exactly": …}: no other keys at any depth. {"$exactly_keys": {…}}: no other keys here."""
    here = where or "the value"
    if isinstance(expected, dict) and len(expected) == 1:
        (mark, inner), = expected.items()
        if mark == "$exactly":
            return None if _equal(inner, actual) else f"{here} is {show(actual)}, not {show(inner)}"
        if mark == "$exactly_keys":
            if not isinstance(actual, dict) or set(actual) != set(inner):
                return f"{here} is {show(actual)}, not {show(inner)}"
            return mismatch(inner, actual, where)
        if mark == "$one_of":
            return None if any(_equal(one, actual) for one in inner) else f"{here} is {show(actual)}, none of {show(inner)}"
        if mark == "$set":
            return _mismatch_of_sets(inner, actual, here)
    if isinstance(expected, dict):
        if not isinstance(actual, dict):
            return f"{here} is {show(actual)}, not an object"
        for key, value in expected.items():
            if actual.get(key, _MISSING) is _MISSING:
                return f"{here} has no {key}: {show(actual)}"
            problem = mismatch(value, actual[key], f"{where}.{key}".strip("."))
            if problem:
                return problem
        return None
    if isinstance(expected, list):
        if not isinstance(actual, list) or len(actual) != len(expected):
            return f"{here} is {show(actual)}, not {show(expected)}"
        problems = (mismatch(one, other, f"{where}[{i}]") for i, (one, other) in enumerate(zip(expected, actual)))
        return next(filter(None, problems), None)
    return None if _equal(expected, actual) else f"{here} is {show(actual)}, not {show(expected)}"


def _mismatch_of_sets(expected, actual, here):
    left = list(actual) if isinstance(actual, list) else []
    for one in expected:
        found = next((other for other in left if mismatch(one, other) is None), _MISSING)
        if found is _MISSING:
            return f"{here} is {show(actual)}, which lacks {show(one)}"
        left.remove(found)
    return f"{here} has {show(left)} too" if left or not isinstance(actual, list) else None


def _equal(expected, actual):
    """Equal, where 1 and 1.0 are, and 1 and true are not."""
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(_equal(expected[key], actual[key]) for key in expected)
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(_equal, expected, actual))
    return expected == actual


def filled_in(value, names):
    """A case's value with "$ann" replaced by Ann's client_id, and {"$repeat": [text, times]} by so much text."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [filled_in(element, names) for element in value]
    if isinstance(value, dict):
        if value.keys() == {"$repeat"}:
            text, times = value["$repeat"]
            return text * times
        return {names.get(key, key): filled_in(element, names) for key, element in value.items()}
    return value


def body_of(step):
    """The bytes that a step names as `text` or, in base64, as `data`; None where it names none."""
    if "text" in step:
        return step["text"].encode()
    return base64.b64decode(step["data"]) if "data" in step else None


def show(value):
    text = repr(value)
    return text if len(text) < 400 else text[:200] + "…" + text[-100:]
