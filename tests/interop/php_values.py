"""PHP serialize for the test, written apart from the daemon's own so that the two check each other.

PHP's values stand as None, bool, int, float, bytes and dict (arrays: int and bytes keys, in order). `serialize` also
takes str (its UTF-8) and list (an array with the keys 0…n-1)."""

import decimal
import math
import re

# What PHP takes for an integer key: "7" but not "007", "-0" or one that passes 64 bits.
_INTEGER_KEY = re.compile(rb"(0|-?[1-9][0-9]{0,18})\Z")


def array_key(key):
    """A key as a PHP array holds it."""
    if isinstance(key, bool):
        return int(key)
    if isinstance(key, int):
        return key
    key = key.encode() if isinstance(key, str) else key
    if _INTEGER_KEY.match(key) and -(2**63) <= int(key) < 2**63:
        return int(key)
    return key


def to_php(value):
    """A Python value as `unserialize` would give it back."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (list, tuple)):
        return {index: to_php(item) for index, item in enumerate(value)}
    if isinstance(value, dict):
        return {array_key(key): to_php(item) for key, item in value.items()}
    return value


def _double(value):
    """As PHP writes a double: the shortest digits that read back, 1.0E+25 past 17 digits before the point."""
    if math.isnan(value):
        return b"NAN"
    if math.isinf(value):
        return b"INF" if value > 0 else b"-INF"
    sign, digits, exponent = decimal.Decimal(repr(value)).as_tuple()
    digits = "".join(map(str, digits)).lstrip("0")
    point = len(digits) + exponent  # digits before the decimal point
    digits = digits.rstrip("0") or "0"
    if value == 0:
        text = "0"
    elif point > 17 or point < -3:
        text = f"{digits[0]}.{digits[1:] or '0'}E{point - 1:+d}"
    elif point <= 0:
        text = "0." + "0" * -point + digits
    else:
        text = digits.ljust(point, "0")[:point] + ("." + digits[point:] if len(digits) > point else "")
    return ("-" * sign + text).encode()


def serialize(value):
    value = to_php(value)
    if value is None:
        return b"N;"
    if isinstance(value, bool):
        return b"b:%d;" % value
    if isinstance(value, int):
        return b"i:%d;" % value
    if isinstance(value, float):
        return b"d:%s;" % _double(value)
    if isinstance(value, bytes):
        return b's:%d:"%s";' % (len(value), value)
    inner = b"".join(serialize(key) + serialize(item) for key, item in value.items())
    return b"a:%d:{%s}" % (len(value), inner)


def unserialize(data):
    value, end = _read(data, 0)
    if end != len(data):
        raise ValueError(f"{len(data) - end} bytes too many")
    return value


def _read(data, at):
    kind = data[at : at + 1]
    if kind == b"N":
        return None, at + 2
    if kind in b"bid" and kind:
        end = data.index(b";", at)
        text = data[at + 2 : end]
        if kind == b"b":
            return text == b"1", end + 1
        return (int(text) if kind == b"i" else float(text)), end + 1
    if kind == b"s":
        colon = data.index(b":", at + 2)
        length = int(data[at + 2 : colon])
        start = colon + 2
        return data[start : start + length], start + length + 2
    if kind == b"a":
        colon = data.index(b":", at + 2)
        count, at, result = int(data[at + 2 : colon]), colon + 2, {}
        for _ in range(count):
            key, at = _read(data, at)
            result[array_key(key)], at = _read(data, at)
        return result, at + 1
    raise ValueError(f"no PHP value at {at}: {data[at:at + 20]!r}")


def as_name(value):
    """A uid or group as the bytes that users know, whatever PHP made of it as an array key."""
    return value if isinstance(value, bytes) else str(value).encode()


def as_json(value, top=True):
    """(what google.protobuf.Struct should show for a PHP value, whether that is all of it), by the rules of the API."""
    if isinstance(value, bool) or value is None:
        return value, True
    if isinstance(value, int):
        return float(value), abs(value) <= 2**53
    if isinstance(value, float):
        return (value, True) if math.isfinite(value) else (None, False)  # JSON has no way to say it
    if isinstance(value, bytes):
        try:
            return value.decode(), True
        except UnicodeDecodeError:
            return None, False
    whole = True
    if not top and list(value) == list(range(len(value))):
        items = [as_json(item, top=False) for item in value.values()]
        return [item for item, _ in items], all(done for _, done in items)
    result = {}
    for key, item in value.items():
        try:
            name = as_name(key).decode()
        except UnicodeDecodeError:
            whole = False
            continue
        result[name], done = as_json(item, top=False)
        whole = whole and done
    return result, whole


def exact(value):
    """For comparing: to Python 1, 1.0 and True are equal, to PHP they are not. The order of keys does not count."""
    if isinstance(value, (bool, float)):
        return type(value).__name__, repr(value)
    if isinstance(value, dict):
        return {key: exact(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [exact(item) for item in value]
    return value
