// Command gostate reads and writes stack states with Pulumi's own Go types, to prove that the engine's files are Pulumi's.
//
//	gostate read STATE PASSPHRASE_FILE           prints {stack, version, resources: [{urn, id, inputs, outputs}]}, secrets opened
//	gostate write STATE PASSPHRASE_FILE SETTINGS writes a stack with a secret, and its settings with a secure value
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

const (
	signature = "4dabf18193072939515e22adb298388d"
	secret    = "1b47061264138c4ac30d75fd1eb44270"
)

func main() {
	passphrase := strings.TrimSpace(string(must(os.ReadFile(os.Args[3]))))
	if os.Args[1] == "read" {
		read(os.Args[2], passphrase)
	} else {
		write(os.Args[2], passphrase, os.Args[4])
	}
}

func read(path, passphrase string) {
	var versioned apitype.VersionedCheckpoint
	strict(must(os.ReadFile(path)), &versioned)
	if versioned.Version != 3 {
		panic(fmt.Sprint("version ", versioned.Version))
	}
	var checkpoint apitype.CheckpointV3
	strict(versioned.Checkpoint, &checkpoint)
	latest := checkpoint.Latest
	if sum := sha256.Sum256([]byte(latest.Manifest.Version)); latest.Manifest.Magic != hex.EncodeToString(sum[:]) {
		panic("the manifest's magic is wrong")
	}
	crypter := open(latest.SecretsProviders, passphrase)
	resources := []map[string]any{}
	for _, r := range latest.Resources {
		if !r.URN.IsValid() || r.Created != nil && r.Created.IsZero() {
			panic(r.URN)
		}
		resources = append(resources, map[string]any{"urn": r.URN, "id": r.ID, "inputs": opened(r.Inputs, crypter), "outputs": opened(r.Outputs, crypter)})
	}
	answer := map[string]any{"stack": checkpoint.Stack, "version": latest.Manifest.Version, "resources": resources, "pending": len(latest.PendingOperations)}
	fmt.Println(string(must(json.Marshal(answer))))
}

// open checks the salt's proof as Pulumi's passphrase manager does.
func open(provider *apitype.SecretsProvidersV1, passphrase string) config.Crypter {
	var state struct{ Salt string }
	strict(provider.State, &state)
	parts := strings.SplitN(state.Salt, ":", 3)
	crypter := config.NewSymmetricCrypterFromPassphrase(passphrase, must(base64.StdEncoding.DecodeString(parts[1])))
	if provider.Type != "passphrase" || parts[0] != "v1" || must(crypter.DecryptValue(context.Background(), parts[2])) != "pulumi" {
		panic("the salt does not fit")
	}
	return crypter
}

func opened(value any, crypter config.Crypter) any {
	switch v := value.(type) {
	case map[string]any:
		if v[signature] == secret {
			var plain any
			strict([]byte(must(crypter.DecryptValue(context.Background(), v["ciphertext"].(string)))), &plain)
			return map[string]any{"secret": plain}
		}
		for key, item := range v {
			v[key] = opened(item, crypter)
		}
	case []any:
		for index, item := range v {
			v[index] = opened(item, crypter)
		}
	}
	return value
}

func write(path, passphrase, settings string) {
	salt := []byte("12345678")
	crypter := config.NewSymmetricCrypterFromPassphrase(passphrase, salt)
	seal := func(text string) string { return must(crypter.EncryptValue(context.Background(), text)) }
	state := "v1:" + base64.StdEncoding.EncodeToString(salt) + ":" + seal("pulumi")
	version := "v3.200.0"
	sum := sha256.Sum256([]byte(version))
	now := time.Now()
	stack := resource.URN("urn:pulumi:dev::proj::pulumi:pulumi:Stack::proj-dev")
	hidden := map[string]any{signature: secret, "ciphertext": seal(`"from Go"`)}
	checkpoint := apitype.CheckpointV3{
		Stack: tokens.QName("organization/proj/dev"),
		Latest: &apitype.DeploymentV3{
			Manifest:         apitype.ManifestV1{Time: now, Magic: hex.EncodeToString(sum[:]), Version: version},
			SecretsProviders: &apitype.SecretsProvidersV1{Type: "passphrase", State: must(json.Marshal(map[string]string{"salt": state}))},
			Resources: []apitype.ResourceV3{{URN: stack, Type: "pulumi:pulumi:Stack", Created: &now,
				Outputs: map[string]any{"hidden": hidden, "plain": 3}, SourcePosition: "project:///__main__.py#1"}},
		},
	}
	versioned := apitype.VersionedCheckpoint{Version: 3, Checkpoint: must(json.Marshal(checkpoint))}
	check(os.WriteFile(path, must(json.MarshalIndent(versioned, "", "    ")), 0o600))
	text := fmt.Sprintf("encryptionsalt: %s\nconfig:\n  proj:hidden:\n    secure: %s\n", state, seal("raw text"))
	check(os.WriteFile(settings, []byte(text), 0o600))
}

func strict(document []byte, into any) {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.DisallowUnknownFields()
	check(decoder.Decode(into))
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
