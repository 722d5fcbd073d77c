# SPDX-License-Identifier: Apache-2.0
"""Made by bindings/generate.py from include/litebench/litebench.h."""
import dataclasses
from typing import Any, Dict, List, Optional


@dataclasses.dataclass(frozen=True)
class Turn:
    """Record of one request; times in milliseconds, None where unknown."""

    due_ms: Optional[float]
    start_ms: Optional[float]
    sent_ms: Optional[float]
    first_byte_ms: Optional[float]
    first_token_ms: Optional[float]
    first_answer_ms: Optional[float]
    last_token_ms: Optional[float]
    done_ms: Optional[float]
    ttft_ms: Optional[float]
    ttfa_ms: Optional[float]
    e2e_ms: Optional[float]
    dns_ms: Optional[float]
    connect_ms: Optional[float]
    tls_ms: Optional[float]
    max_gap_ms: Optional[float]
    prompt_tokens: Optional[int]
    cached_tokens: Optional[int]
    completion_tokens: Optional[int]
    conversation: Optional[int]
    turn: int
    worker: int
    chunks: int
    status: int
    attempt: int
    reused: int
    reconnected: int
    warmup: int
    twin: int
    code: int
    error: str
    error_text: str
    model: str
    answered_by: str
    document: str
    response_id: str
    finish_reason: str
    http_version: str
    gateway_json: str
    answer: str
    gaps_ms: List[float]

    def as_dict(self) -> Dict[str, Any]:
        """Names and values, as a row of a table."""
        return dict(self.__dict__)
