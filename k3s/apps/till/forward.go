package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sort"
	"strings"
	"sync"
	"time"
)

const (
	batch      = 100
	firstPause = 500 * time.Millisecond
	lastPause  = 5 * time.Second
)

// Forwarder carries waiting sales to the centre until they are acknowledged. The centre counts an id once, so a repeat is harmless.
type Forwarder struct {
	store  *Store
	url    string
	client *http.Client

	mutex   sync.Mutex
	refused map[string]string
	contact string
	problem string
}

// Refusal is a sale that the centre does not take.
type Refusal struct {
	ID  string `json:"id"`
	Why string `json:"why"`
}

type delivery struct {
	Events []Receipt `json:"events"`
}

type answer struct {
	Acked   []string  `json:"acked"`
	Refused []Refusal `json:"refused"`
}

// NewForwarder sends to url/events; an empty url keeps everything waiting.
func NewForwarder(store *Store, url string) *Forwarder {
	transport := &http.Transport{IdleConnTimeout: 20 * time.Second, ResponseHeaderTimeout: 5 * time.Second}
	return &Forwarder{store: store, url: strings.TrimRight(url, "/"), refused: map[string]string{}, client: &http.Client{Timeout: 8 * time.Second, Transport: transport}}
}

// Run ends with the context.
func (f *Forwarder) Run(ctx context.Context) {
	pause := firstPause
	for ctx.Err() == nil {
		sent, err := f.once(ctx)
		f.note(err)
		if err != nil {
			f.client.CloseIdleConnections()
			wait(ctx, pause, nil)
			pause = min(2*pause, lastPause)
			continue
		}
		pause = firstPause
		if sent == 0 {
			wait(ctx, time.Minute, f.store.wake)
		}
	}
}

func (f *Forwarder) once(ctx context.Context) (int, error) {
	events := f.store.Waiting(batch, f.Refused())
	if len(events) == 0 {
		return 0, nil
	}
	if f.url == "" {
		return 0, fmt.Errorf("no centre is set")
	}
	got, err := f.post(ctx, events)
	if err != nil {
		return 0, err
	}
	if err := f.store.Acknowledge(got.Acked); err != nil {
		return 0, err
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for _, refusal := range got.Refused {
		f.refused[refusal.ID] = refusal.Why
	}
	if len(got.Acked)+len(got.Refused) == 0 {
		return 0, fmt.Errorf("the centre answered for none of %d sales", len(events))
	}
	f.contact = time.Now().UTC().Format(time.RFC3339)
	return len(events), nil
}

func (f *Forwarder) post(ctx context.Context, events []Receipt) (answer, error) {
	body, err := json.Marshal(delivery{events})
	if err != nil {
		return answer{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url+"/events", bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := f.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return answer{}, err
	}
	if response.StatusCode != http.StatusOK {
		return answer{}, fmt.Errorf("the centre answered %s: %.200s", response.Status, text)
	}
	var got answer
	return got, json.Unmarshal(text, &got)
}

func (f *Forwarder) note(err error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.problem = ""
	if err != nil {
		f.problem = err.Error()
	}
}

// Refused is a copy: id -> why.
func (f *Forwarder) Refused() map[string]string {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	out := map[string]string{}
	for id, why := range f.refused {
		out[id] = why
	}
	return out
}

// Queue is the answer of GET /queue.
func (f *Forwarder) Queue() map[string]any {
	sales, waiting, oldest := f.store.Counts()
	refused := []Refusal{}
	for id, why := range f.Refused() {
		refused = append(refused, Refusal{id, why})
	}
	sort.Slice(refused, func(i, j int) bool { return refused[i].ID < refused[j].ID })
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return map[string]any{"store": f.store.ID, "generation": f.store.Generation, "series": f.store.series, "sales": sales, "forwarded": sales - waiting, "waiting": waiting,
		"oldest": oldest, "refused": refused, "centre": f.url, "contact": f.contact, "error": f.problem}
}

func wait(ctx context.Context, pause time.Duration, wake <-chan struct{}) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-wake:
	}
}
