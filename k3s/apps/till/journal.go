package main

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

var holdTries = 100

// Journal appends checked lines; Append returns when they are on disk.
type Journal struct {
	mutex  sync.Mutex
	file   *os.File
	size   int64
	failed error
	sync   func() error
}

// ErrJournal wraps every failure to write; the journal then takes nothing more until it is opened again.
var ErrJournal = errors.New("the journal can't be written")

// OpenJournal reads every line into read, cuts a torn last line off, and holds the file for this process alone.
func OpenJournal(path string, read func(record []byte) error) (*Journal, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := hold(file); err != nil {
		file.Close()
		return nil, err
	}
	j := &Journal{file: file, sync: file.Sync}
	if err := j.load(path, read); err != nil {
		file.Close()
		return nil, err
	}
	return j, syncFolder(filepath.Dir(path))
}

// hold waits for the till before us, which may still be ending.
func hold(file *os.File) error {
	for try := 0; ; try++ {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return nil
		}
		if try == holdTries {
			return fmt.Errorf("%s is held by another till", file.Name())
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (j *Journal) load(path string, read func([]byte) error) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for number := 1; len(content) > 0; number++ {
		line, rest, whole := bytes.Cut(content, []byte("\n"))
		record, ok := check(line)
		if !whole || !ok && len(rest) == 0 && bytes.IndexByte(line, 0) >= 0 {
			// Torn by a power cut: no end of line, or a page of zeros in it. It was never answered.
			break
		}
		if !ok {
			return fmt.Errorf("%s:%d: damaged by something else than a power cut; look at it before it is moved away", path, number)
		}
		if err := read(record); err != nil {
			return fmt.Errorf("%s:%d: %w", path, number, err)
		}
		j.size += int64(len(line)) + 1
		content = rest
	}
	return j.cut()
}

// cut drops what stands after the last whole line, and leaves the file ready to append.
func (j *Journal) cut() error {
	if err := j.file.Truncate(j.size); err != nil {
		return err
	}
	if _, err := j.file.Seek(j.size, 0); err != nil {
		return err
	}
	return j.sync()
}

// Append writes one record and fsyncs.
func (j *Journal) Append(records ...[]byte) error {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	if j.failed != nil {
		return j.failed
	}
	var lines []byte
	for _, record := range records {
		lines = append(lines, line(record)...)
	}
	_, err := j.file.Write(lines)
	if err == nil {
		// After a failed fsync nobody knows what is on disk: only a new start, which reads it, does.
		err = j.sync()
	}
	if err != nil {
		j.failed = fmt.Errorf("%w: %v", ErrJournal, err)
		j.file.Truncate(j.size)
		return j.failed
	}
	j.size += int64(len(lines))
	return nil
}

// Healthy is nil while the journal takes records.
func (j *Journal) Healthy() error {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return j.failed
}

func line(record []byte) []byte {
	return fmt.Appendf(nil, "%08x %s\n", crc32.ChecksumIEEE(record), record)
}

func check(line []byte) ([]byte, bool) {
	if len(line) < 10 || line[8] != ' ' {
		return nil, false
	}
	return line[9:], fmt.Sprintf("%08x", crc32.ChecksumIEEE(line[9:])) == string(line[:8])
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}
