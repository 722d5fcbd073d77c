# SPDX-License-Identifier: Apache-2.0
"""The framed result block at the end of a benchmark pod's log.

A log can be cut, rotated or mixed up; so the block carries its length and
SHA-256, and a block that does not match is no result at all.
"""
from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import zlib

BEGIN = re.compile(r"^-----BEGIN LITEBENCH RESULT v(\d+)((?: [a-z0-9_]+=\S+)*)-----\s*$")
END = "-----END LITEBENCH RESULT-----"
# Far above any report; stops a hostile log from filling the controller.
MAX_JSON_BYTES = 64 * 1024 * 1024


class BlockError(ValueError):
    """The log holds no trustworthy result; the text says why."""


def _frame(text):
    """Last begin line's attributes and the base64 lines under it."""
    lines = text.splitlines()
    for start in range(len(lines) - 1, -1, -1):
        match = BEGIN.match(lines[start])
        if match:
            break
    else:
        raise BlockError("the log holds no result block")
    if match.group(1) != "1":
        raise BlockError("the result block has version %s, this role reads 1" % match.group(1))
    body = []
    for line in lines[start + 1:]:
        if line.rstrip() == END:
            return dict(item.split("=", 1) for item in match.group(2).split()), body
        body.append(line.strip())
    raise BlockError("the result block has no end: the log was cut")


def _inflate(payload):
    machine = zlib.decompressobj(wbits=31)
    try:
        plain = machine.decompress(payload, MAX_JSON_BYTES)
    except zlib.error as error:
        raise BlockError("the result block does not decompress: %s" % error) from error
    if machine.unconsumed_tail or not machine.eof:
        raise BlockError("the result block is cut or too large")
    return plain


def _shard(attributes):
    match = re.match(r"^(\d+)/(\d+)$", attributes.get("shard", ""))
    if not match or int(match.group(1)) >= int(match.group(2)):
        raise BlockError("the result block does not say which shard it is")
    return int(match.group(1)), int(match.group(2))


def _verify(attributes, candidates):
    """The sum may be over the payload as sent or over the JSON inside it."""
    for data in candidates:
        if hashlib.sha256(data).hexdigest() == attributes.get("sha256", "").lower():
            if attributes.get("bytes") != str(len(data)):
                raise BlockError("the result block has the wrong length")
            return
    raise BlockError("the result block's checksum does not match")


def parse_block(text):
    """Return {"shard", "of", "report"} or raise BlockError."""
    attributes, body = _frame(text)
    shard, shards = _shard(attributes)
    try:
        payload = base64.b64decode("".join(body), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BlockError("the result block is not base64") from error
    encoding = attributes.get("encoding", "identity")
    if encoding not in ("identity", "gzip"):
        raise BlockError("the result block has the unknown encoding %s" % encoding)
    plain = _inflate(payload) if encoding == "gzip" else payload
    _verify(attributes, (payload, plain))
    try:
        report = json.loads(plain.decode("utf-8"))
    except ValueError as error:
        raise BlockError("the result block holds no JSON") from error
    if not isinstance(report, dict) or report.get("schema") != "litebench.report/1":
        raise BlockError("the result block holds no litebench.report/1")
    return {"shard": shard, "of": shards, "report": report}
