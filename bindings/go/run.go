// SPDX-License-Identifier: Apache-2.0

package litebench

/*
#include <stdlib.h>
#include <litebench/litebench.h>

// An array of messages without a pointer of Go in it.
static lb_err chat(lb_client *client, lb_turn *out, const lb_message *messages, size_t count)
{
    return lb_client_chat(client, out, sizeof(*out), messages, count, NULL, NULL);
}
*/
import "C"

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"sync"
	"time"
	"unsafe"
)

// slice is the longest wait inside the library: between two, others get their turn.
const slice = 100 * time.Millisecond

// Kind of an Event.
type Kind int

// Kinds; Done is the last event of a run.
const (
	Started   Kind = C.LB_EV_STARTED
	TurnEnded Kind = C.LB_EV_TURN
	Note      Kind = C.LB_EV_NOTE
	Done      Kind = C.LB_EV_DONE
)

// Event is news of a run; Turn is set with TurnEnded, Text with Note.
type Event struct {
	Kind                          Kind
	At                            time.Duration
	Turn                          *Turn
	Text                          string
	InFlight, OK, Failed, Planned uint64
}

// Run is one benchmark run.
type Run struct {
	object[*C.lb_run]
	life sync.Mutex // keeps Cancel away from Close
}

// NewRun of a plan.
func NewRun(config *Config, plan *Plan) (*Run, error) {
	r := &Run{}
	err := r.init(config.ctx, func(p *C.lb_run) { C.lb_run_free(p) },
		func(out **C.lb_run) C.lb_err { return C.lb_run_new(out, config.ptr, plan.ptr) })
	runtime.KeepAlive(config)
	runtime.KeepAlive(plan)
	if err != nil {
		return nil, err
	}
	runtime.SetFinalizer(r, func(r *Run) {
		r.Cancel() // freeing joins threads: not here
		r.leave()
	})
	return r, nil
}

// Prepare makes a run of a URL: without "model", the first that the endpoint lists; without "docs",
// the documents in the library. A nil context: one of its own.
func Prepare(ctx *Context, url string, options Options) (*Run, error) {
	config, err := NewConfig(ctx, options)
	if err != nil {
		return nil, err
	}
	defer config.Close()
	if err = config.Set("url", url); err != nil {
		return nil, err
	}
	if err = config.needModel(); err != nil {
		return nil, err
	}
	corpus, err := NewCorpus(config)
	if err != nil {
		return nil, err
	}
	defer corpus.Close()
	docs, _ := config.Get("plan.docs", 0)
	if err = corpus.AddPath(docs); err != nil {
		return nil, err
	}
	plan, err := NewPlan(config, corpus)
	if err != nil {
		return nil, err
	}
	defer plan.Close()
	return NewRun(config, plan)
}

func (c *Config) needModel() error {
	if name, err := c.Get("target.model", 0); err == nil && name != "" {
		return nil
	}
	client, err := NewClient(c)
	if err != nil {
		return err
	}
	defer client.Close()
	models, err := client.Models()
	if err != nil {
		return err
	}
	if len(models) == 0 {
		return &Error{Invalid, "the endpoint lists no model"}
	}
	return c.Set("target.model", models[0])
}

// Start it in the background. Events does so, too.
func (r *Run) Start() error {
	return r.do(func(ptr *C.lb_run) C.lb_err { return C.lb_run_start(ptr) })
}

// Next waits for one event; nil: there was none in that time. Negative: for ever.
func (r *Run) Next(timeout time.Duration) (*Event, error) {
	until := time.Now().Add(timeout)
	for {
		wait := slice
		if left := time.Until(until); timeout >= 0 && left < slice {
			wait = max(left, 0)
		}
		event, err := r.pull(wait)
		if event != nil || err != nil || (timeout >= 0 && wait < slice) {
			return event, err
		}
	}
}

func (r *Run) pull(wait time.Duration) (*Event, error) {
	var event *Event
	err := r.do(func(ptr *C.lb_run) C.lb_err {
		var e C.lb_event
		code := C.lb_run_next_event(ptr, &e, C.sizeof_lb_event, C.int64_t(wait))
		if code == C.LB_E_TIMEOUT {
			return C.LB_OK
		}
		if code == C.LB_OK {
			event = &Event{Kind(e.kind), time.Duration(e.at_ns), nil, C.GoString(e.text),
				uint64(e.in_flight), uint64(e.ok), uint64(e.failed), uint64(e.planned)}
			if e.turn != nil {
				event.Turn = readTurn(e.turn)
			}
		}
		return code
	})
	return event, err
}

// Events starts the run and gives every event, Done as the last. When ctx ends, the run is cancelled
// and its last events still come; then comes the error of ctx.
func (r *Run) Events(ctx context.Context) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		if err := r.Start(); err != nil {
			yield(nil, err)
			return
		}
		defer context.AfterFunc(ctx, r.Cancel)()
		for {
			event, err := r.Next(-1)
			if !yield(event, err) || err != nil {
				return
			}
			if event.Kind == Done {
				break
			}
		}
		if ctx.Err() != nil {
			yield(nil, context.Cause(ctx))
		}
	}
}

// Execute runs to the end and gives the result.
func (r *Run) Execute(ctx context.Context) (*Report, error) {
	for _, err := range r.Events(ctx) {
		if err != nil {
			return nil, err
		}
	}
	return r.Report()
}

// Cancel asks for an orderly end, from any goroutine.
func (r *Run) Cancel() {
	r.life.Lock()
	defer r.life.Unlock()
	if r.ptr != nil {
		C.lb_run_cancel(r.ptr)
	}
}

// Close ends the run if need be and frees it.
func (r *Run) Close() error {
	r.Cancel() // one that waits for events sees the end
	r.life.Lock()
	defer r.life.Unlock()
	return r.object.Close()
}

// Report is the result so far; after the end, the result.
func (r *Run) Report() (*Report, error) {
	defer runtime.KeepAlive(r)
	return newReport(r.ctx, func(out **C.lb_report) C.lb_err { return C.lb_run_report(out, r.ptr) })
}

// Dataset is the records so far.
func (r *Run) Dataset() (*Dataset, error) {
	defer runtime.KeepAlive(r)
	return newDataset(r.ctx, func(out **C.lb_dataset) C.lb_err { return C.lb_run_dataset(out, r.ptr) })
}

// Client is one conversation by hand.
type Client struct {
	object[*C.lb_client]
	life    sync.Mutex // of waiting, and keeps a cancellation away from Close
	waiting int        // calls that a cancellation may end
}

// NewClient keeps the options as they are now.
func NewClient(config *Config) (*Client, error) {
	c := &Client{}
	err := c.init(config.ctx, func(p *C.lb_client) { C.lb_client_free(p) },
		func(out **C.lb_client) C.lb_err { return C.lb_client_new(out, config.ptr) })
	runtime.KeepAlive(config)
	if err != nil {
		return nil, err
	}
	runtime.SetFinalizer(c, func(c *Client) { c.leave() })
	return c, nil
}

// cancel ends the calls under way.
func (c *Client) cancel() {
	c.life.Lock()
	defer c.life.Unlock()
	if c.ptr != nil && c.waiting > 0 {
		C.lb_client_cancel(c.ptr, 1)
	}
}

// await makes a call that ends when ctx does, then with the error of ctx.
func (c *Client) await(ctx context.Context, call func(ptr *C.lb_client) C.lb_err) error {
	c.life.Lock()
	c.waiting++
	c.life.Unlock()
	told := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		c.cancel()
		close(told)
	})
	err := c.do(call)
	if !stop() {
		<-told
		if errors.Is(err, Canceled) {
			err = context.Cause(ctx)
		}
	}
	c.life.Lock()
	defer c.life.Unlock()
	c.waiting--
	if c.waiting == 0 && c.ptr != nil {
		C.lb_client_cancel(c.ptr, 0)
	}
	return err
}

// Close ends the calls under way and frees it.
func (c *Client) Close() error {
	c.cancel()
	c.ctx.mu.Lock() // first: a call that ends needs life
	defer c.ctx.mu.Unlock()
	c.life.Lock()
	defer c.life.Unlock()
	return c.object.release()
}

// Models that the endpoint lists.
func (c *Client) Models() ([]string, error) { return c.ModelsContext(context.Background()) }

// ModelsContext is Models until ctx ends.
func (c *Client) ModelsContext(ctx context.Context) ([]string, error) {
	var models []string
	err := c.await(ctx, func(ptr *C.lb_client) C.lb_err {
		for {
			var out *C.char
			code := C.lb_client_model(ptr, &out, nil, C.size_t(len(models)))
			if code == C.LB_E_RANGE {
				return C.LB_OK
			}
			if code != C.LB_OK {
				return code
			}
			models = append(models, C.GoString(out))
		}
	})
	return models, err
}

// Message of a chat; Role is "system", "user" or "assistant".
type Message struct{ Role, Text string }

var roles = map[string]C.int32_t{"system": C.LB_ROLE_SYSTEM, "user": C.LB_ROLE_USER,
	"assistant": C.LB_ROLE_ASSISTANT}

// Chat waits for the end of the answer. What the endpoint does wrong is in Turn.Error.
func (c *Client) Chat(messages ...Message) (*Turn, error) {
	return c.ChatContext(context.Background(), messages...)
}

// ChatContext is Chat until ctx ends, be it before the first token.
func (c *Client) ChatContext(ctx context.Context, messages ...Message) (*Turn, error) {
	if len(messages) == 0 {
		return nil, &Error{Invalid, "no message"}
	}
	size := C.size_t(len(messages)) * C.sizeof_lb_message
	array := (*C.lb_message)(C.calloc(1, size))
	defer C.free(unsafe.Pointer(array))
	for i, slot := 0, unsafe.Slice(array, len(messages)); i < len(messages); i++ {
		role, ok := roles[messages[i].Role]
		if !ok {
			return nil, &Error{Invalid, "no role " + messages[i].Role}
		}
		cText, free := text(messages[i].Text)
		defer free()
		slot[i].text, slot[i].len, slot[i].role = cText, C.size_t(len(messages[i].Text)), role
	}
	var turn *Turn
	err := c.await(ctx, func(ptr *C.lb_client) C.lb_err {
		var out C.lb_turn
		code := C.chat(ptr, &out, array, C.size_t(len(messages)))
		if code == C.LB_OK {
			turn = readTurn(&out)
		}
		return code
	})
	return turn, err
}
