// SPDX-License-Identifier: Apache-2.0

package litebench

/*
#include <stdlib.h>
#include <litebench/litebench.h>
*/
import "C"

import (
	"fmt"
	"runtime"
	"strings"
	"time"
)

// Option is a row of the library's option table.
type Option struct {
	Name, Choices, Default, Help, Example string
	Min, Max                              float64
	Secret                                bool
}

// OptionTable is every option that means something here, in the order of the table.
func OptionTable() []Option {
	var rows []Option
	var info C.lb_opt_info
	for i := C.size_t(0); C.lb_opt_at(&info, C.sizeof_lb_opt_info, i) == C.LB_OK; i++ {
		if info.cli_only != 0 {
			continue
		}
		rows = append(rows, Option{C.GoString(info.name), C.GoString(info.choices),
			C.GoString(info.dflt), C.GoString(info.help), C.GoString(info.example),
			float64(info.min), float64(info.max), info.secret != 0})
	}
	return rows
}

// Options by full name or by its last part: {"workers": 8, "plan.turns": 3}. Values are numbers,
// booleans, time.Duration, text or []string; the library converts and checks them.
type Options map[string]any

// Config is a set of options.
type Config struct{ object[*C.lb_config] }

// NewConfig makes one in a context of its own if ctx is nil.
func NewConfig(ctx *Context, options Options) (*Config, error) {
	if ctx == nil {
		var err error
		if ctx, err = NewContext(); err != nil {
			return nil, err
		}
	}
	c := &Config{}
	err := c.init(ctx, func(p *C.lb_config) { C.lb_config_free(p) },
		func(out **C.lb_config) C.lb_err { return C.lb_config_new(out, ctx.ptr) })
	if err != nil {
		return nil, err
	}
	runtime.SetFinalizer(c, func(c *Config) { c.leave() })
	return c, c.Update(options)
}

// Update sets several; "preset" comes before all others.
func (c *Config) Update(options Options) error {
	if name, ok := options["preset"].(string); ok {
		if err := c.Preset(name); err != nil {
			return err
		}
	}
	for name, value := range options {
		if name == "preset" {
			continue
		}
		if err := c.Set(name, value); err != nil {
			return err
		}
	}
	return nil
}

// Preset sets what a preset says.
func (c *Config) Preset(name string) error {
	p, free := text(name)
	defer free()
	return c.do(func(ptr *C.lb_config) C.lb_err { return C.lb_config_preset(ptr, p) })
}

func fullName(name string) string {
	if !strings.Contains(name, ".") {
		for _, row := range OptionTable() {
			if strings.HasSuffix(row.Name, "."+name) {
				return row.Name
			}
		}
	}
	return name // an unknown one as it is: the library knows the nearest
}

func asText(value any) string {
	switch v := value.(type) {
	case time.Duration:
		return fmt.Sprintf("%.9fs", v.Seconds())
	default:
		return fmt.Sprint(v)
	}
}

// Set gives one option a value; a []string is a list.
func (c *Config) Set(name string, value any) error {
	items, ok := value.([]string)
	if !ok {
		items = []string{asText(value)}
	}
	cName, freeName := text(fullName(name))
	defer freeName()
	origin, freeOrigin := text("Go: " + name)
	defer freeOrigin()
	for i, item := range items {
		cItem, freeItem := text(item)
		err := c.do(func(ptr *C.lb_config) C.lb_err {
			if i == 0 {
				return C.lb_config_set(ptr, cName, cItem, origin)
			}
			return C.lb_config_add(ptr, cName, cItem, origin)
		})
		freeItem()
		if err != nil {
			return err
		}
	}
	return nil
}

// Get gives a value as text ("***" for a secret), item i of a list.
func (c *Config) Get(name string, i int) (string, error) {
	var value string
	cName, free := text(fullName(name))
	defer free()
	err := c.do(func(ptr *C.lb_config) C.lb_err {
		var out *C.char
		code := C.lb_config_get(ptr, &out, cName, C.size_t(i))
		if code == C.LB_OK {
			value = C.GoString(out)
		}
		return code
	})
	return value, err
}

// Check looks at rules that join several options; the error lists every fault, a line each.
func (c *Config) Check() error {
	return c.do(func(ptr *C.lb_config) C.lb_err { return C.lb_config_check(ptr) })
}

// Corpus is a set of documents.
type Corpus struct{ object[*C.lb_corpus] }

// NewCorpus makes an empty one.
func NewCorpus(config *Config) (*Corpus, error) {
	c := &Corpus{}
	err := c.init(config.ctx, func(p *C.lb_corpus) { C.lb_corpus_free(p) },
		func(out **C.lb_corpus) C.lb_err { return C.lb_corpus_new(out, config.ptr) })
	if err != nil {
		return nil, err
	}
	runtime.SetFinalizer(c, func(c *Corpus) { c.leave() })
	return c, nil
}

// Add a document; an extension of the title decides between code and text.
func (c *Corpus) Add(title, document string) error {
	cTitle, freeTitle := text(title)
	defer freeTitle()
	cText, freeText := text(document)
	defer freeText()
	return c.do(func(ptr *C.lb_corpus) C.lb_err {
		return C.lb_corpus_add(ptr, cTitle, cText, C.size_t(len(document)))
	})
}

// AddPath adds a file or a folder; "" is the documents in the library.
func (c *Corpus) AddPath(path string) error {
	cPath, free := text(path)
	defer free()
	return c.do(func(ptr *C.lb_corpus) C.lb_err {
		if path == "" {
			return C.lb_corpus_add_builtin(ptr)
		}
		return C.lb_corpus_add_path(ptr, cPath)
	})
}

// Plan is planned conversations: equal for equal options, documents and seed.
type Plan struct{ object[*C.lb_plan] }

// NewPlan plans.
func NewPlan(config *Config, corpus *Corpus) (*Plan, error) {
	p := &Plan{}
	err := p.init(config.ctx, func(p *C.lb_plan) { C.lb_plan_free(p) },
		func(out **C.lb_plan) C.lb_err { return C.lb_plan_new(out, config.ptr, corpus.ptr) })
	runtime.KeepAlive(config)
	runtime.KeepAlive(corpus)
	if err != nil {
		return nil, err
	}
	runtime.SetFinalizer(p, func(p *Plan) { p.leave() })
	return p, nil
}

// Size is how many conversations of how many turns.
func (p *Plan) Size() (conversations, turns int) {
	_ = p.do(func(ptr *C.lb_plan) C.lb_err {
		conversations, turns = int(C.lb_plan_conversations(ptr)), int(C.lb_plan_turns(ptr))
		return C.LB_OK
	})
	return
}

// Message of the user; turns count from 1.
func (p *Plan) Message(conversation, turn int) (string, error) {
	var message string
	err := p.do(func(ptr *C.lb_plan) C.lb_err {
		var out *C.char
		var n C.size_t
		code := C.lb_plan_message(ptr, &out, &n, C.size_t(conversation), C.size_t(turn))
		if code == C.LB_OK {
			message = C.GoStringN(out, C.int(n))
		}
		return code
	})
	return message, err
}
