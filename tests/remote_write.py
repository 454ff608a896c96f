"""Writes samples by Prometheus' remote write 1.0, which takes what no exposition can say: samples of any
age and histograms of every kind. The messages are those of prompb's remote.proto and types.proto."""

import struct

from harness import request


def varint(value):
    out = bytearray()
    value &= (1 << 64) - 1
    while value >= 0x80:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def zigzag(value):
    return varint(value << 1 ^ value >> 63)


def whole(number, value):
    return varint(number << 3) + varint(value)


def signed(number, value):
    return varint(number << 3) + zigzag(value)


def double(number, value):
    return varint(number << 3 | 1) + struct.pack("<d", value)


def nested(number, data):
    data = data.encode() if isinstance(data, str) else data
    return varint(number << 3 | 2) + varint(len(data)) + data


def label_fields(labels):
    return b"".join(nested(1, nested(1, name) + nested(2, value)) for name, value in sorted(labels.items()))


def sample_field(value, at_ms):
    return nested(2, double(1, value) + whole(2, at_ms))


def exemplar_field(labels, value, at_ms):
    return nested(3, label_fields(labels) + double(2, value) + whole(3, at_ms))


def spans_and_counts(counts):
    """A dict of bucket index to count as (spans, counts)."""
    spans, values, end = [], [], 0
    for index, count in sorted(counts.items()):
        if spans and index == end:
            spans[-1][1] += 1
        else:
            spans.append([index - end, 1])
        values.append(count)
        end = index + 1
    return spans, values


def histogram_field(at_ms, *, schema, total, sum, zero=0, threshold=0.0, positive=(), negative=(), bounds=(),
                    floats=False, gauge=False):
    """`positive` and `negative` are dicts of bucket index to count."""
    out = double(2, total) if floats else whole(1, total)
    out += double(3, sum) + signed(4, schema) + double(5, threshold)
    out += double(7, zero) if floats else whole(6, zero)
    for first, side in ((8, negative), (11, positive)):
        spans, counts = spans_and_counts(dict(side))
        out += b"".join(nested(first, signed(1, offset) + whole(2, length)) for offset, length in spans)
        if floats:
            out += nested(first + 2, struct.pack(f"<{len(counts)}d", *counts))
        else:
            deltas = [count - before for count, before in zip(counts, [0, *counts])]
            out += nested(first + 1, b"".join(zigzag(delta) for delta in deltas))
    out += whole(14, 3) if gauge else b""
    out += whole(15, at_ms) + nested(16, struct.pack(f"<{len(bounds)}d", *bounds))
    return nested(4, out)


def snappy(data):
    """The block format, without looking for repetition."""
    out = varint(len(data))
    for begin in range(0, len(data), 65536):
        part = data[begin:begin + 65536]
        out += bytes([61 << 2]) + struct.pack("<H", len(part) - 1) + part
    return out


def push(url, series):
    """`series` is a list of (labels, fields of samples)."""
    body = b"".join(nested(1, label_fields(labels) + b"".join(fields)) for labels, fields in series)
    answer = request(url + "/api/v1/write", data=snappy(body), method="POST",
                     headers={"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf",
                              "X-Prometheus-Remote-Write-Version": "0.1.0"})
    assert answer.status // 100 == 2, f"{answer.status} {answer.text}"
