// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package docs holds the documentation to what is there: every link leads
// somewhere, every block of YAML is what the product reads, and every command
// really runs, on a cluster in a box.
package docs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/docs/markdown"
)

// root is the path of the repository.
func root(t testing.TB) string {
	t.Helper()
	path, err := cluster.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// pages are all that people read, by their path in the repository.
func pages(t testing.TB) []*markdown.Page {
	t.Helper()
	var names []string
	for _, name := range []string{"README.md", "CONTRIBUTING.md"} {
		if _, err := os.Stat(filepath.Join(root(t), name)); err == nil {
			names = append(names, name)
		} else if !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	err := fs.WalkDir(os.DirFS(root(t)), "docs", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") {
			names = append(names, path)
		}
		return err
	})
	if err != nil || len(names) < 5 {
		t.Fatalf("looking for pages: found %v, %v", names, err)
	}
	var pages []*markdown.Page
	for _, name := range names {
		pages = append(pages, readPage(t, name))
	}
	return pages
}

func readPage(t testing.TB, name string) *markdown.Page {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	page, err := markdown.Read(name, string(text))
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// languages are what blocks of code may be in, and what they are held to.
var languages = map[string]string{
	"yaml":    "the product's own decoders: TestYAML",
	"json":    "TestJSON",
	"go":      "TestGo",
	"promql":  "TestPromQL",
	"sh":      "every line is run: TestCommands",
	"console": "every line after $ is run, the others are what it prints: TestCommands",
	"text":    "nothing: formulas, and what is printed",
	"":        "as console, if a line begins with $; else as text, and if indented it must be commands",
}

func TestLanguages(t *testing.T) {
	for _, page := range pages(t) {
		for _, block := range page.Blocks {
			if problem := misnamed(block); problem != "" {
				t.Errorf("%s:%d: %s\n%s", page.Name, block.Line, problem, block.Text)
			}
		}
	}
}

// looksLikeCommand is how lines begin that people run.
var looksLikeCommand = regexp.MustCompile(`(?m)^(?:\$ |kubectl |make |go (?:test|run|build) |helm )`)

// misnamed tells why a block would escape the tests that are for it.
func misnamed(block markdown.Block) (problem string) {
	_, known := languages[block.Language]
	commands := blockLines(block)
	switch {
	case !known:
		return fmt.Sprintf("nothing tests a block of %q: say one of yaml, json, go, promql, sh, console, or text for what needs no test", block.Language)
	case block.Language == "console" && len(commands) == 0:
		return "there is no line after $ to be run: write $ before the commands, or fence it as sh or text"
	case (block.Language == "text" || block.Language == "") && len(commands) == 0 && looksLikeCommand.MatchString(block.Text):
		return "this looks like commands, and is not run: fence it as sh or console"
	case block.Language != "yaml" && strings.HasPrefix(block.Text, "apiVersion: ") && !isIndentedObject(block):
		return "this looks like an object, and is not read: fence it as yaml"
	}
	return ""
}

func TestMisnamed(t *testing.T) {
	cases := map[string]struct {
		block markdown.Block
		want  string // a part of it
	}{
		"unknown":             {block: markdown.Block{Fenced: true, Language: "yml", Text: "a: 1\n"}, want: "say one of"},
		"no prompt":           {block: markdown.Block{Fenced: true, Language: "console", Text: "ls\n"}, want: "after $"},
		"commands as text":    {block: markdown.Block{Fenced: true, Language: "text", Text: "first\nkubectl get nodes\n"}, want: "looks like commands"},
		"commands, no name":   {block: markdown.Block{Fenced: true, Text: "make all\n"}, want: "looks like commands"},
		"an object, no name":  {block: markdown.Block{Fenced: true, Text: "apiVersion: v1\n"}, want: "looks like an object"},
		"an object, indented": {block: markdown.Block{Text: "apiVersion: v1\n"}},
		"printed":             {block: markdown.Block{Fenced: true, Language: "console", Text: "$ ls\nkubectl \n"}},
		"formula":             {block: markdown.Block{Text: "a = b\n"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := misnamed(tc.block); (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want %q in it", got, tc.want)
			}
		})
	}
}

// blocksIn are the blocks of a page in a language.
func blocksIn(page *markdown.Page, language string) []markdown.Block {
	return slices.DeleteFunc(slices.Clone(page.Blocks), func(block markdown.Block) bool { return block.Language != language })
}
