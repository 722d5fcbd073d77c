// SPDX-License-Identifier: Apache-2.0

// Package litebench measures how an OpenAI-compatible LLM endpoint serves a crowd, and judges it.
//
// It is a thin layer over liblitebench, found by pkg-config when this is built. Objects are freed by
// Close, in any order, or by the garbage collector. Goroutines may share the objects of one Context:
// they take turns. Two contexts run side by side.
package litebench

/*
#cgo pkg-config: litebench
#include <stdlib.h>
#include <litebench/litebench.h>

#if LB_VERSION_NUM < 0x000100
#error "liblitebench 0.1 or newer is needed"
#endif
*/
import "C"

import (
	"runtime"
	"sync"
	"unsafe"
)

// Code is an lb_err.
type Code int32

// Codes that callers look for; errors.Is(err, litebench.Invalid) works on every error of this package.
const (
	Invalid  Code = C.LB_E_INVALID
	State    Code = C.LB_E_STATE
	IO       Code = C.LB_E_IO
	Parse    Code = C.LB_E_PARSE
	Net      Code = C.LB_E_NET
	HTTP     Code = C.LB_E_HTTP
	Timeout  Code = C.LB_E_TIMEOUT
	Canceled Code = C.LB_E_CANCELED
	NotFound Code = C.LB_E_NOTFOUND
	Range    Code = C.LB_E_RANGE
	User     Code = C.LB_E_USER
)

// Error says "timed out" and the like.
func (c Code) Error() string { return C.GoString(C.lb_err_text(C.lb_err(c))) }

// Name is stable: "LB_E_TIMEOUT".
func (c Code) Name() string { return C.GoString(C.lb_err_name(C.lb_err(c))) }

// Error is a call that failed, with the library's own words.
type Error struct {
	Code Code
	Text string
}

func (e *Error) Error() string {
	if e.Text == "" {
		return e.Code.Error()
	}
	return e.Text
}

// Unwrap lets errors.Is find the code.
func (e *Error) Unwrap() error { return e.Code }

// Version of the loaded library, and what it stands on.
func Version() (version, on string) {
	return C.GoString(C.lb_version()), C.GoString(C.lb_build_info())
}

// Context keeps the last error; everything else is made from one.
type Context struct {
	mu   sync.Mutex
	ptr  *C.lb_ctx
	dead []func() // what the collector found: freed at the next call, never beside one
}

// NewContext makes one. It needs no closing.
func NewContext() (*Context, error) {
	var ptr *C.lb_ctx
	if code := C.lb_ctx_new(&ptr, nil, 0); code != C.LB_OK {
		return nil, &Error{Code: Code(code)}
	}
	c := &Context{ptr: ptr}
	runtime.SetFinalizer(c, func(c *Context) {
		c.bury()
		C.lb_ctx_free(c.ptr)
	})
	return c, nil
}

func (c *Context) bury() {
	for _, free := range c.dead {
		free()
	}
	c.dead = nil
}

// do makes one call at a time and reads the error text before anybody else can change it.
func (c *Context) do(call func() C.lb_err) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bury()
	code := call()
	if code == C.LB_OK {
		return nil
	}
	return &Error{Code: Code(code), Text: C.GoString(C.lb_ctx_error(c.ptr))}
}

// object is something with an lb_..._free; P is the pointer to it.
type object[P comparable] struct {
	ctx  *Context
	ptr  P
	free func(P)
}

func (o *object[P]) init(ctx *Context, free func(P), call func(out *P) C.lb_err) error {
	o.ctx, o.free = ctx, free
	var out P // alone in its memory: C gets no pointer to other pointers of Go
	err := ctx.do(func() C.lb_err { return call(&out) })
	o.ptr = out
	return err
}

// do is Context.do for a method of an object that must not be closed.
func (o *object[P]) do(call func(ptr P) C.lb_err) error {
	var none P
	return o.ctx.do(func() C.lb_err {
		if o.ptr == none {
			return C.LB_E_STATE
		}
		return call(o.ptr)
	})
}

// Close frees it. Closing twice is fine.
func (o *object[P]) Close() error {
	o.ctx.mu.Lock()
	defer o.ctx.mu.Unlock()
	return o.release()
}

// release is Close for one who holds the lock of the context.
func (o *object[P]) release() error {
	var none P
	if o.ptr != none {
		o.free(o.ptr)
		o.ptr = none
	}
	return nil
}

// leave is what a finalizer does: the next call on the context frees it, never one beside another.
func (o *object[P]) leave() {
	var none P
	ptr, free, ctx := o.ptr, o.free, o.ctx
	if ptr == none {
		return
	}
	go func() {
		ctx.mu.Lock()
		ctx.dead = append(ctx.dead, func() { free(ptr) })
		ctx.mu.Unlock()
	}()
}

// text is a C string for the length of a call.
func text(s string) (*C.char, func()) {
	p := C.CString(s)
	return p, func() { C.free(unsafe.Pointer(p)) }
}
