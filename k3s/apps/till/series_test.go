package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

func TestAJournalIsNamedOnceBeforeItsFirstSale(t *testing.T) {
	folder := t.TempDir()
	s := newStore(t, folder)
	first, _, _ := s.Sell(Sale{Amount: 1})
	if !regexp.MustCompile(`^hz0001/1/[a-z2-7]{6}/1$`).MatchString(first.ID) {
		t.Fatal(first.ID)
	}
	closeStore(s)
	s = newStore(t, folder)
	if second, _, _ := s.Sell(Sale{Amount: 1}); second.Series != first.Series || second.Seq != 2 {
		t.Fatal(second)
	}
}

func TestAJournalBegunWithoutANameKeepsNone(t *testing.T) {
	folder := t.TempDir()
	s := newStore(t, folder)
	s.series = ""
	old, _, _ := s.Sell(Sale{Amount: 1})
	closeStore(s)
	os.Remove(filepath.Join(folder, "series"))
	s = newStore(t, folder)
	if next, _, _ := s.Sell(Sale{Amount: 1}); old.ID != "hz0001/1/1" || next.ID != "hz0001/1/2" {
		t.Fatal(old.ID, next.ID)
	}
}

func TestANameThatIsNoneStopsTheStart(t *testing.T) {
	folder := t.TempDir()
	os.WriteFile(filepath.Join(folder, "series"), []byte("../x\n"), 0o600)
	if _, err := OpenStore(folder, "hz0001", 1); err == nil {
		t.Fatal("started")
	}
}

func TestTwoTillsOfAStoreShareNoNumber(t *testing.T) {
	c := newCentre(t, t.TempDir())
	one, other := newStore(t, t.TempDir()), newStore(t, t.TempDir())
	a, _, _ := one.Sell(Sale{Amount: 1})
	b, _, _ := other.Sell(Sale{Amount: 2})
	if got, err := c.Take([]Receipt{a, b}); err != nil || len(got.Acked) != 2 || len(got.Refused) != 0 {
		t.Fatal(got, err)
	}
	if sales := c.Sales("hz0001", "", 5); sales["count"] != 2 || sales["amount"] != int64(3) {
		t.Fatal(sales)
	}
}

// A till dies between disk and answer; the POS asks the other one with the same key.
func TestASaleThatTwoTillsTookCountsOnceAndBothReceiptsAreFound(t *testing.T) {
	folder := t.TempDir()
	c := newCentre(t, folder)
	one, other := newStore(t, t.TempDir()), newStore(t, t.TempDir())
	a, _, _ := one.Sell(Sale{Key: "pos1-42", Amount: 7})
	b, _, _ := other.Sell(Sale{Key: "pos1-42", Amount: 7})
	another, _, _ := newStore(t, t.TempDir()).Sell(Sale{Key: "pos1-42", Amount: 8})
	if got, err := c.Take([]Receipt{b, a, another}); err != nil || len(got.Acked) != 3 {
		t.Fatal(got, err)
	}
	c.journal.file.Close()
	c = newCentre(t, folder)
	if sales := c.Sales("hz0001", "", 5); sales["count"] != 2 || sales["amount"] != int64(15) {
		t.Fatal(sales)
	}
	for _, id := range []string{a.ID, b.ID} {
		if found := c.Sales("hz0001", id, 1); found["count"] != 1 || found["amount"] != int64(7) {
			t.Fatal(id, found)
		}
	}
	if again, _ := c.Take([]Receipt{a, b}); len(again.Acked) != 2 {
		t.Fatal(again)
	}
}
