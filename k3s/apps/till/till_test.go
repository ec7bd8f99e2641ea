package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func newStore(t *testing.T, folder string) *Store {
	t.Helper()
	s, err := OpenStore(folder, "hz0001", 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeStore(s) })
	return s
}

func closeStore(s *Store) {
	s.journal.file.Close()
	s.acks.file.Close()
}

func newCentre(t *testing.T, folder string) *Centre {
	t.Helper()
	c, err := OpenCentre(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.journal.file.Close() })
	return c
}

func post(t *testing.T, s *Store, body, key string) (int, Receipt) {
	t.Helper()
	request := httptest.NewRequest("POST", "/sale", strings.NewReader(body))
	request.Header.Set("Idempotency-Key", key)
	recorder := httptest.NewRecorder()
	storeHandler(s, NewForwarder(s, "")).ServeHTTP(recorder, request)
	var r Receipt
	json.Unmarshal(recorder.Body.Bytes(), &r)
	return recorder.Code, r
}

func TestSameKeySameReceiptAlsoAfterAStart(t *testing.T) {
	folder := t.TempDir()
	s := newStore(t, folder)
	code, first := post(t, s, `{"amount": 100}`, "a")
	if code != 201 || first.Seq != 1 {
		t.Fatal(code, first)
	}
	closeStore(s)
	s = newStore(t, folder)
	if code, again := post(t, s, `{"amount": 100}`, "a"); code != 200 || again.ID != first.ID || again.At != first.At {
		t.Fatal(code, again)
	}
	if code, _ := post(t, s, `{"amount": 101}`, "a"); code != 409 {
		t.Fatal("another sale under the same key:", code)
	}
	if code, next := post(t, s, `{"amount": 100}`, ""); code != 201 || next.Seq != 2 {
		t.Fatal(code, next)
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	s := newStore(t, t.TempDir())
	for _, body := range []string{"", "[]", `{"amount": 0}`, `{"amount": -1}`, `{"amount": 1.5}`, `{"amount": 1e12}`, `{"amount": 5, "discount": 1}`,
		`{"amount": 5, "lines": [{"sku": "a", "quantity": 1, "price": 4}]}`, `{"lines": [{"sku": "", "quantity": 1, "price": 4}]}`, `{"amount": 1}{}`} {
		if code, _ := post(t, s, body, ""); code != 400 {
			t.Errorf("%s: %d", body, code)
		}
	}
	if code, _ := post(t, s, `{"key": "`+strings.Repeat("x", 70_000)+`"}`, ""); code != 413 {
		t.Error(code)
	}
	if sales, _, _ := s.Counts(); sales != 0 {
		t.Error(sales)
	}
}

func TestNoReceiptWithoutFsync(t *testing.T) {
	s := newStore(t, t.TempDir())
	s.journal.sync = func() error { return errors.New("no space left on device") }
	if code, r := post(t, s, `{"amount": 100}`, "a"); code != 503 || r.ID != "" {
		t.Fatal(code, r)
	}
	recorder := httptest.NewRecorder()
	storeHandler(s, NewForwarder(s, "")).ServeHTTP(recorder, httptest.NewRequest("GET", "/healthz", nil))
	if recorder.Code != 503 {
		t.Fatal("healthy with a broken journal")
	}
}

// lossy takes the delivery and loses the answer, as a line that is cut in between.
type lossy struct {
	next  http.Handler
	loses int
}

func (l *lossy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if l.loses > 0 {
		l.loses--
		l.next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}
	l.next.ServeHTTP(w, r)
}

func TestLostAnswersDoubleNothing(t *testing.T) {
	folder := t.TempDir()
	c := newCentre(t, folder)
	server := httptest.NewServer(&lossy{centreHandler(c), 3})
	defer server.Close()
	s := newStore(t, t.TempDir())
	for i := 0; i < 250; i++ {
		if _, _, err := s.Sell(Sale{Amount: 10}); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go NewForwarder(s, server.URL).Run(ctx)
	for i := 0; i < 1000; i++ {
		if _, waiting, _ := s.Counts(); waiting == 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	c.journal.file.Close()
	if got := newCentre(t, folder).Sales("hz0001", "", 5); got["count"] != 250 || got["amount"] != int64(2500) {
		t.Fatal(got)
	}
}

func TestTwoTillsUnderOneNameAreSeen(t *testing.T) {
	c := newCentre(t, t.TempDir())
	one, other := newStore(t, t.TempDir()), newStore(t, t.TempDir())
	a, _, _ := one.Sell(Sale{Amount: 1})
	b, _, _ := other.Sell(Sale{Amount: 2})
	b.ID, b.Series = a.ID, a.Series
	c.Take([]Receipt{a})
	got, err := c.Take([]Receipt{a, b, a})
	if err != nil || len(got.Acked) != 2 || len(got.Refused) != 1 {
		t.Fatal(got, err)
	}
	if sales := c.Sales("hz0001", a.ID, 1); sales["count"] != 1 || sales["amount"] != int64(1) {
		t.Fatal(sales)
	}
	if forged, _ := c.Take([]Receipt{{ID: "hz0001/1/9", Store: "hz0002", Generation: 1, Seq: 9, Amount: 1}}); len(forged.Refused) != 1 {
		t.Fatal("took an id of another store")
	}
}

func TestThePageEscapes(t *testing.T) {
	recorder := httptest.NewRecorder()
	page(recorder, map[string]any{"store": "<script>x", "sales": 1, "waiting": 0, "forwarded": 1, "error": "<b>"})
	if body := recorder.Body.String(); strings.Contains(body, "<script>x") || strings.Contains(body, "<b>") {
		t.Fatal("unescaped")
	}
}
