package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"
)

// Centre keeps every store's sales, each id once.
type Centre struct {
	mutex   sync.Mutex
	journal *Journal
	records map[string][]byte
	stores  map[string][]string
	keys    map[string][]Receipt
	amounts map[string]int64
}

// OpenCentre reads the journal.
func OpenCentre(folder string) (*Centre, error) {
	c := &Centre{records: map[string][]byte{}, stores: map[string][]string{}, keys: map[string][]Receipt{}, amounts: map[string]int64{}}
	var err error
	c.journal, err = OpenJournal(filepath.Join(folder, "centre.journal"), func(record []byte) error {
		var r Receipt
		if err := json.Unmarshal(record, &r); err != nil {
			return err
		}
		c.remember(r, record)
		return nil
	})
	return c, err
}

// remember counts a sale once: two tills may both have taken it under one key, when the first one did not answer.
func (c *Centre) remember(r Receipt, record []byte) {
	c.records[r.ID] = bytes.Clone(record)
	if r.Key != "" {
		key := fmt.Sprintf("%s/%d/%s", r.Store, r.Generation, r.Key)
		for _, known := range c.keys[key] {
			if known.sells(Sale{r.Key, r.Amount, r.Lines}) {
				return
			}
		}
		c.keys[key] = append(c.keys[key], r)
	}
	c.stores[r.Store] = append(c.stores[r.Store], r.ID)
	c.amounts[r.Store] += r.Amount
}

// Take acknowledges what is on disk when it returns. An id with other content than before is refused: two tills share a name then.
func (c *Centre) Take(events []Receipt) (answer, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	got := answer{Acked: []string{}, Refused: []Refusal{}}
	fresh, records := []Receipt{}, [][]byte{}
	batch := map[string][]byte{}
	for _, event := range events {
		if why := event.wrong(); why != "" {
			got.Refused = append(got.Refused, Refusal{event.ID, why})
			continue
		}
		record, err := json.Marshal(event)
		if err != nil {
			return answer{}, err
		}
		known, seen := c.records[event.ID]
		if !seen {
			known, seen = batch[event.ID]
		}
		switch {
		case seen && !bytes.Equal(known, record):
			got.Refused = append(got.Refused, Refusal{event.ID, "another sale has this id already"})
			continue
		case !seen:
			batch[event.ID] = record
			fresh, records = append(fresh, event), append(records, record)
		}
		got.Acked = append(got.Acked, event.ID)
	}
	if len(records) > 0 {
		if err := c.journal.Append(records...); err != nil {
			return answer{}, err
		}
	}
	for i, event := range fresh {
		c.remember(event, records[i])
	}
	return got, nil
}

func (r Receipt) wrong() string {
	if !idForm.MatchString(r.Store) || r.Generation < 1 || r.Seq < 1 || r.Amount < 1 || !seriesForm.MatchString(r.Series) || r.ID != r.number() {
		return "is no receipt: its id must be <store>/<generation>/<series>/<seq>, its amount positive"
	}
	return ""
}

// Sales is the answer of GET /sales: one store's, newest first, or the one with id.
func (c *Centre) Sales(store, id string, limit int) map[string]any {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if id != "" {
		sales, amount := []json.RawMessage{}, int64(0)
		var r Receipt
		if record, found := c.records[id]; found && json.Unmarshal(record, &r) == nil && r.Store == store {
			sales, amount = append(sales, record), r.Amount
		}
		return map[string]any{"store": store, "count": len(sales), "amount": amount, "sales": sales}
	}
	ids := c.stores[store]
	sales := []json.RawMessage{}
	for i := len(ids) - 1; i >= 0 && len(sales) < limit; i-- {
		sales = append(sales, c.records[ids[i]])
	}
	return map[string]any{"store": store, "count": len(ids), "amount": c.amounts[store], "sales": sales}
}
