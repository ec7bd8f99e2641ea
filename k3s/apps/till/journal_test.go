package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func open(t *testing.T, path string) (*Journal, []string, error) {
	t.Helper()
	records := []string{}
	j, err := OpenJournal(path, func(record []byte) error { records = append(records, string(record)); return nil })
	if j != nil {
		t.Cleanup(func() { j.file.Close() })
	}
	return j, records, err
}

func written(t *testing.T, records ...string) (path, content string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "j")
	j, _, err := open(t, path)
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records {
		if err := j.Append([]byte(record)); err != nil {
			t.Fatal(err)
		}
	}
	j.file.Close()
	bytes, _ := os.ReadFile(path)
	return path, string(bytes)
}

func TestEveryCutOfTheLastLineKeepsTheLinesBefore(t *testing.T) {
	path, content := written(t, `{"a":1}`, `{"b":2}`, `{"c":3}`)
	start := strings.LastIndex(strings.TrimSpace(content), "\n") + 1
	for end := start; end < len(content); end++ {
		os.WriteFile(path, []byte(content[:end]), 0o600)
		j, records, err := open(t, path)
		if err != nil || len(records) != 2 {
			t.Fatalf("cut at %d: %v, %v", end, records, err)
		}
		if err := j.Append([]byte(`{"d":4}`)); err != nil {
			t.Fatal(err)
		}
		j.file.Close()
		j, records, err = open(t, path)
		if err != nil || len(records) != 3 || records[2] != `{"d":4}` {
			t.Fatalf("after a cut at %d: %v, %v", end, records, err)
		}
		j.file.Close()
	}
}

func TestZerosAtTheEndAreATornWrite(t *testing.T) {
	path, content := written(t, `{"a":1}`, `{"b":2}`)
	for _, tail := range []string{strings.Repeat("\x00", 4096), "\x00\x00\x00}\n"} {
		os.WriteFile(path, []byte(content+tail), 0o600)
		j, records, err := open(t, path)
		if err != nil || len(records) != 2 {
			t.Fatal(records, err)
		}
		j.file.Close()
	}
}

func TestEveryChangedByteIsSeen(t *testing.T) {
	path, content := written(t, `{"a":1}`, `{"b":2}`)
	for i := range content[:len(content)-1] {
		changed := []byte(content)
		changed[i] ^= 1
		os.WriteFile(path, changed, 0o600)
		j, _, err := open(t, path)
		if err == nil {
			j.file.Close()
			t.Fatalf("byte %d changed, and nobody noticed", i)
		}
	}
}

func TestAfterAFailedSyncNothingIsTaken(t *testing.T) {
	path, _ := written(t)
	j, _, err := open(t, path)
	if err != nil {
		t.Fatal(err)
	}
	disk := j.sync
	j.sync = func() error { return errors.New("input/output error") }
	if err := j.Append([]byte("{}")); !errors.Is(err, ErrJournal) {
		t.Fatal(err)
	}
	j.sync = disk
	if err := j.Append([]byte("{}")); !errors.Is(err, ErrJournal) || j.Healthy() == nil {
		t.Fatal("went on after a failed fsync")
	}
}

func TestOneProcessAJournal(t *testing.T) {
	holdTries = 1
	path, _ := written(t)
	if _, _, err := open(t, path); err != nil {
		t.Fatal(err)
	}
	if _, _, err := open(t, path); err == nil {
		t.Fatal("two hold one journal")
	}
}
