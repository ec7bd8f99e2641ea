package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var seriesForm = regexp.MustCompile(`^[a-z2-7]{0,8}$`)

// seriesOf is the name of the folder's journal, part of every receipt's number: two tills of a store, or a till whose disk was replaced, never
// give one number twice. A journal is named before its first sale; one that was begun without a name keeps none.
func seriesOf(folder string, begun bool) (string, error) {
	path := filepath.Join(folder, "series")
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) && !begun {
		return newSeries(path)
	}
	name := strings.TrimSpace(string(content))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	if !seriesForm.MatchString(name) {
		return "", fmt.Errorf("%s names no series", path)
	}
	return name, nil
}

func newSeries(path string) (string, error) {
	name := strings.ToLower(rand.Text()[:6])
	half, err := os.OpenFile(path+".half", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return "", err
	}
	_, err = half.WriteString(name + "\n")
	if err = errors.Join(err, half.Sync(), half.Close()); err != nil {
		return "", err
	}
	if err := os.Rename(path+".half", path); err != nil {
		return "", err
	}
	return name, syncFolder(filepath.Dir(path))
}

// number is what the receipt's ID has to be.
func (r Receipt) number() string {
	if r.Series == "" {
		return fmt.Sprintf("%s/%d/%d", r.Store, r.Generation, r.Seq)
	}
	return fmt.Sprintf("%s/%d/%s/%d", r.Store, r.Generation, r.Series, r.Seq)
}
