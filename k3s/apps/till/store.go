package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// ErrKeyReused means that a key came back with another sale.
var ErrKeyReused = errors.New("this key belongs to another sale")

// Store is one store's sales: a journal of receipts and a journal of what the centre has acknowledged.
type Store struct {
	ID         string
	Generation int

	mutex    sync.Mutex
	journal  *Journal
	acks     *Journal
	series   string
	last     int64
	receipts map[string]Receipt
	keys     map[string]string
	waiting  []string
	wake     chan struct{}
	now      func() time.Time
}

// OpenStore reads both journals; a sale without acknowledgement waits again.
func OpenStore(folder, id string, generation int) (*Store, error) {
	s := &Store{ID: id, Generation: generation, receipts: map[string]Receipt{}, keys: map[string]string{}, wake: make(chan struct{}, 1), now: time.Now}
	var err error
	if s.journal, err = OpenJournal(filepath.Join(folder, "sales.journal"), s.replay); err != nil {
		return nil, err
	}
	if s.series, err = seriesOf(folder, len(s.receipts) > 0); err != nil {
		return nil, err
	}
	acked := map[string]bool{}
	s.acks, err = OpenJournal(filepath.Join(folder, "acknowledged.journal"), func(record []byte) error { acked[string(record)] = true; return nil })
	if err != nil {
		return nil, err
	}
	s.waiting = slices.DeleteFunc(s.waiting, func(id string) bool { return acked[id] })
	return s, nil
}

func (s *Store) replay(record []byte) error {
	var r Receipt
	if err := json.Unmarshal(record, &r); err != nil {
		return err
	}
	if r.Store != s.ID {
		return fmt.Errorf("is a sale of store %s, and this till is %s", r.Store, s.ID)
	}
	s.remember(r)
	return nil
}

func (s *Store) remember(r Receipt) {
	s.receipts[r.ID], s.keys[r.Key] = r, r.ID
	s.waiting = append(s.waiting, r.ID)
	if r.Generation == s.Generation {
		s.last = r.Seq
	}
}

// Sell returns the receipt of a sale that is on disk, and whether it is a new one.
func (s *Store) Sell(sale Sale) (Receipt, bool, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if id, known := s.keys[sale.Key]; known && sale.Key != "" {
		if !s.receipts[id].sells(sale) {
			return Receipt{}, false, ErrKeyReused
		}
		return s.receipts[id], false, nil
	}
	seq := s.last + 1
	r := Receipt{Store: s.ID, Generation: s.Generation, Series: s.series, Seq: seq,
		Key: sale.Key, Amount: sale.Amount, At: s.now().UTC().Format("2006-01-02T15:04:05.000Z"), Lines: sale.Lines}
	r.ID = r.number()
	record, err := json.Marshal(r)
	if err != nil {
		return Receipt{}, false, err
	}
	if err := s.journal.Append(record); err != nil {
		return Receipt{}, false, err
	}
	s.remember(r)
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return r, true, nil
}

// Find returns a receipt by its id or its key.
func (s *Store) Find(id, key string) (Receipt, bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if id == "" && key != "" {
		id = s.keys[key]
	}
	r, found := s.receipts[id]
	return r, found
}

// Waiting returns up to most receipts that no acknowledgement has come for, oldest first.
func (s *Store) Waiting(most int, except map[string]string) []Receipt {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	out := []Receipt{}
	for _, id := range s.waiting {
		if _, refused := except[id]; !refused && len(out) < most {
			out = append(out, s.receipts[id])
		}
	}
	return out
}

// Acknowledge records that the centre has these.
func (s *Store) Acknowledge(ids []string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	done := map[string]bool{}
	for _, id := range ids {
		done[id] = true
	}
	records, left := [][]byte{}, []string{}
	for _, id := range s.waiting {
		if done[id] {
			records = append(records, []byte(id))
		} else {
			left = append(left, id)
		}
	}
	if len(records) == 0 {
		return nil
	}
	if err := s.acks.Append(records...); err != nil {
		return err
	}
	s.waiting = left
	return nil
}

// Counts gives all sales and those that wait, with the first one's time.
func (s *Store) Counts() (sales, waiting int, oldest *string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.waiting) > 0 {
		at := s.receipts[s.waiting[0]].At
		oldest = &at
	}
	return len(s.receipts), len(s.waiting), oldest
}

// Healthy is nil while sales can be kept.
func (s *Store) Healthy() error { return s.journal.Healthy() }
