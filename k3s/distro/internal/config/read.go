package config

import (
	"fmt"
	"os"
	"sort"
	"strings"

	"gopkg.in/yaml.v3"
)

// Standin is what this binary calls itself in an error about what it lacks.
const Standin = "this stand-in for K3s"

// readFile keeps every scalar as the text that stands in the file: 0600 must not become 384.
func readFile(path, role string, into map[string][]string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(content, &doc); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if len(doc.Content) == 0 {
		return nil
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return fmt.Errorf("%s:%d: wants `key: value` lines", path, root.Line)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if seen[key.Value] {
			return fmt.Errorf("%s:%d: %s stands here twice", path, key.Line, key.Value)
		}
		seen[key.Value] = true
		if err := readEntry(key.Value, value, role, into); err != nil {
			return fmt.Errorf("%s:%d: %w", path, key.Line, err)
		}
	}
	return nil
}

func readEntry(key string, node *yaml.Node, role string, into map[string][]string) error {
	kind, err := kindOf(key, role)
	if err != nil {
		return err
	}
	texts := []string{}
	switch node.Kind {
	case yaml.ScalarNode:
		texts = append(texts, node.Value)
	case yaml.SequenceNode:
		for _, item := range node.Content {
			if item.Kind != yaml.ScalarNode {
				return fmt.Errorf("%s: wants plain values", key)
			}
			texts = append(texts, item.Value)
		}
	default:
		return fmt.Errorf("%s: wants a value or a list", key)
	}
	return set(key, kind, texts, into)
}

func set(key string, kind int, texts []string, into map[string][]string) error {
	switch {
	case kind == list:
		split := []string{}
		for _, text := range texts {
			if strings.HasSuffix(key, "-arg") {
				split = append(split, text)
			} else {
				split = append(split, strings.Split(text, ",")...)
			}
		}
		texts = split
	case len(texts) != 1:
		return fmt.Errorf("%s: wants one value", key)
	case kind == flag && texts[0] != "true" && texts[0] != "false":
		return fmt.Errorf("%s: %q is neither true nor false", key, texts[0])
	}
	into[key] = texts
	return nil
}

// kindOf refuses a key by name. K3s warns about an unknown key and goes on; a misspelt `secrets-encryption` would then
// leave secrets in clear, so here it stops the start.
func kindOf(key, role string) (int, error) {
	if kind, ok := keysOf(role)[key]; ok {
		return kind, nil
	}
	plain := strings.TrimSuffix(key, "+")
	switch {
	case plain != key && serverKeys[plain] == list:
		return 0, fmt.Errorf("%s: appending with + is known to K3s, but not built into %s: list all values in one file", key, Standin)
	case has(serverKeys, key):
		return 0, fmt.Errorf("%s: is a server's key, and this node is an agent", key)
	case lacking[key]:
		return 0, fmt.Errorf("%s: is known to K3s, but not built into %s: take it out, or use the official K3s release", key, Standin)
	}
	return 0, fmt.Errorf("%s: is unknown to K3s too%s", key, hint(key))
}

func readFlags(args []string, role string, into map[string][]string) error {
	given := map[string][]string{}
	for i := 0; i < len(args); i++ {
		name, value, joined := strings.Cut(strings.TrimPrefix(args[i], "--"), "=")
		if !strings.HasPrefix(args[i], "--") {
			return fmt.Errorf("%q: wants --key=value", args[i])
		}
		kind, err := kindOf(name, role)
		if err != nil {
			return fmt.Errorf("--%w", err)
		}
		if !joined && kind == flag {
			value = "true"
		} else if !joined {
			if i++; i == len(args) {
				return fmt.Errorf("--%s: wants a value", name)
			}
			value = args[i]
		}
		given[name] = append(given[name], value)
	}
	for name, texts := range given {
		kind, _ := kindOf(name, role)
		if err := set(name, kind, texts, into); err != nil {
			return fmt.Errorf("--%w", err)
		}
	}
	return nil
}

// hint names the nearest known key when it is at most two changes away.
func hint(key string) string {
	names := []string{}
	for name := range serverKeys {
		names = append(names, name)
	}
	for name := range lacking {
		names = append(names, name)
	}
	sort.Strings(names)
	best, distance := "", 3
	for _, name := range names {
		if d := changes(key, name); d < distance {
			best, distance = name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", best)
}

func changes(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		corner := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := corner
			if a[i-1] != b[j-1] {
				cost++
			}
			corner = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}

func words(text string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(text) {
		set[word] = true
	}
	return set
}

func merge(a, b map[string]int) map[string]int {
	all := map[string]int{}
	for key, kind := range a {
		all[key] = kind
	}
	for key, kind := range b {
		all[key] = kind
	}
	return all
}

func has(keys map[string]int, key string) bool {
	_, ok := keys[key]
	return ok
}
