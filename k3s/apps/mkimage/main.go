// The command mkimage makes an OCI image archive with one layer of one static binary; it needs no registry and no daemon.
//
//	mkimage BINARY REFERENCE OUT.tar [NUMERIC-USER] [VOLUME]
//	mkimage LAYER.tar REFERENCE OUT.tar NUMERIC-USER ENTRYPOINT
//
// The second form takes the layer as it is; ENTRYPOINT is a path in it. The same input gives the same bytes. It prints {"reference","digest","config","size"} as JSON.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "mkimage BINARY|LAYER.tar REFERENCE OUT.tar [USER] [VOLUME|ENTRYPOINT]")
		os.Exit(2)
	}
	binary, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail(err)
	}
	spec := Spec{Reference: os.Args[2], Name: filepath.Base(os.Args[1]), Binary: binary, User: argument(4), Volume: argument(5)}
	if strings.HasSuffix(os.Args[1], ".tar") {
		spec = Spec{Reference: os.Args[2], Name: argument(5), Layer: binary, User: argument(4)}
	}
	archive, digest, err := Archive(spec)
	if err != nil {
		fail(err)
	}
	if err := os.WriteFile(os.Args[3], archive, 0o644); err != nil {
		fail(err)
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{"reference": spec.Reference, "digest": digest, "size": len(archive)})
}

func argument(i int) string {
	if len(os.Args) > i {
		return os.Args[i]
	}
	return ""
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "mkimage:", err)
	os.Exit(1)
}
