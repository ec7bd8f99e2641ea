package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Spec is what becomes an image: a Binary, or a Layer (a tar) in which Name is what runs.
// User is numeric, or "" for root; Volume is a folder that User owns beside the binary.
type Spec struct {
	Reference, Name string
	Binary, Layer   []byte
	User, Volume    string
}

var epoch = time.Unix(0, 0).UTC()

type blob struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Platform    map[string]string `json:"platform,omitempty"`
	content     []byte
}

// Archive gives an OCI image layout as a tar (with a docker manifest.json beside it), and the digest of its manifest.
func Archive(spec Spec) ([]byte, string, error) {
	layer, err := spec.layer()
	if err != nil {
		return nil, "", err
	}
	layerBlob := newBlob("application/vnd.oci.image.layer.v1.tar", layer)
	config := newBlob("application/vnd.oci.image.config.v1+json", encode(spec.config(layerBlob.Digest)))
	manifest := newBlob("application/vnd.oci.image.manifest.v1+json", encode(map[string]any{
		"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config, "layers": []blob{layerBlob}}))
	manifest.Annotations = map[string]string{"io.containerd.image.name": spec.Reference, "org.opencontainers.image.ref.name": tag(spec.Reference)}
	manifest.Platform = map[string]string{"architecture": "amd64", "os": "linux"}
	files := []file{
		{"oci-layout", 0o644, []byte(`{"imageLayoutVersion":"1.0.0"}`)},
		{"index.json", 0o644, encode(map[string]any{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": []blob{manifest}})},
		{"manifest.json", 0o644, encode([]map[string]any{{"Config": config.path(), "RepoTags": []string{spec.Reference}, "Layers": []string{layerBlob.path()}}})},
	}
	for _, b := range []blob{layerBlob, config, manifest} {
		files = append(files, file{b.path(), 0o644, b.content})
	}
	archive, err := pack(files)
	return archive, manifest.Digest, err
}

func (spec Spec) config(diffID string) map[string]any {
	run := map[string]any{"Entrypoint": []string{"/" + spec.Name}, "Env": []string{"PATH=/"}, "WorkingDir": "/"}
	if spec.User != "" {
		run["User"] = spec.User
	}
	return map[string]any{"architecture": "amd64", "os": "linux", "created": epoch.Format(time.RFC3339), "config": run,
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{diffID}}}
}

func (spec Spec) layer() ([]byte, error) {
	if spec.Layer != nil {
		return spec.Layer, nil
	}
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	owner := 0
	if spec.User != "" {
		if _, err := fmt.Sscanf(spec.User, "%d", &owner); err != nil {
			return nil, fmt.Errorf("user %q is not numeric", spec.User)
		}
	}
	if spec.Volume != "" {
		folder := strings.Trim(spec.Volume, "/") + "/"
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: folder, Mode: 0o700, Uid: owner, Gid: owner, ModTime: epoch}); err != nil {
			return nil, err
		}
	}
	if err := add(w, file{spec.Name, 0o755, spec.Binary}); err != nil {
		return nil, err
	}
	return out.Bytes(), w.Close()
}

type file struct {
	name    string
	mode    int64
	content []byte
}

func pack(files []file) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, f := range files {
		if err := add(w, f); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return out.Bytes(), err
}

func add(w *tar.Writer, f file) error {
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: f.name, Mode: f.mode, Size: int64(len(f.content)), ModTime: epoch}); err != nil {
		return err
	}
	_, err := w.Write(f.content)
	return err
}

func newBlob(mediaType string, content []byte) blob {
	return blob{MediaType: mediaType, Digest: fmt.Sprintf("sha256:%x", sha256.Sum256(content)), Size: len(content), content: content}
}

func (b blob) path() string { return "blobs/sha256/" + strings.TrimPrefix(b.Digest, "sha256:") }

func tag(reference string) string { return reference[strings.LastIndex(reference, ":")+1:] }

func encode(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}
