package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
)

func storeHandler(s *Store, f *Forwarder) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sale", func(w http.ResponseWriter, r *http.Request) { sell(w, r, s) })
	mux.HandleFunc("GET /queue", func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, f.Queue()) })
	mux.HandleFunc("GET /receipt", func(w http.ResponseWriter, r *http.Request) {
		receipt, found := s.Find(r.FormValue("id"), r.FormValue("key"))
		if !found {
			refuse(w, 404, errors.New("no such receipt"))
			return
		}
		reply(w, 200, receipt)
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { health(w, s.Healthy()) })
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { page(w, f.Queue()) })
	return mux
}

func centreHandler(c *Centre) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /events", func(w http.ResponseWriter, r *http.Request) { take(w, r, c) })
	mux.HandleFunc("GET /sales", func(w http.ResponseWriter, r *http.Request) {
		limit, err := strconv.Atoi(r.FormValue("limit"))
		if err != nil || limit < 0 || limit > 1000 {
			limit = 100
		}
		reply(w, 200, c.Sales(r.FormValue("store"), r.FormValue("id"), limit))
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { health(w, c.journal.Healthy()) })
	return mux
}

func sell(w http.ResponseWriter, r *http.Request, s *Store) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, err)
		return
	}
	sale, err := ReadSale(body)
	if err != nil {
		refuse(w, 400, err)
		return
	}
	if header := r.Header.Get("Idempotency-Key"); header != "" && sale.Key == "" {
		sale.Key = header
		err = sale.check()
	} else if header != "" && sale.Key != header {
		err = errors.New("the header Idempotency-Key and key differ")
	}
	if err != nil {
		refuse(w, 400, err)
		return
	}
	receipt, fresh, err := s.Sell(sale)
	switch {
	case errors.Is(err, ErrKeyReused):
		refuse(w, 409, err)
	case err != nil:
		refuse(w, 503, err)
	case fresh:
		reply(w, 201, receipt)
	default:
		reply(w, 200, receipt)
	}
}

func take(w http.ResponseWriter, r *http.Request, c *Centre) {
	var got delivery
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 16<<20)).Decode(&got); err != nil {
		refuse(w, 400, err)
		return
	}
	answer, err := c.Take(got.Events)
	if err != nil {
		refuse(w, 503, err)
		return
	}
	reply(w, 200, answer)
}

func health(w http.ResponseWriter, err error) {
	if err != nil {
		refuse(w, 503, err)
		return
	}
	reply(w, 200, map[string]string{"status": "ok", "version": version})
}

func refuse(w http.ResponseWriter, status int, err error) {
	reply(w, status, map[string]string{"error": err.Error()})
}

func reply(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(value)
}
