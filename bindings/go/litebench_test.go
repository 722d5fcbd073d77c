// SPDX-License-Identifier: Apache-2.0

package litebench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// LITEBENCH_TEST_URL is a simulated endpoint, LITEBENCH_TEST_LAYOUT what a C program printed.
var url = os.Getenv("LITEBENCH_TEST_URL")

func fast() Options {
	return Options{"conversations": 5, "turns": 4, "workers": 5, "min_delay": 0, "max_delay": 0,
		"max_tokens": 5, "slo": []string{"errors<=1%"}}
}

func long() Options {
	o := fast()
	o["conversations"], o["turns"] = 40, 10
	o["min_delay"], o["max_delay"] = 50*time.Millisecond, 50*time.Millisecond
	return o
}

func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func TestLayout(t *testing.T) {
	data, err := os.ReadFile(os.Getenv("LITEBENCH_TEST_LAYOUT"))
	if err != nil {
		t.Fatal(err)
	}
	ours := layout()
	lines, found := strings.Fields(string(data)), 0
	for i := 0; i < len(lines); i += 2 {
		if _, used := ours[strings.Split(lines[i], ".")[0]]; !used {
			continue
		}
		found++
		if fmt.Sprint(ours[lines[i]]) != lines[i+1] {
			t.Errorf("%s: %d here, %s in C", lines[i], ours[lines[i]], lines[i+1])
		}
	}
	if found != len(ours) {
		t.Errorf("%d members here, %d in C", len(ours), found)
	}
}

func TestTwentyTurns(t *testing.T) {
	run := must[*Run](t)(Prepare(nil, url, fast()))
	defer run.Close()
	seen := map[string]bool{}
	var last *Event
	for event, err := range run.Events(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if event.Kind == TurnEnded {
			seen[fmt.Sprint(event.Turn.Conversation, event.Turn.Turn)] = true
			if event.Turn.Error != "" || event.Turn.TTFT <= 0 {
				t.Errorf("%+v", event.Turn)
			}
		}
		last = event
	}
	if len(seen) != 20 || last.Kind != Done || last.OK != 20 {
		t.Fatalf("%d turns, last %+v", len(seen), last)
	}
	report := must[*Report](t)(run.Report())
	dataset := must[*Dataset](t)(run.Dataset())
	run.Close()
	if n := must[float64](t)(report.Number("requests.ok")); n != 20 {
		t.Errorf("%v requests", n)
	}
	if turns := must[[]*Turn](t)(dataset.Turns()); len(turns) != 20 {
		t.Errorf("%d records", len(turns))
	}
	if json := must[string](t)(report.Render("json")); !strings.Contains(json, "litebench.report/1") {
		t.Error(json)
	}
	if _, err := report.Number("no.such"); !errors.Is(err, NotFound) {
		t.Error(err)
	}
}

func TestWrongOption(t *testing.T) {
	_, err := NewConfig(nil, Options{"workers": 0})
	var own *Error
	if !errors.As(err, &own) || own.Code != Invalid || own.Code.Name() != "LB_E_INVALID" ||
		!strings.Contains(own.Text, "0 is out of range 1..100000") {
		t.Error(err)
	}
	if _, err = NewConfig(nil, Options{"load.wrkers": 3}); !errors.Is(err, Invalid) ||
		!strings.Contains(err.Error(), "load.workers") {
		t.Error(err)
	}
	config := must[*Config](t)(NewConfig(nil, Options{"preset": "quick", "for": 2 * time.Minute}))
	if value := must[string](t)(config.Get("turns", 0)); value != "3" {
		t.Error(value)
	}
}

func TestContextCancels(t *testing.T) {
	run := must[*Run](t)(Prepare(nil, url, long()))
	defer run.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	began, done := time.Now(), false
	var last error
	for event, err := range run.Events(ctx) {
		done = done || (err == nil && event.Kind == Done && event.OK < 400)
		last = err
	}
	if !done || !errors.Is(last, context.DeadlineExceeded) || time.Since(began) > 3*time.Second {
		t.Errorf("done %v, error %v after %v", done, last, time.Since(began))
	}
}

func TestCancelFromGoroutine(t *testing.T) {
	run := must[*Run](t)(Prepare(nil, url, long()))
	go func() {
		time.Sleep(200 * time.Millisecond)
		run.Cancel()
		run.Cancel()
	}()
	report := must[*Report](t)(run.Execute(context.Background()))
	run.Close()
	run.Cancel()
	if json := must[string](t)(report.Render("json")); !strings.Contains(json, `"partial": true`) {
		t.Error("the result does not say that it is partial")
	}
}

func TestTwoContextsAtOnce(t *testing.T) {
	var group sync.WaitGroup
	for range 2 {
		group.Add(1)
		go func() {
			defer group.Done()
			run, err := Prepare(nil, url, fast())
			if err != nil {
				t.Error(err)
				return
			}
			defer run.Close()
			report, err := run.Execute(context.Background())
			if err != nil {
				t.Error(err)
				return
			}
			if n, _ := report.Number("requests.ok"); n != 20 {
				t.Errorf("%v requests", n)
			}
		}()
	}
	group.Wait()
}

func descriptors(t *testing.T) int {
	return len(must[[]os.DirEntry](t)(os.ReadDir("/proc/self/fd")))
}

func TestCollector(t *testing.T) {
	ctx := must[*Context](t)(NewContext())
	before := descriptors(t)
	for range 100 {
		config := must[*Config](t)(NewConfig(ctx, Options{"url": url, "model": "m"}))
		must[*Client](t)(NewClient(config))
		must[*Recorder](t)(NewRecorder(ctx))
	}
	run := must[*Run](t)(Prepare(ctx, url, long()))
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	run = nil
	for range 50 {
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
		must[*Config](t)(NewConfig(ctx, nil)) // a call frees what is dead
		if descriptors(t) <= before+2 {
			return
		}
	}
	t.Errorf("%d descriptors, %d before", descriptors(t), before)
}

func TestAnyOrder(t *testing.T) {
	config := must[*Config](t)(NewConfig(nil, fast()))
	if err := config.Update(Options{"url": url, "model": "simulated-model"}); err != nil {
		t.Fatal(err)
	}
	corpus := must[*Corpus](t)(NewCorpus(config))
	if err := corpus.Add("own.md", strings.Repeat("A document about birds. ", 40)); err != nil {
		t.Fatal(err)
	}
	plan := must[*Plan](t)(NewPlan(config, corpus))
	run := must[*Run](t)(NewRun(config, plan))
	corpus.Close()
	config.Close()
	if c, n := plan.Size(); c != 5 || n != 4 || must[string](t)(plan.Message(0, 1)) == "" {
		t.Error(c, n)
	}
	plan.Close()
	if err := config.Check(); !errors.Is(err, State) {
		t.Error("a closed object was used:", err)
	}
	must[*Report](t)(run.Execute(context.Background()))
	run.Close()
	run.Close()
}

// The first token of this endpoint takes 20 s.
func TestChatEndsWithItsContext(t *testing.T) {
	config := must[*Config](t)(NewConfig(nil, Options{"url": os.Getenv("LITEBENCH_TEST_SLOW_URL"),
		"model": "simulated-model"}))
	client := must[*Client](t)(NewClient(config))
	began := time.Now()
	for range 2 { // and it works again
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		defer cancel()
		_, err := client.ChatContext(ctx, Message{"user", "Hello"})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	}
	if models := must[[]string](t)(client.Models()); len(models) != 1 {
		t.Error(models)
	}
	time.AfterFunc(200*time.Millisecond, func() { client.Close() })
	if _, err := client.Chat(Message{"user", "Hello"}); !errors.Is(err, Canceled) {
		t.Error(err)
	}
	if passed := time.Since(began); passed > 10*time.Second {
		t.Error(passed)
	}
}

func TestParts(t *testing.T) {
	config := must[*Config](t)(NewConfig(nil, Options{"url": url, "max_tokens": 8,
		"model": "simulated-model"}))
	client := must[*Client](t)(NewClient(config))
	defer client.Close()
	if models := must[[]string](t)(client.Models()); models[0] != "simulated-model" {
		t.Error(models)
	}
	turn := must[*Turn](t)(client.Chat(Message{"system", "Be short."}, Message{"user", "Hello"}))
	if turn.CompletionTokens != 8 || turn.TTFT <= 0 || turn.Answer == "" {
		t.Errorf("%+v", turn)
	}
	recorder := must[*Recorder](t)(NewRecorder(config.ctx))
	for i := range 100 {
		if err := recorder.Add(uint64(i), float64(i), false); err != nil {
			t.Fatal(err)
		}
	}
	if stat := must[Stat](t)(recorder.Stat("p50")); stat.Value != 49 || stat.N != 100 {
		t.Errorf("%+v", stat)
	}
	dataset := must[*Dataset](t)(LoadDataset(config.ctx, `{"schema":"litebench.records/1"}
{"conversation":0,"turn":1,"status":200,"ttft_ms":100,"done_ms":200,"sent_ms":0}
`))
	report := must[*Report](t)(dataset.Report(nil))
	if value := must[float64](t)(report.Number("metrics.ttft.p50.value")); value != 100 {
		t.Error(value)
	}
}
