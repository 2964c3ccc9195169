// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/loadline-dev/loadline/test/docs/markdown"
)

// given are files that pages speak of, by page, and what users are told to begin them
// with, or what the page shows.
var given = map[string]map[string]string{
	"all": {
		"rules.yaml":       "manifests/examples/rules/memory.yaml",
		"scheduler.yaml":   "manifests/scheduler/config.yaml",
		"descheduler.yaml": "manifests/descheduler/config.yaml",
	},
	"docs/rule-reference.md": {"rules.yaml": "hack/reference/examples/ruleset.yaml"},
	"docs/working-with.md":   {"below-the-line.yaml": "hack/reference/examples/ruleset.yaml"},
}

// workspace makes a folder in which whoever follows a page could be: with the
// manifests of a checkout, the files that are given to all pages and to this one, what
// testdata has for it, and the blocks whose first line is a comment with the name of
// a file.
func workspace(t testing.TB, page *markdown.Page) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.MkdirAll(filepath.Join(folder, ".local", "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	copyFolder(t, filepath.Join(root(t), "manifests"), filepath.Join(folder, "manifests"))
	for name, source := range together(given["all"], given[page.Name]) {
		copyFile(t, filepath.Join(root(t), source), filepath.Join(folder, name))
	}
	if own := ownFolder(page); own != "" {
		copyFolder(t, own, folder)
	}
	for name, text := range namedBlocks(page) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// ownFolder is what testdata has for a page, if anything.
func ownFolder(page *markdown.Page) string {
	folder := filepath.Join("testdata", strings.TrimSuffix(filepath.Base(page.Name), ".md"))
	if _, err := os.Stat(folder); err != nil {
		return ""
	}
	return folder
}

// hasOwnFiles tells whether commands of a page may find other files than those of
// another one.
func hasOwnFiles(page *markdown.Page) bool {
	return ownFolder(page) != "" || given[page.Name] != nil || startsIn[page.Name] != "" || len(namedBlocks(page)) > 0
}

var nameOfBlock = regexp.MustCompile(`^# ([\w.-]+\.ya?ml)\n`)

func namedBlocks(page *markdown.Page) map[string]string {
	blocks := map[string]string{}
	for _, block := range yamlBlocks(page) {
		if name := nameOfBlock.FindStringSubmatch(block.Text); name != nil {
			blocks[name[1]] = block.Text
		}
	}
	return blocks
}

// copyFolder copies files over those that are there.
func copyFolder(t testing.TB, from, to string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(from), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.MkdirAll(filepath.Join(to, path), 0o700)
		}
		copyFile(t, filepath.Join(from, path), filepath.Join(to, path))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// together has the entries of both, and those of the second where both have one.
func together(first, second map[string]string) map[string]string {
	all := maps.Clone(first)
	maps.Copy(all, second)
	return all
}
