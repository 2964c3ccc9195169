// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package rulefile reads rule sets from files, and says in which line of a file
// a problem is.
package rulefile

import (
	"bytes"

	"go.yaml.in/yaml/v3"
	sigsyaml "sigs.k8s.io/yaml"
)

// Document is one YAML document: one of a file, an item of a list in a file, or
// one that a ConfigMap in a file holds.
type Document struct {
	File string
	Data []byte

	// root is nil where the data is not YAML.
	root *yaml.Node
	// fileLine is the line of the file that a line of Data is. Both count from
	// one.
	fileLine func(line int) int
}

// Documents splits a file into its documents, and lists into their items. Those
// with nothing in them but comments are left out.
func Documents(file string, data []byte) []Document {
	var documents []Document
	for first, piece := range pieces(data) {
		document := newDocument(file, piece, func(line int) int { return first + line })
		if !document.empty() {
			documents = append(documents, document.items()...)
		}
	}
	return documents
}

// pieces gives each part of a file between separators, by the number of lines
// before it. A separator belongs to what follows it. No text within a document
// looks like one.
func pieces(data []byte) func(yield func(int, []byte) bool) {
	return func(yield func(int, []byte) bool) {
		first, start, line := 0, 0, 0
		for at := 0; at < len(data); line++ {
			end := at + bytes.IndexByte(data[at:], '\n') + 1
			if end == at { // the last line lacks its end
				end = len(data)
			}
			if at > start && separates(data[at:end]) {
				if !yield(first, data[start:at]) {
					return
				}
				first, start = line, at
			}
			at = end
		}
		yield(first, data[start:])
	}
}

func separates(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte("---"))
	return ok && (len(rest) == 0 || bytes.ContainsAny(rest[:1], " \t\r\n"))
}

func newDocument(file string, data []byte, fileLine func(int) int) Document {
	document := Document{File: file, Data: data, fileLine: fileLine}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err == nil && len(root.Content) > 0 {
		document.root = root.Content[0]
	}
	return document
}

func (d *Document) empty() bool {
	var content any
	err := sigsyaml.Unmarshal(d.Data, &content)
	return err == nil && content == nil
}

// value is the document that the text at a path is. Its lines are known where
// the text is a literal block, else all of it is in the line of its key.
func (d *Document) value(path, text string) Document {
	node, key := d.find(path)
	line := func(int) int { return d.fileLine(key) }
	if node != nil && node.Style&yaml.LiteralStyle != 0 {
		line = func(line int) int { return d.fileLine(node.Line + line) }
	}
	return newDocument(d.File, []byte(text), line)
}

// Line is the line of the file in which the field at a path is, or the nearest
// one around it if there is no such field.
func (d *Document) Line(path string) int {
	_, line := d.find(path)
	return d.fileLine(line)
}

// find walks along a field path, as far as there is anything, and returns the
// node there and the line of its key.
func (d *Document) find(path string) (node *yaml.Node, line int) {
	if d.root == nil {
		return nil, 1
	}
	node, line = d.root, d.root.Line
	for path != "" {
		key, value, rest := step(node, path)
		if value == nil {
			break
		}
		node, line, path = value, key.Line, rest
	}
	return node, line
}
