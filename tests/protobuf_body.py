"""Bodies in the protobuf exposition, for targets of tests: io.prometheus.client.MetricFamily messages, each
after its size."""

import struct

COUNTER, GAUGE, HISTOGRAM, GAUGE_HISTOGRAM = 0, 1, 4, 5
CONTENT_TYPE = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"


def varint(number):
    number &= (1 << 64) - 1
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def whole(field, number):
    return varint(field << 3) + varint(number)


def signed(field, number):
    return whole(field, (number << 1) ^ (number >> 63))


def real(field, number):
    return varint(field << 3 | 1) + struct.pack("<d", number)


def part(field, data):
    data = data.encode() if isinstance(data, str) else data
    return varint(field << 3 | 2) + varint(len(data)) + data


def labels(**pairs):
    return b"".join(part(1, part(1, name) + part(2, value)) for name, value in pairs.items())


def family(name, kind, *metrics, help_text=""):
    message = part(1, name) + part(2, help_text) + whole(3, kind)
    message += b"".join(part(4, metric) for metric in metrics)
    return varint(len(message)) + message


def counter(value, **pairs):
    return labels(**pairs) + part(3, real(1, value))


def native(count, total, schema, spans, deltas, zero_count=0, classic=(), **pairs):
    """`spans` are (offset, length), `deltas` the steps between neighbouring counts, `classic` (bound,
    cumulative count)."""
    histogram = whole(1, count) + real(2, total)
    histogram += b"".join(part(3, whole(1, cumulative) + real(2, bound)) for bound, cumulative in classic)
    histogram += signed(5, schema) + real(6, 0.001) + whole(7, zero_count)
    histogram += b"".join(part(12, signed(1, offset) + whole(2, length)) for offset, length in spans)
    histogram += b"".join(signed(13, delta) for delta in deltas)
    return labels(**pairs) + part(7, histogram)
