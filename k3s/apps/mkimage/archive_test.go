package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"testing"
)

func contents(t *testing.T, archive []byte) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	r := tar.NewReader(bytes.NewReader(archive))
	for {
		header, err := r.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		files[header.Name], _ = io.ReadAll(r)
	}
}

func TestSameBinaryGivesSameBytesAndBlobsFitTheirNames(t *testing.T) {
	spec := Spec{Reference: "retailops.local/till:1", Name: "till", Binary: []byte("elf"), User: "10001", Volume: "/data"}
	first, digest, err := Archive(spec)
	if err != nil {
		t.Fatal(err)
	}
	second, _, _ := Archive(spec)
	if !bytes.Equal(first, second) {
		t.Fatal("two runs differ")
	}
	files := contents(t, first)
	for name, content := range files {
		if want := fmt.Sprintf("blobs/sha256/%x", sha256.Sum256(content)); len(name) > 70 && name != want {
			t.Errorf("%s holds other bytes", name)
		}
	}
	var index struct{ Manifests []struct{ Digest string } }
	if err := json.Unmarshal(files["index.json"], &index); err != nil || index.Manifests[0].Digest != digest {
		t.Fatal(err, index, digest)
	}
}

func TestALayerIsTakenAsItIs(t *testing.T) {
	archive, _, err := Archive(Spec{Reference: "retailops.local/a:1", Name: "bin/a", Layer: []byte("a tar"), User: "999"})
	if err != nil {
		t.Fatal(err)
	}
	layer, config := 0, 0
	for _, content := range contents(t, archive) {
		if string(content) == "a tar" {
			layer++
		}
		if bytes.Contains(content, []byte(`"Entrypoint":["/bin/a"]`)) && bytes.Contains(content, []byte(`"User":"999"`)) {
			config++
		}
	}
	if layer != 1 || config != 1 {
		t.Fatal(layer, config)
	}
}

func TestNamedUserIsRefused(t *testing.T) {
	if _, _, err := Archive(Spec{Reference: "a:1", Name: "a", User: "root"}); err == nil {
		t.Fatal("took a name for a user")
	}
}
