package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"unicode/utf8"
)

var idForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

const (
	mostMoney = 1_000_000_000
	mostLines = 500
)

// Line is one article; Price is for one, in the currency's smallest unit.
type Line struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
	Price    int64  `json:"price"`
}

// Sale is what a till is asked to sell.
type Sale struct {
	Key    string `json:"key"`
	Amount int64  `json:"amount"`
	Lines  []Line `json:"lines"`
}

// Receipt is a sale that is on disk; ID is `<store>/<generation>/<series>/<seq>`, unique in the chain; Series names the journal.
type Receipt struct {
	ID         string `json:"id"`
	Store      string `json:"store"`
	Generation int    `json:"generation"`
	Series     string `json:"series,omitempty"`
	Seq        int64  `json:"seq"`
	Key        string `json:"key"`
	Amount     int64  `json:"amount"`
	At         string `json:"at"`
	Lines      []Line `json:"lines"`
}

// ReadSale refuses what no till would sell.
func ReadSale(body []byte) (Sale, error) {
	var sale Sale
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&sale); err != nil {
		return sale, fmt.Errorf("wants one JSON sale: %w", err)
	}
	if decoder.More() {
		return sale, errors.New("wants one JSON sale, not several")
	}
	return sale, sale.check()
}

func (s *Sale) check() error {
	if len(s.Key) > 128 || !utf8.ValidString(s.Key) {
		return errors.New("key: at most 128 bytes of text")
	}
	if len(s.Lines) > mostLines {
		return fmt.Errorf("lines: at most %d", mostLines)
	}
	sum := int64(0)
	for i, line := range s.Lines {
		if line.SKU == "" || len(line.SKU) > 64 || line.Quantity < 1 || line.Quantity > 10_000 || line.Price < 0 || line.Price > mostMoney {
			return fmt.Errorf("lines[%d]: wants a sku of up to 64 bytes, a quantity from 1 to 10000 and a price from 0", i)
		}
		sum += line.Quantity * line.Price
	}
	if s.Lines == nil {
		s.Lines = []Line{}
	}
	if s.Amount == 0 {
		s.Amount = sum
	}
	if len(s.Lines) > 0 && s.Amount != sum {
		return fmt.Errorf("amount is %d, but the lines add up to %d", s.Amount, sum)
	}
	if s.Amount < 1 || s.Amount > mostMoney {
		return fmt.Errorf("amount: from 1 to %d, in the currency's smallest unit", mostMoney)
	}
	return nil
}

func (r Receipt) sells(s Sale) bool {
	a, _ := json.Marshal(Sale{r.Key, r.Amount, r.Lines})
	b, _ := json.Marshal(s)
	return bytes.Equal(a, b)
}
