// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/test/docs/markdown"
)

// Every block of YAML is an object, or a part of one, that is read by whoever is to
// read it: the product, Kubernetes, Prometheus or kustomize.
func TestYAML(t *testing.T) {
	h := newHolder(t)
	count := map[string]int{}
	for _, page := range pages(t) {
		h.page = page
		for _, block := range yamlBlocks(page) {
			what, err := h.hold(block.Text)
			count[what]++
			if err != nil {
				t.Errorf("%s:%d: %s: %v\n%s", page.Name, block.Line, what, err, block.Text)
			}
		}
	}
	h.checkTables()
	t.Logf("held to: %v", count)
}

// yamlBlocks are the blocks of YAML of a page: those that say so, and indented ones
// that begin as an object does.
func yamlBlocks(page *markdown.Page) []markdown.Block {
	return slices.DeleteFunc(slices.Clone(page.Blocks), func(block markdown.Block) bool {
		return block.Language != "yaml" && !isIndentedObject(block)
	})
}

func isIndentedObject(block markdown.Block) bool {
	return !block.Fenced && strings.HasPrefix(block.Text, "apiVersion: ")
}

// holder holds YAML to what reads it, and remembers which entries of the tables it
// has used.
type holder struct {
	*testing.T
	page            *markdown.Page
	foreign, warned map[string]bool
}

func newHolder(t *testing.T) *holder {
	return &holder{T: t, foreign: map[string]bool{}, warned: map[string]bool{}}
}

// hold tells what a text is, and what is wrong with it.
func (h *holder) hold(text string) (what string, err error) {
	var all []string
	for decoder := utilyaml.NewDocumentDecoder(io.NopCloser(strings.NewReader(text))); ; {
		document, err := nextDocument(decoder)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "YAML", err
		}
		what, err := h.holdDocument(document)
		if err != nil {
			return what, err
		}
		all = append(all, what)
	}
	return strings.Join(all, ", "), nil
}

// nextDocument is the next one that has more in it than comments.
func nextDocument(decoder io.Reader) ([]byte, error) {
	buffer := make([]byte, 1<<20)
	for {
		n, err := decoder.Read(buffer)
		if err != nil {
			return nil, err
		}
		var content any
		if err := yaml.Unmarshal(buffer[:n], &content); err != nil {
			return nil, err
		}
		if content != nil {
			return bytes.Clone(buffer[:n]), nil
		}
	}
}

func (h *holder) holdDocument(document []byte) (what string, err error) {
	var content any
	if err := yaml.UnmarshalStrict(document, &content); err != nil {
		return "YAML", err
	}
	switch content := content.(type) {
	case map[string]any:
		if kind, ok := content["kind"].(string); ok && content["apiVersion"] != nil {
			return kind, h.holdObject(fmt.Sprint(content["apiVersion"]), kind, document)
		}
		for _, fragment := range fragments {
			if fragment.of(content) {
				return fragment.name, fragment.check(h, content)
			}
		}
	case []any:
		if first, ok := firstItem(content); ok {
			for _, list := range lists {
				if list.of(first) {
					return list.name, list.check(h, map[string]any{list.field: content})
				}
			}
		}
	}
	return "YAML", errors.New("nobody reads this: give it apiVersion and kind, complete it, or add what it is a part of to the tables of this test")
}

func firstItem(list []any) (map[string]any, bool) {
	if len(list) == 0 {
		return nil, false
	}
	first, ok := list[0].(map[string]any)
	return first, ok
}
