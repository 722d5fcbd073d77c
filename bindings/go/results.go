// SPDX-License-Identifier: Apache-2.0

package litebench

/*
#include <stdlib.h>
#include <litebench/litebench.h>
*/
import "C"

import (
	"runtime"
	"time"
	"unsafe"
)

// Unknown marks a duration or a number that is not known.
const Unknown = -1 << 63

// Turn is the record of one request. Times count from the start of the measured part.
type Turn struct {
	Due, Start, Sent, FirstByte, FirstToken, FirstAnswer, LastToken, Done time.Duration
	TTFT, TTFA, E2E, DNS, Connect, TLS, MaxGap                            time.Duration
	PromptTokens, CachedTokens, CompletionTokens, Conversation            int64
	Turn, Worker, Chunks, Status, Attempt                                 int
	Reused, Reconnected, Warmup                                           bool
	Error, ErrorText, Model, AnsweredBy, Document                         string
	ResponseID, FinishReason, HTTPVersion, GatewayJSON, Answer            string
	Gaps                                                                  []time.Duration
}

func readTurn(t *C.lb_turn) *Turn {
	d := func(ns C.int64_t) time.Duration { return time.Duration(ns) }
	s := func(p *C.char) string { return C.GoString(p) }
	turn := &Turn{d(t.due_ns), d(t.start_ns), d(t.sent_ns), d(t.first_byte_ns), d(t.first_token_ns),
		d(t.first_answer_ns), d(t.last_token_ns), d(t.done_ns), d(t.ttft_ns), d(t.ttfa_ns),
		d(t.e2e_ns), d(t.dns_ns), d(t.connect_ns), d(t.tls_ns), d(t.max_gap_ns),
		int64(t.prompt_tokens), int64(t.cached_tokens), int64(t.completion_tokens),
		int64(t.conversation), int(t.turn), int(t.worker), int(t.chunks), int(t.status),
		int(t.attempt), t.reused == 1, t.reconnected == 1, t.warmup == 1, s(t.error),
		s(t.error_text), s(t.model), s(t.answered_by), s(t.document), s(t.response_id),
		s(t.finish_reason), s(t.http_version), s(t.gateway_json), s(t.answer), nil}
	if t.gap_count > 0 {
		for _, gap := range unsafe.Slice(t.gaps_ns, int(t.gap_count)) {
			turn.Gaps = append(turn.Gaps, d(gap))
		}
	}
	return turn
}

// Report is a judged result. It outlives its run.
type Report struct{ object[*C.lb_report] }

func newReport(ctx *Context, call func(out **C.lb_report) C.lb_err) (*Report, error) {
	r := &Report{}
	if err := r.init(ctx, func(p *C.lb_report) { C.lb_report_free(p) }, call); err != nil {
		return nil, err
	}
	runtime.SetFinalizer(r, func(r *Report) { r.leave() })
	return r, nil
}

// Number by its path in the JSON form: "metrics.ttft.p95.value" in milliseconds; NaN for null.
func (r *Report) Number(path string) (float64, error) {
	var out C.double
	p, free := text(path)
	defer free()
	err := r.do(func(ptr *C.lb_report) C.lb_err { return C.lb_report_number(ptr, &out, p) })
	return float64(out), err
}

// Text by its path: "verdict.sentence".
func (r *Report) Text(path string) (string, error) {
	var value string
	p, free := text(path)
	defer free()
	err := r.do(func(ptr *C.lb_report) C.lb_err {
		var out *C.char
		code := C.lb_report_text(ptr, &out, p)
		if code == C.LB_OK {
			value = C.GoString(out)
		}
		return code
	})
	return value, err
}

// Render in a format: "text", "json", "markdown" ...
func (r *Report) Render(format string) (string, error) {
	var value string
	p, free := text(format)
	defer free()
	err := r.do(func(ptr *C.lb_report) C.lb_err {
		var out *C.char
		var n C.size_t
		code := C.lb_report_render(ptr, &out, &n, p)
		if code == C.LB_OK {
			value = C.GoStringN(out, C.int(n))
			C.lb_free(r.ctx.ptr, unsafe.Pointer(out))
		}
		return code
	})
	return value, err
}

// ExitCode that a program should end with.
func (r *Report) ExitCode() int {
	code := 0
	_ = r.do(func(ptr *C.lb_report) C.lb_err {
		code = int(C.lb_report_exit_code(ptr))
		return C.LB_OK
	})
	return code
}

// Dataset is records: of a run or of a file.
type Dataset struct{ object[*C.lb_dataset] }

func newDataset(ctx *Context, call func(out **C.lb_dataset) C.lb_err) (*Dataset, error) {
	d := &Dataset{}
	if err := d.init(ctx, func(p *C.lb_dataset) { C.lb_dataset_free(p) }, call); err != nil {
		return nil, err
	}
	runtime.SetFinalizer(d, func(d *Dataset) { d.leave() })
	return d, nil
}

// LoadDataset reads NDJSON as `litebench run -o FILE.ndjson` writes it.
func LoadDataset(ctx *Context, ndjson string) (*Dataset, error) {
	d, err := newDataset(ctx, func(out **C.lb_dataset) C.lb_err {
		return C.lb_dataset_new(out, ctx.ptr)
	})
	if err != nil {
		return nil, err
	}
	p, free := text(ndjson)
	defer free()
	return d, d.do(func(ptr *C.lb_dataset) C.lb_err {
		return C.lb_dataset_load(ptr, p, C.size_t(len(ndjson)))
	})
}

// Turns are all records.
func (d *Dataset) Turns() ([]*Turn, error) {
	var turns []*Turn
	err := d.do(func(ptr *C.lb_dataset) C.lb_err {
		var t C.lb_turn
		for i := C.size_t(0); i < C.lb_dataset_size(ptr); i++ {
			if code := C.lb_dataset_at(ptr, &t, C.sizeof_lb_turn, i); code != C.LB_OK {
				return code
			}
			turns = append(turns, readTurn(&t))
		}
		return C.LB_OK
	})
	return turns, err
}

// Report folds and judges the records; objectives of config (may be nil) replace the stored ones.
func (d *Dataset) Report(config *Config) (*Report, error) {
	defer runtime.KeepAlive(config)
	return newReport(d.ctx, func(out **C.lb_report) C.lb_err {
		if config == nil {
			return C.lb_report_new(out, d.ptr, nil)
		}
		return C.lb_report_new(out, d.ptr, config.ptr)
	})
}

// Stat is a value with its 95 % interval; NaN where the sample cannot bound it.
type Stat struct {
	Value, Low, High, Effective float64
	N                           uint64
}

// Recorder is statistics of one clock of your own.
type Recorder struct{ object[*C.lb_recorder] }

// NewRecorder makes an empty one.
func NewRecorder(ctx *Context) (*Recorder, error) {
	r := &Recorder{}
	err := r.init(ctx, func(p *C.lb_recorder) { C.lb_recorder_free(p) },
		func(out **C.lb_recorder) C.lb_err { return C.lb_recorder_new(out, ctx.ptr) })
	if err != nil {
		return nil, err
	}
	runtime.SetFinalizer(r, func(r *Recorder) { r.leave() })
	return r, nil
}

// Add a value of a cluster (conversation), or that there was none.
func (r *Recorder) Add(cluster uint64, value float64, missed bool) error {
	return r.do(func(ptr *C.lb_recorder) C.lb_err {
		flag := C.int32_t(0)
		if missed {
			flag = 1
		}
		return C.lb_recorder_add(ptr, C.uint64_t(cluster), C.double(value), flag)
	})
}

// Stat of "mean", "min", "max", "stddev", "p50", "p99.9" ...
func (r *Recorder) Stat(what string) (Stat, error) {
	var out C.lb_stat
	p, free := text(what)
	defer free()
	err := r.do(func(ptr *C.lb_recorder) C.lb_err {
		return C.lb_recorder_stat(ptr, &out, C.sizeof_lb_stat, p)
	})
	return Stat{float64(out.value), float64(out.low), float64(out.high), float64(out.n_eff),
		uint64(out.n)}, err
}
