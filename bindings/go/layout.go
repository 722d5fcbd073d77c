// SPDX-License-Identifier: Apache-2.0

package litebench

/*
#include <litebench/litebench.h>
*/
import "C"

import (
	"reflect"
	"strings"
)

// layout is how cgo sees the structs that are used here, for the test that compares it with a compiler's view.
func layout() map[string]uintptr {
	found := map[string]uintptr{}
	for name, value := range map[string]any{
		"lb_ctx_options": C.lb_ctx_options{}, "lb_opt_info": C.lb_opt_info{},
		"lb_turn": C.lb_turn{}, "lb_message": C.lb_message{}, "lb_stat": C.lb_stat{},
		"lb_event": C.lb_event{},
	} {
		kind := reflect.TypeOf(value)
		found[name] = kind.Size()
		for i := range kind.NumField() {
			field := kind.Field(i)
			if field.Name != "_" { // padding
				found[name+"."+strings.TrimPrefix(field.Name, "_")] = field.Offset
			}
		}
	}
	return found
}
