// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"encoding/json"
	"errors"
	"go/format"
	"io"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
)

// Every block of JSON is one or more values.
func TestJSON(t *testing.T) {
	for _, page := range pages(t) {
		for _, block := range blocksIn(page, "json") {
			decoder := json.NewDecoder(strings.NewReader(block.Text))
			for {
				var value any
				if err := decoder.Decode(&value); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Errorf("%s:%d: this is no JSON: %v\n%s", page.Name, block.Line, err, block.Text)
					break
				}
			}
		}
	}
}

// Every block of Go is a file, declarations or statements, formatted by gofmt.
func TestGo(t *testing.T) {
	for _, page := range pages(t) {
		for _, block := range blocksIn(page, "go") {
			formatted, err := format.Source([]byte(block.Text))
			if err != nil {
				t.Errorf("%s:%d: this is no Go: %v\n%s", page.Name, block.Line, err, block.Text)
			} else if string(formatted) != block.Text {
				t.Errorf("%s:%d: gofmt would write\n%s", page.Name, block.Line, formatted)
			}
		}
	}
}

// Every block of PromQL is one expression.
func TestPromQL(t *testing.T) {
	for _, page := range pages(t) {
		for _, block := range blocksIn(page, "promql") {
			if _, err := parser.NewParser(parser.Options{}).ParseExpr(block.Text); err != nil {
				t.Errorf("%s:%d: this is no PromQL: %v\n%s", page.Name, block.Line, err, block.Text)
			}
		}
	}
}
