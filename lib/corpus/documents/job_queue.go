// SPDX-License-Identifier: Apache-2.0

// Package jobqueue runs background jobs with a fixed number of workers, retries with growing
// pauses, and a dead-letter list for jobs that fail for good.
//
// Jobs are kept in memory. A Store can be given to survive restarts: every job is saved before
// it is accepted and deleted after it has been finished.
package jobqueue

import (
	"container/heap"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math/rand"
	"net/http"
	"sync"
	"time"
)

var (
	ErrClosed    = errors.New("jobqueue: closed")
	ErrFull      = errors.New("jobqueue: full")
	ErrUnknown   = errors.New("jobqueue: unknown kind of job")
	ErrDuplicate = errors.New("jobqueue: job with this id exists")
)

// Permanent wraps an error that must not be retried.
type Permanent struct{ Err error }

func (p Permanent) Error() string { return "permanent: " + p.Err.Error() }
func (p Permanent) Unwrap() error { return p.Err }

// Job is one piece of work.
type Job struct {
	ID        string          `json:"id"`
	Kind      string          `json:"kind"`
	Payload   json.RawMessage `json:"payload"`
	Priority  int             `json:"priority"` // higher runs first
	NotBefore time.Time       `json:"not_before"`
	Attempts  int             `json:"attempts"`
	LastErr   string          `json:"last_error,omitempty"`

	index int
}

// Handler does the work for one kind of job.
type Handler func(ctx context.Context, job *Job) error

// Store keeps jobs across restarts.
type Store interface {
	Save(job *Job) error
	Delete(id string) error
	Load() ([]*Job, error)
}

// Config with reasonable defaults for all zero values.
type Config struct {
	Workers     int           // default 4
	Capacity    int           // default 10,000
	MaxAttempts int           // default 8
	Timeout     time.Duration // of one attempt; default 30 s
	BasePause   time.Duration // default 500 ms
	MaxPause    time.Duration // default 10 min
	Store       Store
	Logger      *log.Logger
}

// jobHeap orders by time first, then by priority.
type jobHeap []*Job

func (h jobHeap) Len() int { return len(h) }
func (h jobHeap) Less(i, j int) bool {
	if !h[i].NotBefore.Equal(h[j].NotBefore) {
		return h[i].NotBefore.Before(h[j].NotBefore)
	}
	return h[i].Priority > h[j].Priority
}
func (h jobHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *jobHeap) Push(x any) {
	job := x.(*Job)
	job.index = len(*h)
	*h = append(*h, job)
}
func (h *jobHeap) Pop() any {
	old := *h
	job := old[len(old)-1]
	*h = old[:len(old)-1]
	return job
}

// Queue is safe for use by several goroutines.
type Queue struct {
	cfg      Config
	handlers map[string]Handler

	mu      sync.Mutex
	waiting jobHeap
	known   map[string]*Job
	dead    []*Job
	wake    chan struct{}
	closed  bool

	wg    sync.WaitGroup
	stats Stats
}

// Stats are counters since the start.
type Stats struct {
	Accepted  int `json:"accepted"`
	Succeeded int `json:"succeeded"`
	Retried   int `json:"retried"`
	Dead      int `json:"dead"`
	Running   int `json:"running"`
	Waiting   int `json:"waiting"`
}

// New creates a queue. Register handlers, then call Start.
func New(cfg Config) *Queue {
	if cfg.Workers == 0 {
		cfg.Workers = 4
	}
	if cfg.Capacity == 0 {
		cfg.Capacity = 10000
	}
	if cfg.MaxAttempts == 0 {
		cfg.MaxAttempts = 8
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	if cfg.BasePause == 0 {
		cfg.BasePause = 500 * time.Millisecond
	}
	if cfg.MaxPause == 0 {
		cfg.MaxPause = 10 * time.Minute
	}
	if cfg.Logger == nil {
		cfg.Logger = log.Default()
	}
	return &Queue{
		cfg:      cfg,
		handlers: make(map[string]Handler),
		known:    make(map[string]*Job),
		wake:     make(chan struct{}),
	}
}

// Handle registers the handler for a kind of job. It must be called before Start.
func (q *Queue) Handle(kind string, h Handler) { q.handlers[kind] = h }

// Start loads stored jobs and starts the workers.
func (q *Queue) Start(ctx context.Context) error {
	if q.cfg.Store != nil {
		jobs, err := q.cfg.Store.Load()
		if err != nil {
			return fmt.Errorf("load jobs: %w", err)
		}
		q.mu.Lock()
		for _, job := range jobs {
			q.known[job.ID] = job
			heap.Push(&q.waiting, job)
		}
		q.mu.Unlock()
		q.cfg.Logger.Printf("jobqueue: %d jobs loaded", len(jobs))
	}
	for i := 0; i < q.cfg.Workers; i++ {
		go func() {
			q.wg.Add(1)
			defer q.wg.Done()
			q.work(ctx)
		}()
	}
	return nil
}

// Enqueue accepts a job. A job with an empty ID gets a random one.
func (q *Queue) Enqueue(job *Job) error {
	if _, ok := q.handlers[job.Kind]; !ok {
		return ErrUnknown
	}
	if job.ID == "" {
		job.ID = fmt.Sprintf("%08x", rand.Uint32())
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return ErrClosed
	}
	if len(q.waiting) >= q.cfg.Capacity {
		return ErrFull
	}
	if _, ok := q.known[job.ID]; ok {
		return ErrDuplicate
	}
	if q.cfg.Store != nil {
		// Under the lock, so that a job cannot be finished before it has been saved.
		if err := q.cfg.Store.Save(job); err != nil {
			return err
		}
	}
	q.known[job.ID] = job
	heap.Push(&q.waiting, job)
	q.stats.Accepted++
	q.signal()
	return nil
}

// signal wakes one idle worker. Nothing happens if all of them are busy.
func (q *Queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// next returns a job that is due, or the time until the first one will be.
func (q *Queue) next() (*Job, time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return nil, time.Minute
	}
	pause := time.Until(q.waiting[0].NotBefore)
	if pause > 0 {
		return nil, pause
	}
	job := heap.Pop(&q.waiting).(*Job)
	q.stats.Running++
	return job, 0
}

func (q *Queue) work(ctx context.Context) {
	for {
		job, pause := q.next()
		if job == nil {
			select {
			case <-ctx.Done():
				return
			case <-q.wake:
			case <-time.After(pause):
			}
			continue
		}
		err := q.run(ctx, job)
		q.finish(job, err)
	}
}

// run calls the handler and turns a panic into an error.
func (q *Queue) run(ctx context.Context, job *Job) (err error) {
	ctx, cancel := context.WithTimeout(ctx, q.cfg.Timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	job.Attempts++
	return q.handlers[job.Kind](ctx, job)
}

// finish records the outcome and puts the job back if there is another attempt.
func (q *Queue) finish(job *Job, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stats.Running--

	if err == nil {
		q.stats.Succeeded++
		q.forget(job)
		return
	}
	job.LastErr = err.Error()

	var permanent Permanent
	if errors.As(err, &permanent) || job.Attempts > q.cfg.MaxAttempts {
		q.stats.Dead++
		q.dead = append(q.dead, job)
		q.forget(job)
		q.cfg.Logger.Printf("jobqueue: %s %s is dead after %d attempts: %v",
			job.Kind, job.ID, job.Attempts, err)
		return
	}
	q.stats.Retried++
	job.NotBefore = time.Now().Add(q.pause(job.Attempts))
	heap.Push(&q.waiting, job)
	if q.cfg.Store != nil {
		if err := q.cfg.Store.Save(job); err != nil {
			q.cfg.Logger.Printf("jobqueue: save %s: %v", job.ID, err)
		}
	}
}

// forget removes a job from memory and from the store. The lock is held.
func (q *Queue) forget(job *Job) {
	delete(q.known, job.ID)
	if q.cfg.Store != nil {
		if err := q.cfg.Store.Delete(job.ID); err != nil {
			q.cfg.Logger.Printf("jobqueue: delete %s: %v", job.ID, err)
		}
	}
}

// pause doubles with every attempt, with up to 50 % of random variation.
func (q *Queue) pause(attempt int) time.Duration {
	d := q.cfg.BasePause << attempt
	if d > q.cfg.MaxPause {
		d = q.cfg.MaxPause
	}
	return d/2 + time.Duration(rand.Int63n(int64(d)))
}

// Cancel removes a job that has not been started. It reports whether there was one.
func (q *Queue) Cancel(id string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	job, ok := q.known[id]
	if !ok {
		return false
	}
	heap.Remove(&q.waiting, job.index)
	q.forget(job)
	return true
}

// Dead returns the jobs that have failed for good.
func (q *Queue) Dead() []*Job {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.dead
}

// Revive gives all dead jobs another full round of attempts.
func (q *Queue) Revive() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := len(q.dead)
	for _, job := range q.dead {
		job.Attempts = 0
		job.NotBefore = time.Now()
		q.known[job.ID] = job
		heap.Push(&q.waiting, job)
	}
	q.dead = nil
	q.signal()
	return n
}

// Close stops accepting jobs and waits for the running ones, at most until ctx ends.
func (q *Queue) Close(ctx context.Context) error {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()

	done := make(chan struct{})
	go func() {
		q.wg.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ServeHTTP shows the counters, for the status page.
func (q *Queue) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q.mu.Lock()
	s := q.stats
	s.Waiting = len(q.waiting)
	q.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(s)
}
