// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package rulefile

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// mergeKey is the key whose value is merged into the mapping that it is in.
const mergeKey = "<<"

// step takes the first element of a field path, such as "spec", "[0]" or
// "[loadline.dev/hot]". It returns the node of the key, or of the element of a
// sequence, the value there and the rest of the path. The value is nil if there
// is none.
func step(node *yaml.Node, path string) (key, value *yaml.Node, rest string) {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	switch node.Kind {
	case yaml.SequenceNode:
		return stepIntoSequence(node, path)
	case yaml.MappingNode:
		return stepIntoMapping(node, path)
	default:
		return nil, nil, path
	}
}

func stepIntoSequence(node *yaml.Node, path string) (key, value *yaml.Node, rest string) {
	text, rest, ok := cutBrackets(path)
	index, err := strconv.Atoi(text)
	if !ok || err != nil || index < 0 || index >= len(node.Content) {
		return nil, nil, path
	}
	return node.Content[index], node.Content[index], rest
}

// stepIntoMapping takes the longest key that the path begins with, since keys
// may have dots in them.
func stepIntoMapping(node *yaml.Node, path string) (key, value *yaml.Node, rest string) {
	for i := 0; i+1 < len(node.Content); i += 2 {
		candidate := node.Content[i]
		after, ok := cutKey(path, candidate.Value)
		if ok && (key == nil || len(candidate.Value) >= len(key.Value)) {
			key, value, rest = candidate, node.Content[i+1], after
		}
	}
	if key != nil {
		return key, value, rest
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == mergeKey {
			return step(node.Content[i+1], path)
		}
	}
	return nil, nil, path
}

// cutKey cuts a key off the beginning of a path.
func cutKey(path, key string) (rest string, ok bool) {
	if text, rest, ok := cutBrackets(path); ok {
		return rest, text == key
	}
	rest, ok = strings.CutPrefix(strings.TrimPrefix(path, "."), key)
	return rest, ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

func cutBrackets(path string) (text, rest string, ok bool) {
	text, ok = strings.CutPrefix(path, "[")
	if !ok {
		return "", path, false
	}
	return strings.Cut(text, "]")
}
